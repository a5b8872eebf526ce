import { TowlineError } from '../../errors.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import { listingPrefix } from '../../storage/bucket-keys.ts';
import type { Path } from '../../storage/path.ts';
import { entryOf, LISTED_FIELDS, type ObjectResource, readResource } from './resource.ts';
import type { Session } from './session.ts';

/** 1000 names of 1024 bytes, each character escaped by six, and what stands beside them. */
const LISTING_BYTES = 16 * 1024 * 1024;

/** One page of what lies below `folder`. */
export async function list(session: Session, folder: Path, { cursor, startsWith = '', withMetadata = false, signal }: ListOptions = {}): Promise<Page<Entry>> {
  const page = await listPage(session, { prefix: listingPrefix(session, folder, startsWith), pageToken: cursor, fields: withMetadata ? `${LISTED_FIELDS},metadata` : LISTED_FIELDS, signal });
  return {
    entries: page.objects.flatMap((object) => {
      const path = session.pathOf(object.name);
      return path === undefined ? [] : [entryOf(path, object, { withMetadata })];
    }),
    ...(page.next === undefined ? {} : { cursor: page.next }),
  };
}

export interface ListQuery {
  readonly prefix: string;
  readonly fields: string;
  readonly pageToken?: string | undefined;
  readonly startOffset?: string | undefined;
  readonly versions?: 'true';
  readonly signal: AbortSignal | undefined;
}
export interface ListedPage {
  readonly objects: readonly ObjectResource[];
  readonly next: string | undefined;
}

/** One answer of the service. */
export async function listPage({ client }: Session, { signal, fields, ...query }: ListQuery): Promise<ListedPage> {
  const target = client.at.list({ ...query, maxResults: 1000, fields: `nextPageToken,items(${fields})` });
  const answer = await client.ask({ method: 'GET', verb: query.versions ? 'list the versions in' : 'list', target, signal }, LISTING_BYTES);
  const { items = [], nextPageToken: next } = (typeof answer === 'object' && answer !== null ? answer : {}) as { readonly items?: unknown; readonly nextPageToken?: unknown };
  if (!Array.isArray(items)) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the server sent a listing that is none`, { hint: 'Look whether the endpoint is Google Cloud Storage.' });
  if (next !== undefined && next === query.pageToken) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the listing says that more follows, but not where`);
  return { objects: items.map(readResource), next: typeof next === 'string' && next !== '' ? next : undefined };
}
