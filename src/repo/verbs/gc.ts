import { TowlineError } from '../../errors.ts';
import type { HashName } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, type OidSet, oidSet } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Path } from '../../storage/path.ts';
import type { JobOptions } from '../../storage/storage.ts';
import type { DataRemote } from '../data-remote.ts';
import { everTracked, markFiles, type NotedFile, type NotedFiles } from '../gc/mark-files.ts';
import { type InUse, markInUse, type Pinned } from '../gc/mark.ts';
import { unusedObjects } from '../gc/object-place.ts';
import { type Amount, dropAside, lyingAside, setAside } from '../gc/set-aside.ts';
import type { Sweepable, Swept } from '../gc/swept.ts';
import { unusedVersions } from '../gc/version-place.ts';
import { type History, listHistory } from '../git/history.ts';
import type { Repo } from '../repo.ts';
import type { Revision } from '../revision.ts';
import type { Output } from '../stage.ts';
export type { Swept };

/** How long what is not in use is kept all the same. */
export interface Grace {
  /** On remotes, what is younger than this stays: somebody may be about to push what needs it. For as long what goes from the cache can be brought back. */
  readonly graceSeconds: number;
  /** The space is needed now: nothing of the cache is kept for an undo, of earlier times neither. */
  readonly noUndo?: boolean;
}
/** What is to stay, and where the rest is to go from. The workspace's data always stays. */
export interface GcRequest extends History, Grace {
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
  /** Asked when it is known what would go, before anything does; false ends it. */
  readonly confirm?: (found: GcResult) => Promise<boolean>;
}
export interface GcResult {
  readonly dry: boolean;
  readonly swept: readonly Swept[];
  /** Revisions that could not be read; their data counted as not in use. */
  readonly skipped: readonly string[];
  /** Of the cache, what an undo brings back, this time's and earlier ones', and what none can bring back any more. */
  readonly aside?: { readonly kept: Amount; readonly dropped: Amount };
}

const HASHES: readonly HashName[] = ['md5', 'md5-dos2unix'];
const NONE = oidSet([]);

/** Deletes what no revision of `request` names: all is marked before anything is deleted, and whatever cannot be read stops it. */
export async function gc(repo: Repo, request: GcRequest, options: CallOptions = {}): Promise<GcResult | undefined> {
  const call: JobOptions = { ...(options.signal && { signal: options.signal }), ...(request.jobs !== undefined && { jobs: request.jobs }) };
  const skipped: string[] = [];
  const repos = await Promise.all([repo, ...(request.projects ?? [])].map(async (one): Promise<Kept> => ({ repo: one, revisions: await revisionsOf(one, request) })));
  const inUse = await markAll(repos, request, { ...call, skipped });
  const remotes = request.cloud === true || request.notInRemote === true ? remotesOf(repo, request, inUse) : [];
  try {
    const kept = request.notInRemote === true ? await lackedByRemotes(remotes, inUse, call) : inUse.objects;
    const at = repo.lent.now();
    const hasUndo = request.noUndo !== true && request.graceSeconds > 0;
    const places = [...(await unusedInCache(repo, kept, { ...call, ...(hasUndo && { asideAt: at }) })), ...(request.cloud === true ? await unusedOnRemotes(remotes, { inUse, repos, graceSeconds: request.graceSeconds }, call) : [])];
    const dry = request.dry === true;
    const found: GcResult = { dry, skipped, swept: places.map((place) => place.found) };
    if (dry) return found;
    if ((await request.confirm?.(found)) === false) return undefined;
    const earliest = hasUndo ? at - request.graceSeconds * 1000 : Infinity;
    const dropped = dropAside(repo, earliest);
    const swept: Swept[] = [];
    for (const place of places) swept.push(await place.sweep(call));
    return { dry, skipped, swept, aside: { kept: lyingAside(repo, earliest), dropped } };
  } finally {
    for (const remote of remotes) await remote.close();
  }
}

