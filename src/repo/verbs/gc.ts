import { TowlineError } from '../../errors.ts';
import type { HashName, Oid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, type OidSet, oidSet } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { JobOptions } from '../../storage/storage.ts';
import type { DataRemote } from '../data-remote.ts';
import type { Fault } from '../fault.ts';
import { type InUse, markInUse, type Pinned } from '../gc/mark.ts';
import { findUnused, sweep } from '../gc/sweep.ts';
import { type History, listHistory } from '../git/history.ts';
import type { Repo } from '../repo.ts';
import type { Revision } from '../revision.ts';

/** What is to stay, and where the rest is to go from. The workspace's data always stays. */
export interface GcRequest extends History {
  readonly remote?: string;
  /** Also from the remotes. */
  readonly cloud?: boolean;
  /** From the cache also what the remote has. */
  readonly notInRemote?: boolean;
  /** Says what would go. */
  readonly dry?: boolean;
  /** How many lists and deletions at once. */
  readonly jobs?: number;
  readonly skipFailed?: boolean;
  /** Other repositories that share the cache or the remote. */
  readonly projects?: readonly Repo[];
  /** Directories whose listing is lost, and whose files may go with it. */
  readonly giveUp?: readonly string[];
  /** On remotes, what is younger than this stays: somebody may be about to push what needs it. */
  readonly graceSeconds: number;
  /** Asked when it is known what would go, before anything does; false ends it. */
  readonly confirm?: (found: GcResult) => Promise<boolean>;
}
/** What went, or would go, from one place. */
export interface Swept {
  readonly place: 'cache' | 'remote';
  /** Of a remote its name, of the cache DVC's word for the kind: 'repo' or 'legacy'. */
  readonly name: string;
  readonly hash: HashName;
  readonly count: number;
  readonly bytes: number;
  readonly objects: readonly Oid[];
  readonly failed: readonly Fault[];
}
export interface GcResult {
  readonly dry: boolean;
  readonly swept: readonly Swept[];
  /** Revisions that could not be read; their data counted as not in use. */
  readonly skipped: readonly string[];
}

interface Place extends Pick<Swept, 'place' | 'name'> { readonly db: ObjectDb; readonly unused: OidSet }

const HASHES: readonly HashName[] = ['md5', 'md5-dos2unix'];
const NONE = oidSet([]);

/** Deletes what no revision of `request` names: all is marked before anything is deleted, and whatever cannot be read stops it. */
export async function gc(repo: Repo, request: GcRequest, options: CallOptions = {}): Promise<GcResult | undefined> {
  const call: JobOptions = { ...(options.signal && { signal: options.signal }), ...(request.jobs !== undefined && { jobs: request.jobs }) };
  const skipped: string[] = [];
  const inUse = await markAll([repo, ...(request.projects ?? [])], request, { ...call, skipped });
  const remotes = request.cloud === true || request.notInRemote === true ? remotesOf(repo, request, inUse) : [];
  try {
    const kept = request.notInRemote === true ? await lackedByRemotes(remotes, inUse, call) : inUse.objects;
    const places = [...(await unusedInCache(repo, kept, call)), ...(request.cloud === true ? await unusedOnRemotes(remotes, inUse, { ...call, graceSeconds: request.graceSeconds }) : [])];
    const dry = request.dry === true;
    const found: GcResult = { dry, skipped, swept: places.map((place) => sweptOf(place, [])) };
    if (dry) return found;
    if ((await request.confirm?.(found)) === false) return undefined;
    const swept: Swept[] = [];
    for (const place of places) swept.push(sweptOf(place, await sweep(place.db, place.unused, call)));
    return { dry, skipped, swept };
  } finally {
    for (const remote of remotes) await remote.close();
  }
}

async function markAll(repos: readonly Repo[], request: GcRequest, { skipped, ...call }: CallOptions & { readonly skipped: string[] }): Promise<InUse> {
  const all = new Map<HashName, ReturnType<typeof createOidSetBuilder>>();
  const pinned: Pinned[] = [];
  for (const [index, repo] of repos.entries()) {
    const marked = await markInUse(repo, {
      ...call, caches: repos, remote: request.remote, givenUp: new Set(request.giveUp), revisions: await revisionsOf(repo, request),
      ...(request.skipFailed === true && { onUnreadable: (revision: string) => void skipped.push(revision) }),
    });
    // What other projects are pinned to is theirs to sweep.
    if (index === 0) pinned.push(...marked.pinned);
    for (const [name, objects] of marked.objects) {
      const builder = all.get(name) ?? createOidSetBuilder();
      all.set(name, builder);
      for (const oid of objects.oids()) builder.add(oid);
    }
  }
  return { objects: new Map([...all].map(([name, builder]) => [name, builder.build()])), pinned };
}

