import { hasCode, TowlineError } from '../../errors.ts';
import { type ListedObject, type Listing, readListing } from '../../http/bucket-listing.ts';
import { listingPrefix, pathOf } from '../../storage/bucket-keys.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Session } from './session.ts';

/** 1000 keys of 1023 bytes, each byte percent-encoded, and what stands beside them. */
export const LISTING_BYTES = 8 * 1024 * 1024;
/** The most; OSS gives 100 when nobody asks. */
export const PAGE_KEYS = 1000;

/** Where the next page begins: of the old listing behind a key, of the new one by a token. */
const OLD = 'marker:';
const NEW = 'token:';

/** One page of what lies below `folder`. */
export async function list(session: Session, folder: Path, options: ListOptions = {}): Promise<Page<Entry>> {
  const { client } = session;
  const { page, isOld } = await listing(session, listingPrefix(session, folder, options.startsWith ?? ''), options);
  const cursor = page.isTruncated ? nextCursor(page, isOld) : undefined;
  if (page.isTruncated && (cursor === undefined || cursor === options.cursor)) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the listing says that more follows, but not where`);
  return { entries: page.objects.flatMap((object) => toEntry(session, object)), ...(cursor === undefined ? {} : { cursor }) };
}

interface Listed {
  readonly page: Listing;
  readonly isOld: boolean;
}

async function listing(session: Session, prefix: string, { cursor, signal }: ListOptions): Promise<Listed> {
  const ask = async (query: Readonly<Record<string, string | number | undefined>>): Promise<Listing> => {
    const { text } = await session.client.ask({ method: 'GET', verb: 'list', query: { 'encoding-type': 'url', 'max-keys': PAGE_KEYS, prefix, ...query }, signal }, LISTING_BYTES);
    return readListing(text);
  };
  const isOld = cursor === undefined ? session.options.listobjects === true || session.listsOld : cursor.startsWith(OLD);
  if (isOld) return { isOld, page: await ask({ marker: cursor?.slice(OLD.length) }) };
  try {
    return { isOld, page: await ask({ 'continuation-token': cursor?.slice(NEW.length), 'list-type': 2 }) };
  } catch (error) {
    if (cursor !== undefined || !hasCode(error, 'UNSUPPORTED')) throw error;
    session.listsOld = true;
    return { isOld: true, page: await ask({}) };
  }
}

/** A service that knows only the old listing answers the new one with it, and names a marker in place of a token. */
function nextCursor({ nextToken, nextMarker, objects }: Listing, isOld: boolean): string | undefined {
  if (!isOld && nextToken !== undefined) return NEW + nextToken;
  const marker = nextMarker ?? (isOld ? objects.at(-1)?.key : undefined);
  return marker === undefined ? undefined : OLD + marker;
}

function toEntry({ prefix, warnOnce, client }: Session, { key, size, etag, modifiedAt }: ListedObject): readonly Entry[] {
  const path = pathOf(key, { prefix, warnOnce, where: client.where(undefined) });
  if (path === undefined) return [];
  return [{ path, kind: 'file', size, ...(etag === undefined ? {} : { etag }), ...(Number.isNaN(modifiedAt) ? {} : { modifiedAt }) }];
}
