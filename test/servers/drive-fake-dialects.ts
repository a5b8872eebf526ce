import type { DriveStore, FakeFile } from './drive-fake-store.ts';
import { FOLDER } from './drive-fake-store.ts';

/** How one version of the API spells things. */
export interface Dialect {
  readonly version: 'v2' | 'v3';
  readonly list: 'items' | 'files';
  readonly pageSize: string;
  /** What an answer holds when nothing is asked for; undefined: all. */
  readonly defaultFields: string | undefined;
  readonly defaultListFields: string | undefined;
  render(file: FakeFile, store: DriveStore): Readonly<Record<string, unknown>>;
  /** The names of the members that a request may set. */
  read(metadata: Readonly<Record<string, unknown>>): { readonly name: string | undefined; readonly mimeType: string | undefined; readonly parents: readonly string[] | undefined; readonly isTrashed: boolean | undefined; readonly properties: Readonly<Record<string, string>> | undefined };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const sizeOf = ({ bytes }: FakeFile): string | undefined => bytes && String(bytes.byteLength);
const defined = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

export const v3: Dialect = {
  version: 'v3', list: 'files', pageSize: 'pageSize', defaultFields: 'kind,id,name,mimeType', defaultListFields: 'kind,nextPageToken,incompleteSearch,files(kind,id,name,mimeType)',
  render: (file, store) => defined({
    kind: 'drive#file', id: file.id, name: file.name, mimeType: file.mimeType, parents: file.parents.length > 0 ? file.parents : undefined, size: sizeOf(file), md5Checksum: file.md5,
    modifiedTime: new Date(file.modifiedAt).toISOString(), trashed: store.isTrashed(file), explicitlyTrashed: file.isTrashed, driveId: file.driveId, spaces: [file.space], properties: file.properties,
  }),
  read: ({ name, mimeType, parents, trashed, properties }) => ({
    name: text(name), mimeType: text(mimeType), parents: Array.isArray(parents) ? parents.map(String) : undefined, isTrashed: typeof trashed === 'boolean' ? trashed : undefined,
    properties: typeof properties === 'object' ? properties as Readonly<Record<string, string>> : undefined,
  }),
};

export const v2: Dialect = {
  version: 'v2', list: 'items', pageSize: 'maxResults', defaultFields: undefined, defaultListFields: undefined,
  render: (file, store) => defined({
    kind: 'drive#file', id: file.id, etag: `"${file.id}-${file.modifiedAt}"`, title: file.name, mimeType: file.mimeType, fileSize: sizeOf(file), md5Checksum: file.md5,
    parents: file.parents.map((id) => ({ kind: 'drive#parentReference', id, isRoot: id === store.resolve('root') })), modifiedDate: new Date(file.modifiedAt).toISOString(),
    labels: { trashed: store.isTrashed(file) }, explicitlyTrashed: file.isTrashed, driveId: file.driveId, spaces: [file.space],
  }),
  read: ({ title, mimeType, parents }) => ({
    name: text(title), mimeType: text(mimeType), parents: Array.isArray(parents) ? parents.map((one) => String((one as { id?: unknown }).id)) : undefined, isTrashed: undefined, properties: undefined,
  }),
};

/** Documents of Google have no bytes of their own. */
export const isDocument = ({ mimeType }: FakeFile): boolean => mimeType.startsWith('application/vnd.google-apps.') && mimeType !== FOLDER;
