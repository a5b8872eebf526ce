import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Dialect, isDocument } from './drive-fake-dialects.ts';
import { pick, readFields } from './drive-fake-fields.ts';
import { readQuestion } from './drive-fake-query.ts';
import { notFound, Refused } from './drive-fake-refusal.ts';
import { type DriveStore, type FakeFile, FOLDER } from './drive-fake-store.ts';

/** A request about files, taken apart. */
export interface FileCall {
  readonly dialect: Dialect;
  readonly store: DriveStore;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}
/** What a test may spoil. */
export interface FilesControls {
  /** Questions about several folders find nothing, as for some accounts of the real service. */
  breaksGroups: boolean;
  /** The most files of one page, whatever is asked for. */
  mostPerPage: number;
}

const yes = (query: URLSearchParams, ...names: readonly string[]): boolean => names.some((name) => query.get(name) === 'true');

export function answerJson({ response, query, dialect }: FileCall, value: unknown, defaultFields: string | undefined = dialect.defaultFields): void {
  const fields = query.get('fields') ?? defaultFields;
  const body = JSON.stringify(fields === undefined ? value : pick(value, readFields(fields)));
  response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', 'content-length': Buffer.byteLength(body) }).end(body);
}

/** The file an address names; files of shared drives only for those who say that they know of these, but for downloads by version 2: PyDrive2 says nothing in these. */
export function fileOf({ store, query, dialect }: FileCall, id: string): FakeFile {
  const file = store.files.get(store.resolve(id));
  const knowsDrives = yes(query, 'supportsAllDrives', 'supportsTeamDrives') || (dialect.version === 'v2' && query.get('alt') === 'media');
  if (!file || (file.driveId !== undefined && !knowsDrives)) throw notFound(id);
  return file;
}

export function describe(call: FileCall, file: FakeFile): void {
  answerJson(call, call.dialect.render(file, call.store));
}

/** Pages that were begun: the files that are still to come. */
const pages = new Map<string, readonly FakeFile[]>();
let lastPage = 0;

export function listFiles(call: FileCall, controls: FilesControls): void {
  const { dialect, store, query } = call;
  const token = query.get('pageToken');
  const rest = token === null ? search(call, controls) : pages.get(token);
  if (!rest) throw new Refused(400, 'invalid', 'Invalid Value', { location: 'pageToken' });
  const size = Math.min(Number(query.get(dialect.pageSize) ?? 100), 1000, controls.mostPerPage);
  const next = rest.length > size ? `~!!~${++lastPage}` : undefined;
  if (next !== undefined) pages.set(next, rest.slice(size));
  const found = rest.slice(0, size).filter((file) => store.files.has(file.id)).map((file) => dialect.render(file, store));
  answerJson(call, { kind: 'drive#fileList', incompleteSearch: false, [dialect.list]: found, ...(next !== undefined && { nextPageToken: next }) }, dialect.defaultListFields);
}

function search({ store, query }: FileCall, { breaksGroups }: FilesControls): readonly FakeFile[] {
  const { test, parents } = readQuestion(query.get('q') ?? '', store);
  for (const id of parents) if (!store.files.has(id)) throw notFound('.');
  if (breaksGroups && parents.length > 1) return [];
  const spaces = (query.get('spaces') ?? 'drive').split(',');
  const corpora = query.get('corpora') ?? 'user';
  const driveId = corpora === 'drive' ? query.get('driveId') : undefined;
  if (corpora === 'drive' && (driveId === null || !yes(query, 'includeItemsFromAllDrives'))) throw new Refused(403, 'teamDrivesParameterRequired', 'The driveId and includeItemsFromAllDrives parameters are required.');
  return [...store.files.values()].filter((file) => file.parents.length > 0 && spaces.includes(file.space) && file.driveId === (driveId ?? undefined) && test(file)).reverse();
}

export function create(call: FileCall, metadata: Readonly<Record<string, unknown>>, bytes?: Buffer): FakeFile {
  const { dialect, store, query } = call;
  const { name, mimeType, parents = ['root'], properties } = dialect.read(metadata);
  const [parent = 'root'] = parents;
  const above = fileOf({ ...call, query }, parent);
  if (above.mimeType !== FOLDER) throw new Refused(403, 'parentNotAFolder', 'The specified parent is not a folder.');
  return store.add({ name: name ?? 'Untitled', parent, ...(mimeType !== undefined && { mimeType }), ...(properties && { properties }), ...(mimeType !== FOLDER && { bytes: bytes ?? Buffer.alloc(0) }) });
}

export function update(call: FileCall, file: FakeFile, { metadata, bytes }: { readonly metadata: Readonly<Record<string, unknown>>; readonly bytes?: Buffer }): FakeFile {
  const { dialect, store, query } = call;
  const { name, mimeType, parents, isTrashed, properties } = dialect.read(metadata);
  if (dialect.version === 'v3' && parents) throw new Refused(403, 'fieldNotWritable', 'The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead.');
  if (isTrashed !== undefined) trash(file, isTrashed);
  if (name !== undefined) file.name = name;
  if (mimeType !== undefined) file.mimeType = mimeType;
  if (properties) file.properties = { ...file.properties, ...properties };
  const added = query.get('addParents');
  if (parents ?? added) file.parents = [fileOf(call, parents?.[0] ?? added ?? '').id];
  if (bytes) store.fill(file, bytes);
  return file;
}

export function trash(file: FakeFile, isTrashed: boolean): void {
  if (file.space === 'appDataFolder') throw new Refused(403, 'appDataFolderTrash', 'Files in the application data folder cannot be trashed.');
  file.isTrashed = isTrashed;
}

export function copy(call: FileCall, file: FakeFile, metadata: Readonly<Record<string, unknown>>): FakeFile {
  if (!file.bytes) throw new Refused(403, 'cannotCopyFile', 'This file cannot be copied by the user.');
  const { name, parents } = call.dialect.read(metadata);
  return call.store.add({ name: name ?? `Copy of ${file.name}`, parent: parents?.[0] ?? file.parents[0] ?? 'root', mimeType: file.mimeType, bytes: file.bytes });
}

/** The bytes of a file, or a range of them. */
export function download({ request, response, query }: FileCall, file: FakeFile): void {
  if (isDocument(file) || !file.bytes) throw new Refused(403, 'fileNotDownloadable', 'Only files with binary content can be downloaded. Use Export with Docs Editors files.', { location: 'alt' });
  if (file.isAbusive && !yes(query, 'acknowledgeAbuse')) throw new Refused(403, 'cannotDownloadAbusiveFile', 'This file has been identified as malware or spam and cannot be downloaded.', { location: 'alt' });
  const size = file.bytes.byteLength;
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const headers = { 'content-type': file.mimeType, 'cache-control': 'private, max-age=0, must-revalidate' };
  if (first === undefined) {
    response.writeHead(200, { ...headers, 'content-length': size }).end(file.bytes);
    return;
  }
  const [start, end] = [Number(first), Math.min(size, last === '' || last === undefined ? size : Number(last) + 1)];
  if (start >= size) throw new Refused(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', { location: 'Range', headers: { 'content-range': `bytes */${size}` } });
  response.writeHead(206, { ...headers, 'content-length': end - start, 'content-range': `bytes ${start}-${end - 1}/${size}` }).end(file.bytes.subarray(start, end));
}
