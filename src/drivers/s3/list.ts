import { TowlineError } from '../../errors.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import { isPath, type Path } from '../../storage/path.ts';
import { encodeQuery } from './encoding.ts';
import { bareEtag } from './entry.ts';
import type { S3Request } from './request.ts';
import type { Session } from './session.ts';
import { decodeText, scanXml } from '../../http/xml.ts';

/** 1000 keys of 1024 bytes, each byte percent-encoded, and what stands beside them. */
export const LISTING_BYTES = 8 * 1024 * 1024;

/** One page of what lies below `folder`. */
export async function list(session: Session, folder: Path, { cursor, startsWith = '', signal }: ListOptions = {}): Promise<Page<Entry>> {
  const { client, options } = session;
  const isOld = options.listobjects === true || !(client.knownProfile()?.listV2 ?? true);
  const prefix = listingPrefix(session, folder, startsWith);
  const query = isOld ? encodeQuery({ 'encoding-type': 'url', marker: cursor, prefix })
    : encodeQuery({ 'continuation-token': cursor, 'encoding-type': 'url', 'list-type': 2, prefix });
  const request: S3Request = { method: 'GET', verb: 'list', query, signal };
  const { text } = await client.ask(request, LISTING_BYTES);
  const page = readListing(text);
  const next = !page.isTruncated ? undefined : isOld ? page.nextMarker ?? page.objects.at(-1)?.key : page.nextToken;
  if (page.isTruncated && (next === undefined || next === cursor)) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the listing says that more follows, but not where`);
  return { entries: page.objects.flatMap((object) => toEntry(session, object)), ...(next === undefined ? {} : { cursor: next }) };
}

/** What every key below `folder` begins with. */
export function listingPrefix({ prefix }: Session, folder: Path, startsWith: string): string {
  const base = [prefix, folder].filter((part) => part !== '').join('/');
  return (base === '' ? '' : `${base}/`) + startsWith;
}

/** One object of a listing, as the service spells it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string | undefined;
  readonly modifiedAt: number;
}

function toEntry(session: Session, { key, size, etag, modifiedAt }: ListedObject): readonly Entry[] {
  const path = pathOf(session, key);
  if (path === undefined) return [];
  return [{ path, kind: 'file', size, ...(etag === undefined ? {} : { etag }), ...(Number.isNaN(modifiedAt) ? {} : { modifiedAt }) }];
}

/** The path of a listed key; undefined for folder markers ('a/') and, with a warning, for names that no path can have. */
export function pathOf({ prefix, warnOnce, client }: Session, key: string): Path | undefined {
  const path = prefix === '' ? key : key.slice(prefix.length + 1);
  if (path !== '' && isPath(path)) return path;
  if (!key.endsWith('/')) warnOnce({ code: 'UNUSABLE_NAME', text: `${client.where(undefined)}: objects whose names are no paths are left out, such as ${JSON.stringify(key.slice(0, 200))}` });
  return undefined;
}

interface Listing {
  readonly objects: readonly ListedObject[];
  readonly isTruncated: boolean;
  readonly nextToken: string | undefined;
  readonly nextMarker: string | undefined;
}

/** Reads the answer to ListObjects and ListObjectsV2. */
export function readListing(xml: string): Listing {
  const objects: ListedObject[] = [];
  const page = new Map<string, string>();
  let depth = 0;
  let key = '';
  let size = '';
  let etag: string | undefined;
  let modified = '';
  scanXml(xml, {
    open(name) {
      depth++;
      if (depth !== 2 || name !== 'Contents') return;
      key = size = modified = '';
      etag = undefined;
    },
    leaf(name, raw) {
      if (depth === 1) page.set(name, decodeText(raw));
      else if (depth !== 2) return;
      else if (name === 'Key') key = raw;
      else if (name === 'Size') size = raw;
      else if (name === 'ETag') etag = raw;
      else if (name === 'LastModified') modified = raw;
    },
    close(name) {
      depth--;
      if (depth === 1 && name === 'Contents') objects.push(listed(key, size, { etag, modified }));
    },
  });
  const isEncoded = page.get('EncodingType') === 'url';
  const marker = page.get('NextMarker');
  if (!page.has('IsTruncated')) throw new TowlineError('CORRUPT', 'The server sent a listing that does not say whether it is whole', { hint: 'Look whether the endpoint is an S3 service.' });
  return {
    objects: isEncoded ? objects.map((object) => (/[%+]/.test(object.key) ? { ...object, key: decodeKey(object.key) } : object)) : objects,
    isTruncated: page.get('IsTruncated') === 'true',
    nextToken: page.get('NextContinuationToken'),
    nextMarker: marker === undefined || marker === '' ? undefined : isEncoded ? decodeKey(marker) : marker,
  };
}

function listed(key: string, size: string, { etag, modified }: { readonly etag: string | undefined; readonly modified: string }): ListedObject {
  if (key === '' || !/^\d{1,16}$/.test(size)) throw new TowlineError('CORRUPT', `The server sent a listing with an object without ${key === '' ? 'a name' : 'a size'}`, { hint: 'Look whether the endpoint is an S3 service.' });
  return { key: decodeText(key), size: Number(size), etag: etag === undefined ? undefined : bareEtag(decodeText(etag.replaceAll('&quot;', ''))), modifiedAt: Date.parse(modified) };
}

/** Undoes `encoding-type=url`, by which keys survive that XML cannot hold; a blank is '+' there, as in forms. */
export function decodeKey(key: string): string {
  if (!key.includes('%') && !key.includes('+')) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (cause) {
    throw new TowlineError('CORRUPT', `The server sent a listing with a damaged name: ${JSON.stringify(key.slice(0, 200))}`, { cause });
  }
}
