import { TowlineError } from '../../errors.ts';
import { type ListedObject, readListing } from '../../http/bucket-listing.ts';
import { listingPrefix, pathOf } from '../../storage/bucket-keys.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { encodeQuery } from './encoding.ts';
import type { S3Request } from './request.ts';
import type { Session } from './session.ts';

/** 1000 keys of 1024 bytes, each byte percent-encoded, and what stands beside them. */
export const LISTING_BYTES = 8 * 1024 * 1024;

/** One page of what lies below `folder`. */
export async function list(session: Session, folder: Path, options: ListOptions = {}): Promise<Page<Entry>> {
  const { client } = session;
  const { cursor } = options;
  const { text } = await client.ask(listRequest(session, folder, options), LISTING_BYTES);
  const page = readListing(text);
  const next = !page.isTruncated ? undefined : isOldListing(session) ? page.nextMarker ?? page.objects.at(-1)?.key : page.nextToken;
  if (page.isTruncated && (next === undefined || next === cursor)) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the listing says that more follows, but not where`);
  return { entries: entriesOf(session, page.objects), ...(next === undefined ? {} : { cursor: next }) };
}

export interface ListRequestOptions extends ListOptions {
  /** Names come as they are, and not encoded so that XML can hold any of them. */
  readonly isRaw?: boolean;
}

/** Asks for a page. */
export function listRequest(session: Session, folder: Path, { cursor, startsWith = '', isRaw = false, signal }: ListRequestOptions): S3Request {
  const prefix = listingPrefix(session, folder, startsWith);
  const query = isOldListing(session) ? encodeQuery({ 'encoding-type': 'url', marker: cursor, prefix })
    : encodeQuery({ 'continuation-token': cursor, 'encoding-type': isRaw ? undefined : 'url', 'list-type': 2, prefix });
  return { method: 'GET', verb: 'list', query, signal };
}

/** By the first version of the call, which says in another way where the next page begins. */
export const isOldListing = ({ client, options }: Session): boolean => options.listobjects === true || !(client.knownProfile()?.listV2 ?? true);

function entriesOf({ prefix, warnOnce, client }: Session, objects: readonly ListedObject[]): readonly Entry[] {
  const space = { prefix, warnOnce, where: client.where(undefined) };
  const entries: Entry[] = [];
  for (const { key, size, etag, modifiedAt } of objects) {
    const path = pathOf(key, space);
    if (path === undefined) continue;
    const isDated = !Number.isNaN(modifiedAt);
    // Nearly all: spread together, an entry costs as much as reading its row.
    if (isDated && etag !== undefined) entries.push({ path, kind: 'file', size, etag, modifiedAt });
    else entries.push({ path, kind: 'file', size, ...(etag === undefined ? {} : { etag }), ...(isDated && { modifiedAt }) });
  }
  return entries;
}