/** A repository and what of it is to stay. */
interface Kept { readonly repo: Repo; readonly revisions: readonly Revision[] }

async function markAll(repos: readonly Kept[], request: GcRequest, { skipped, ...call }: CallOptions & { readonly skipped: string[] }): Promise<InUse> {
  const all = new Map<HashName, ReturnType<typeof createOidSetBuilder>>();
  const pinned: Pinned[] = [];
  const outputs = new Set<Output>();
  for (const [index, { repo, revisions }] of repos.entries()) {
    const marked = await markInUse(repo, {
      ...call, caches: repos.map((one) => one.repo), remote: request.remote, givenUp: new Set(request.giveUp), revisions,
      ...(request.skipFailed === true && { onUnreadable: (revision: string) => void skipped.push(revision) }),
    });
    // What other projects are pinned to is theirs to sweep.
    if (index === 0) pinned.push(...marked.pinned);
    for (const output of marked.outputs) outputs.add(output);
    for (const [name, objects] of marked.objects) {
      const builder = all.get(name) ?? createOidSetBuilder();
      all.set(name, builder);
      for (const oid of objects.oids()) builder.add(oid);
    }
  }
  return { objects: new Map([...all].map(([name, builder]) => [name, builder.build()])), pinned, outputs };
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
async function lackedByRemotes(remotes: readonly DataRemote[], { objects, outputs }: InUse, call: JobOptions): Promise<ReadonlyMap<HashName, OidSet>> {
  const lacked = new Map(objects);
  for (const remote of remotes) for (const [name, some] of lacked) lacked.set(name, some.minus(await (await remote.objects(name, outputs)).present(some, call)));
  return lacked;
}

/** `asideAt`: what goes is set aside under that time. */
async function unusedInCache(repo: Repo, kept: InUse['objects'], { asideAt, ...call }: JobOptions & { readonly asideAt?: number }): Promise<readonly Sweepable[]> {
  const places: Sweepable[] = [];
  for (const hash of HASHES) {
    const objects = repo.cache.objects(hash);
    const db: ObjectDb = asideAt === undefined ? objects : { ...objects, delete: (oids, options) => setAside(repo, hash, { ...options, oids, at: asideAt }) };
    places.push(await unusedObjects({ place: 'cache', name: hash === 'md5' ? 'repo' : 'legacy', folder: objects.folder, db, graceSeconds: 0 }, kept.get(hash) ?? NONE, call));
  }
  return places;
}

interface OnRemotes { readonly inUse: InUse; readonly repos: readonly Kept[]; readonly graceSeconds: number }

async function unusedOnRemotes(remotes: readonly DataRemote[], { inUse, repos, graceSeconds }: OnRemotes, call: JobOptions): Promise<readonly Sweepable[]> {
  const places: Sweepable[] = [];
  const files = remotes.some(({ versions }) => versions) ? await filesOf(repos, call) : undefined;
  for (const remote of remotes) {
    const { name, versions } = remote;
    if (versions && files) places.push(await unusedVersions({ ...files, name, storage: await remote.files(), mirrors: versions.mirrors, graceSeconds }, call));
    else for (const hash of HASHES) places.push(await unusedObjects({ place: 'remote', name, db: await remote.objects(hash), graceSeconds }, inUse.objects.get(hash) ?? NONE, call));
  }
  return places;
}

/** What is in use of all repositories, and what was ever tracked by this one: other projects sweep what is theirs. */
async function filesOf(repos: readonly Kept[], call: CallOptions): Promise<{ readonly inUse: NotedFiles; readonly ours: ReadonlySet<Path> }> {
  const inUse = new Map<Path, readonly NotedFile[]>();
  for (const { repo, revisions } of repos) for (const [path, noted] of await markFiles(repo, revisions, call)) inUse.set(path, [...(inUse.get(path) ?? []), ...noted]);
  const [own] = repos;
  return { inUse, ours: new Set(own && (await everTracked(own.repo, call)).keys()) };
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