async function revisionsOf(repo: Repo, request: GcRequest): Promise<readonly Revision[]> {
  const { branches, tags, commits, experiments, revision, since } = request;
  if (!branches && !tags && !commits && !experiments && revision === undefined && since === undefined) return [repo.workspace];
  const ids = await listHistory(repo.workspace.git, request);
  return [repo.workspace, ...(await Promise.all(ids.map((id) => repo.commits.open(id))))];
}

/** The remote that was named or is the default, and those that outputs are pinned to, each once. */
function remotesOf(repo: Repo, request: GcRequest, { pinned }: InUse): readonly DataRemote[] {
  const main = repo.remote(repo.workspace, { command: 'gc -c', ...(request.remote !== undefined && { name: request.remote }) });
  const others = pinned.map(({ revision, name }) => repo.remote(revision, { command: 'gc -c', name }));
  return [...new Map([main, ...others].map((remote) => [`${remote.name} ${remote.url}`, remote])).values()];
}

/** What is in use and on none of the remotes whole. */
async function lackedByRemotes(remotes: readonly DataRemote[], { objects }: InUse, call: JobOptions): Promise<ReadonlyMap<HashName, OidSet>> {
  const lacked = new Map(objects);
  for (const remote of remotes) for (const [name, some] of lacked) lacked.set(name, some.minus(await (await remote.objects(name)).present(some, call)));
  return lacked;
}

async function unusedInCache(repo: Repo, kept: InUse['objects'], call: JobOptions): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const name of HASHES) {
    const db = repo.cache.objects(name);
    places.push({ place: 'cache', name: name === 'md5' ? 'repo' : 'legacy', db, unused: await findUnused(db, kept.get(name) ?? NONE, { ...call, atRestFor: 0 }) });
  }
  return places;
}

async function unusedOnRemotes(remotes: readonly DataRemote[], { objects }: InUse, { graceSeconds, ...call }: JobOptions & { readonly graceSeconds: number }): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const remote of remotes) {
    for (const name of HASHES) {
      const db = await remote.objects(name);
      places.push({ place: 'remote', name: remote.name, db, unused: await findUnused(db, objects.get(name) ?? NONE, { ...call, atRestFor: graceSeconds * 1000 }) });
    }
  }
  return places;
}

function sweptOf({ db, unused, place, name }: Place, failed: readonly Fault[]): Swept {
  const gone = new Set(failed.map(({ oid }) => oid));
  const objects = [...unused.oids()].filter((oid) => !gone.has(oid));
  const bytes = objects.reduce((sum, oid) => sum + (unused.sizeOf(oid) ?? 0), 0);
  return { place, name, hash: db.hashName, count: objects.length, bytes, objects, failed };
}

/** Throws, in DVC's words, for flags that do not go together. */
export function checkGcRequest(request: Omit<GcRequest, 'graceSeconds'> & { readonly workspace?: boolean }): void {
  const { remote, cloud, notInRemote, count, revision, branches } = request;
  const wrong = (message: string): TowlineError => new TowlineError('INVALID_ARGUMENT', message, { hint: "See 'tow gc --help'." });
  if (notInRemote === true && cloud === true) throw wrong('`--not-in-remote` and `--cloud` are mutually exclusive');
  if (remote !== undefined && cloud !== true && notInRemote !== true) throw wrong('`--remote` requires `--cloud` or `--not-in-remote`');
  if (![request.workspace, branches, request.tags, request.commits, request.experiments, revision, request.since].some((one) => one !== undefined && one !== false)) {
    throw wrong('Either of `-w|--workspace`, `-a|--all-branches`, `-T|--all-tags` `--all-experiments`, `--all-commits`, `--date` or `--rev` needs to be set.');
  }
  if (count !== undefined && revision === undefined && branches !== true) throw wrong('`--num` can only be used alongside `--rev` or `--all-branches`');
}
