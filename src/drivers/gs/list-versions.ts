import { hasCode, TowlineError } from '../../errors.ts';
import type { ListVersionsOptions, Page, Version } from '../../storage/driver.ts';
import { listingPrefix } from '../../storage/bucket-keys.ts';
import type { Path } from '../../storage/path.ts';
import { listPage } from './list.ts';
import { entryOf, LISTED_FIELDS, type ObjectResource } from './resource.ts';
import type { Session } from './session.ts';

/** One page of every generation below `folder`, newest first for each path. */
export async function listVersions(session: Session, folder: Path, { cursor, startsWith = '', signal, toAdd = false }: ListVersionsOptions = {}): Promise<Page<Version>> {
  const query = { prefix: listingPrefix(session, folder, startsWith), fields: `${LISTED_FIELDS},timeDeleted`, versions: 'true', signal } as const;
  let page = await listPage(session, { ...query, startOffset: cursor });
  const objects = [...page.objects];
  // The service goes from the oldest generation to the newest, and a page may end between two of one object: that object begins the next page.
  while (page.next !== undefined && objects[0]?.name === objects.at(-1)?.name) {
    page = await listPage(session, { ...query, startOffset: cursor, pageToken: page.next });
    objects.push(...page.objects);
  }
  const next = page.next === undefined ? undefined : objects.at(-1)?.name;
  const groups = groupByName(objects.filter(({ name }) => name !== next));
  if (toAdd || objects.every(({ deletedAt }) => deletedAt === undefined)) await session.requireVersioning(signal);
  return { entries: [...groups].flatMap(([name, generations]) => toVersions(session, name, generations)), ...(next === undefined ? {} : { cursor: next }) };
}

function groupByName(objects: readonly ObjectResource[]): ReadonlyMap<string, readonly ObjectResource[]> {
  const groups = new Map<string, ObjectResource[]>();
  for (const object of objects) {
    const group = groups.get(object.name);
    if (group) group.push(object);
    else groups.set(object.name, [object]);
  }
  return groups;
}

/** There are no delete markers here: that the newest generation is no longer live is told by its time of deletion, and said as the contract says it. */
function toVersions(session: Session, name: string, generations: readonly ObjectResource[]): readonly Version[] {
  const path = session.pathOf(name);
  if (path === undefined) return [];
  const newestFirst = generations.toSorted((a, b) => compareGenerations(b.generation ?? '', a.generation ?? ''));
  const [newest] = newestFirst;
  const versions = newestFirst.map((object, index): Version => ({ ...entryOf(path, object), isDeleteMarker: false, isLatest: index === 0 && object.deletedAt === undefined }));
  if (newest?.deletedAt === undefined) return versions;
  return [{ path, kind: 'file', modifiedAt: newest.deletedAt, isDeleteMarker: true, isLatest: true }, ...versions];
}

/** Generations are numbers too large for a `number`. */
const compareGenerations = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** Throws UNSUPPORTED when the bucket does not keep old generations. One that may not be asked is believed to. */
export async function requireVersioning({ client }: Session, signal: AbortSignal | undefined): Promise<void> {
  let answer: unknown;
  try {
    answer = await client.ask({ method: 'GET', verb: 'ask for the versioning of', target: client.at.bucket({ fields: 'versioning' }), signal });
  } catch (error) {
    if (hasCode(error, 'PERMISSION_DENIED') || hasCode(error, 'UNAUTHENTICATED')) return;
    throw error;
  }
  const { versioning } = answer as { readonly versioning?: { readonly enabled?: unknown } };
  if (versioning?.enabled === true) return;
  throw new TowlineError('UNSUPPORTED', `${client.where(undefined)} keeps no versions`, { hint: `Turn on versioning of the bucket: 'gcloud storage buckets update ${client.where(undefined)} --versioning'.` });
}
