import { TowlineError } from '../../errors.ts';
import { listingPrefix } from '../../storage/bucket-keys.ts';
import type { ListOptions, Page, Version } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { factsOf, fetchPage, pathOfBlob } from './list.ts';
import type { ListedBlob } from './listing-xml.ts';
import type { Session } from './session.ts';

/** Where the next page begins, and the versions seen so far of the path that it may go on with. */
interface Cursor {
  readonly marker: string;
  readonly held: readonly Version[];
}

/**
 * One page of every version below `folder`, newest first for each path. The service lists them oldest first, and a path may go on over the end
 * of its page, so the last path of a page is held back until it is known to be whole.
 */
export async function listVersions(session: Session, folder: Path, { cursor, startsWith = '', signal }: ListOptions = {}): Promise<Page<Version>> {
  const from = cursor === undefined ? undefined : (JSON.parse(cursor) as Cursor);
  const { blobs, marker } = await fetchPage(session, { prefix: listingPrefix(session, folder, startsWith), marker: from?.marker, include: 'metadata,versions', verb: 'list the versions in', signal });
  requireVersions(session, blobs);
  const all = [...(from?.held ?? []), ...blobs.flatMap((blob) => toVersion(session, blob))];
  const last = marker === undefined ? undefined : all.at(-1)?.path;
  const held = all.filter(({ path }) => path === last);
  const entries = grouped(all.filter(({ path }) => path !== last)).flatMap(inOrder);
  return { entries, ...(marker === undefined ? {} : { cursor: JSON.stringify({ marker, held } satisfies Cursor) }) };
}

/** An account that keeps no versions gives none a name. */
function requireVersions({ client }: Session, blobs: readonly ListedBlob[]): void {
  if (blobs.length === 0 || blobs.some((blob) => blob.has('VersionId'))) return;
  throw new TowlineError('UNSUPPORTED', `${client.where(undefined)}: the account keeps no versions`, { hint: 'Turn on versioning: az storage account blob-service-properties update --enable-versioning true' });
}

function toVersion(session: Session, blob: ListedBlob): readonly Version[] {
  const path = pathOfBlob(session, blob);
  const versionId = blob.get('VersionId');
  if (path === undefined || versionId === undefined) return [];
  return [{ path, kind: 'file', versionId, isLatest: blob.get('IsCurrentVersion') === 'true', isDeleteMarker: false, ...factsOf(blob) }];
}

function grouped(versions: readonly Version[]): readonly (readonly Version[])[] {
  const groups = new Map<Path, Version[]>();
  for (const version of versions) {
    const group = groups.get(version.path);
    if (group) group.push(version);
    else groups.set(version.path, [version]);
  }
  return [...groups.values()];
}

/** Names of versions are times, so they sort by themselves. The service writes no marker for a deleted blob: that none of its versions is the current one says it. */
function inOrder(versions: readonly Version[]): readonly Version[] {
  const newest = versions.toSorted((one, other) => ((one.versionId ?? '') < (other.versionId ?? '') ? 1 : -1));
  const [first] = newest;
  if (first === undefined || newest.some(({ isLatest }) => isLatest)) return newest;
  return [{ path: first.path, kind: 'file', isLatest: true, isDeleteMarker: true }, ...newest];
}
