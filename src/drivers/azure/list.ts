import { TowlineError } from '../../errors.ts';
import { listingPrefix, pathOf } from '../../storage/bucket-keys.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { isFolder, quotedEtag } from './entry.ts';
import { type BlobPage, type ListedBlob, LISTING_BYTES, nameOf, readBlobPage } from './listing-xml.ts';
import type { Session } from './session.ts';

/** One page of what lies below `folder`. */
export async function list(session: Session, folder: Path, { cursor, startsWith = '', withMetadata = false, signal }: ListOptions = {}): Promise<Page<Entry>> {
  const { blobs, marker } = await fetchPage(session, { prefix: listingPrefix(session, folder, startsWith), marker: cursor, include: 'metadata', withMetadata, verb: 'list', signal });
  return { entries: blobs.flatMap((blob) => toEntry(session, blob, withMetadata)), ...(marker === undefined ? {} : { cursor: marker }) };
}

interface Wanted {
  readonly prefix: string;
  readonly marker: string | undefined;
  readonly include: string;
  readonly withMetadata?: boolean;
  readonly verb: string;
  readonly signal: AbortSignal | undefined;
}

/** One answer of the service. A page may be empty and still not the last. */
export async function fetchPage({ client }: Session, { prefix, marker, include, withMetadata, verb, signal }: Wanted): Promise<BlobPage> {
  const query = { restype: 'container', comp: 'list', include, prefix: prefix === '' ? undefined : prefix, marker };
  const { text } = await client.ask({ method: 'GET', verb, query, signal }, LISTING_BYTES);
  const page = readBlobPage(text, { withMetadata });
  if (page.marker !== undefined && page.marker === marker) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the listing goes in a circle`);
  return page;
}

function toEntry(session: Session, blob: ListedBlob, withMetadata: boolean): readonly Entry[] {
  const path = pathOfBlob(session, blob);
  return path === undefined ? [] : [{ path, kind: 'file', ...factsOf(blob), ...(withMetadata && { metadata: metadataOf(blob) }) }];
}

const META = 'x-ms-meta-';
const metadataOf = (blob: ListedBlob): Readonly<Record<string, string>> => Object.fromEntries([...blob].flatMap(([name, value]) => (name.startsWith(META) ? [[name.slice(META.length), value] as const] : [])));

/** Size, time and etag of a listed blob. */
export function factsOf(blob: ListedBlob): Pick<Entry, 'size' | 'etag' | 'modifiedAt'> {
  const size = blob.get('Content-Length') ?? '';
  if (!/^\d{1,16}$/.test(size)) throw new TowlineError('CORRUPT', `The server sent a listing with a blob without a size: ${JSON.stringify(nameOf(blob).slice(0, 200))}`, { hint: 'Look whether the endpoint is an Azure blob service.' });
  const etag = blob.get('Etag');
  const modifiedAt = Date.parse(blob.get('Last-Modified') ?? '');
  return { size: Number(size), ...(etag === undefined ? {} : { etag: quotedEtag(etag) }), ...(Number.isNaN(modifiedAt) ? {} : { modifiedAt }) };
}

/** The path of a listed blob; undefined for folders and for names that no path can have. */
export function pathOfBlob({ prefix, warnOnce, client }: Session, blob: ListedBlob): Path | undefined {
  const isDirectory = isFolder((name) => (name === 'x-ms-resource-type' ? blob.get('ResourceType') : blob.get(name)));
  return isDirectory ? undefined : pathOf(nameOf(blob), { prefix, where: client.where(undefined), warnOnce });
}
