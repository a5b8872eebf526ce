import { TowlineError } from '../../errors.ts';
import { moveObjects, type Moved, planMove } from '../../odb/move-objects.ts';
import { isTreeOid, type HashName, type Oid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import type { Meta } from '../../odb/meta.ts';
import { createOidSetBuilder, filterOids, haveSameOids, type OidSet } from '../../odb/oid-set.ts';
import { presentOnBoth } from '../../odb/present-on-both.ts';
import { type Shard, shareWithTrees } from '../../odb/shard.ts';
import type { Tree } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import { namedSection } from '../../remotes/sections.ts';
import type { JobOptions } from '../../storage/storage.ts';
import { byRemote, type ForRemote, type SelectedIn } from '../collect/by-remote.ts';
import { keepLook, recallLook, remembersLooks } from '../collect/last-look.ts';
import { keepListings } from '../versioned/keep-listings.ts';
import { type Selection, selectOutputs } from '../collect/select.ts';
import { hashNamesOf, listWanted, nameOids, noteWhole, type Wanted } from '../collect/wanted.ts';
import { applyEdits } from '../edits.ts';
import { copyRuns, countRuns, runOutputs } from '../pipeline/run-cache.ts';
import { storedRuns } from '../pipeline/runs.ts';
import type { DataRemote } from '../data-remote.ts';
import type { Fault } from '../fault.ts';
import { progressOf } from '../progress.ts';
import type { Repo } from '../repo.ts';
import type { Output, Stage } from '../stage.ts';
import { pushVersions } from '../versioned/push-versions.ts';
import { recordVersions } from '../versioned/record.ts';

/** What to push and where to. */
export interface PushRequest extends Selection {
  readonly remote?: string;
  readonly jobs?: number;
  /** The history of runs goes, too, with what the runs made. */
  readonly runCache?: boolean;
  /** Only this share of the files; others push the others. A directory's listing goes with the share that ends last. */
  readonly shard?: Shard;
  /** Gives the objects of a remote as others write them, in place of this process. */
  readonly sharedOut?: ShareOut;
  /** Only counts what would be sent. */
  readonly dry?: boolean;
}
export type ShareOut = (target: ObjectDb) => ObjectDb;

/** What a push did. `missing`: neither here nor on the remote. `keptBack`: directories of which the remote does not have every file, so their listing was not sent. */
export interface PushResult {
  readonly pushed: number;
  readonly bytes: number;
  readonly failed: readonly Fault[];
  readonly missing: readonly Fault[];
  readonly keptBack: readonly string[];
  /** Files in which versions were noted, where a remote keeps the files themselves. */
  readonly recorded: readonly string[];
  /** Files that are gone from the workspace, and now from the remote that mirrors it. */
  readonly deleted: readonly string[];
}

/** Uploads what the remotes lack of the tracked data of `request`. Every file of a directory is looked for: a listing on the remote proves nothing. */
export async function push(repo: Repo, request: PushRequest, call: CallOptions = {}): Promise<PushResult> {
  const tracked = await selectOutputs(repo, request, { ...call, for: 'push' });
  const selection = request.runCache === true ? [...tracked, { revision: repo.workspace, selected: await runOutputs(repo.cache.storage, call) }] : tracked;
  const results: PushResult[] = [];
  const noted = new Map<Output, ReadonlyMap<string, Meta>>();
  const outcome = { ...call, noted, current: currentOf(repo, tracked), isDry: request.dry === true, ...(request.jobs !== undefined && { jobs: request.jobs }), ...(request.shard && { shard: request.shard }), ...(request.sharedOut && { sharedOut: request.sharedOut }) };
  try {
    for (const group of byRemote(repo, selection, { ...(request.remote !== undefined && { name: request.remote }), command: 'push' })) {
      try {
        if (group.remote.versions) refuseVersions(group.remote, request);
        results.push(...(group.remote.versions ? [await pushFiles(repo, group, outcome)] : await pushObjects(repo, group, outcome)));
      } finally {
        await group.remote.close();
      }
    }
  } finally {
    // Also when a later remote failed: what is noted is there.
    results.push({ ...NOTHING, recorded: await record(repo, outcome) });
  }
  if (request.runCache === true) results.push({ ...NOTHING, ...(await pushRuns(repo, request, call)) });
  return results.reduce(addUp, NOTHING);
}

/** Whether a push may note versions in files of the workspace: it has the repository alone then. */
export async function mayNoteVersions(repo: Repo): Promise<boolean> {
  const config = await repo.workspace.config();
  const isOn = (name: string, key: string): boolean => config.section(namedSection('remote', name)).get(key)?.value.toLowerCase() === 'true';
  return config.remotes.some((name) => isOn(name, 'version_aware') || isOn(name, 'worktree'));
}

/** What a push to one of several remotes did. `error`: why it could not go on. */
export interface PushedTo extends PushResult { readonly name: string; readonly error?: Error }

/** Pushes all of `request` to each of several remotes, one after the other. One that fails stops no other; a name that none has stops all before anything is sent. */
export async function pushToEach(repo: Repo, request: PushRequest, { remotes, ...call }: CallOptions & { readonly remotes: readonly string[] }): Promise<readonly PushedTo[]> {
  const names = [...new Set(remotes.map((name) => repo.remote(repo.workspace, { command: 'push', name }).name))];
  const results: PushedTo[] = [];
  for (const name of names) {
    try {
      results.push({ name, ...(await push(repo, { ...request, remote: name }, call)) });
    } catch (error) {
      if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
      results.push({ name, ...NOTHING, error });
    }
  }
  return results;
}

const NOTHING: PushResult = { pushed: 0, bytes: 0, failed: [], missing: [], keptBack: [], recorded: [], deleted: [] };

interface Outcome extends JobOptions {
  readonly shard?: Shard;
  readonly sharedOut?: ShareOut;
  readonly noted: Map<Output, ReadonlyMap<string, Meta>>;
  /** The outputs of the workspace, each with its stage. */
  readonly current: ReadonlyMap<Output, Stage>;
  readonly isDry: boolean;
}

/** What a commit says cannot be changed any more: only in the workspace something can be noted. */
const currentOf = (repo: Repo, selection: readonly SelectedIn[]): Outcome['current'] => new Map(selection.flatMap(({ revision, selected }) => (revision === repo.workspace ? selected.map(({ output, stage }) => [output, stage] as const) : [])));

async function pushFiles(repo: Repo, group: ForRemote, { noted, current, ...call }: Outcome): Promise<PushResult> {
  const { noted: fresh, ...pushed } = await pushVersions(repo, group, { ...call, isCurrent: (output) => current.has(output) });
  for (const [output, metas] of fresh) noted.set(output, metas);
  return { ...NOTHING, ...pushed };
}

async function record(repo: Repo, { noted, current, isDry, signal }: Outcome): Promise<readonly string[]> {
  if (noted.size === 0 || isDry) return [];
  const stages = new Set([...noted.keys()].flatMap((output) => current.get(output) ?? []));
  const edits = (await recordVersions(repo, stages, { noted, ...(signal && { signal }) })).filter(({ before, after }) => before !== after);
  applyEdits(repo.lent.disk, repo.root, edits);
  return edits.map(({ file }) => file);
}

async function pushObjects(repo: Repo, group: ForRemote, { noted: _noted, current: _current, ...call }: Outcome): Promise<readonly PushResult[]> {
  await keepListings(repo, group.selected.map(({ output }) => output), call);
  const results: PushResult[] = [];
  for (const name of hashNamesOf(group.selected)) results.push(await pushGroup(repo, group, { ...call, name }));
  return results;
}

async function pushRuns(repo: Repo, { remote: name, dry }: PushRequest, call: CallOptions): Promise<{ readonly pushed: number; readonly bytes?: number }> {
  const remote = repo.remote(repo.workspace, { command: 'push', ...(name !== undefined && { name }) });
  try {
    const [source, target] = [storedRuns(repo.cache.storage), await remote.runs()];
    return dry === true ? await countRuns(source, target, call) : { pushed: await copyRuns(source, target, call) };
  } finally {
    await remote.close();
  }
}

export const addUp = (a: PushResult, b: PushResult): PushResult => ({
  pushed: a.pushed + b.pushed,
  bytes: a.bytes + b.bytes,
  failed: [...a.failed, ...b.failed],
  missing: [...a.missing, ...b.missing],
  keptBack: [...a.keptBack, ...b.keptBack],
  recorded: [...a.recorded, ...b.recorded],
  deleted: [...a.deleted, ...b.deleted],
});

async function pushGroup(repo: Repo, { remote, ...group }: ForRemote, options: JobOptions & { readonly name: HashName; readonly isDry: boolean; readonly shard?: Shard; readonly sharedOut?: ShareOut }): Promise<PushResult> {
  const { name, shard, sharedOut, isDry, ...call } = options;
  const cache = repo.cache.objects(name);
  const target = await remote.objects(name);
  // What was whole there, and cannot have gone since, needs no look: neither here nor there.
  const selected = group.selected.filter(({ output: { hash } }) => hash?.name !== name || target.whole?.has(hash.value) !== true);
  const isRemembered = remembersLooks(target, shard);
  const known = isRemembered ? recallLook(cache, selected) : undefined;
  const found = known && (await target.present(known, call));
  if (found && found.count === known.count) return NOTHING;
  const wanted = await listWanted(selected, name, { ...call, places: [cache, target] });
  const all = shareWithTrees(wanted.objects, shard);
  const { here: cached, there: held } = await presentOnBoth(all, { cache, target, ...(found && haveSameOids(known, all) && { there: found }) }, call);
  const lacking = all.minus(held);
  if (!shard && lacking.count === 0 && cached.count === all.count) noteWhole(target, selected, wanted);
  if (isRemembered) keepLook(cache, selected, { wanted, here: cached });
  const here = cached.minus(held);
  const trees = wanted.trees.filter(({ oid }) => here.has(oid));
  const move = { wanted: here, held, trees, others: async () => await othersHeld({ cache, target }, trees, { all, shard, ...call }) };
  if (isDry) return describePush({ moved: await planMove(move), wanted, selected, lost: lacking.minus(here) });
  repo.lent.report?.({ kind: 'phase', name: `Pushing to ${remote.name}`, files: here.count });
  const moved = await moveObjects(cache, sharedOut?.(target) ?? target, { ...call, ...progressOf(repo), move });
  return describePush({ moved, wanted, selected, lost: lacking.minus(here) });
}

/**
 * The listing of a directory may follow only when all its files are there, also those that were not asked for, or are the share of another. What another
 * may be writing at this moment counts only with the size it has here: not every service hides an object until it is whole.
 */
async function othersHeld({ cache, target }: { readonly cache: ObjectDb; readonly target: ObjectDb }, trees: readonly Tree[], { all, shard, ...call }: JobOptions & { readonly all: OidSet; readonly shard: Shard | undefined }): Promise<OidSet> {
  const others = createOidSetBuilder();
  for (const { entries } of trees) for (const { oid } of entries) if (!all.has(oid)) others.add(oid);
  const asked = others.build();
  if (asked.count === 0) return asked;
  const { here, there } = await presentOnBoth(asked, { cache, target }, call);
  return shard ? filterOids(there, (oid) => here.has(oid)) : there;
}

function refuseVersions({ name }: DataRemote, { shard, sharedOut }: PushRequest): void {
  if (!shard && !sharedOut) return;
  throw new TowlineError('UNSUPPORTED', `remote '${name}' keeps the files themselves in versions, which cannot be pushed in shares`, { hint: `Leave '${shard ? '--shard' : '--workers'}' out.` });
}

function describePush(input: { readonly moved: Moved; readonly wanted: Wanted; readonly selected: ForRemote['selected']; readonly lost: OidSet }): PushResult {
  const { moved, wanted, selected } = input;
  const lost = [...input.lost.oids(), ...wanted.lost.filter((oid) => !wanted.damaged.has(oid))];
  const failed = [...moved.failed, ...[...wanted.damaged].map(([oid, error]) => ({ oid, error }))];
  const kept = new Set(moved.keptBack);
  const names = nameOids(new Set([...lost, ...kept, ...failed.map(({ oid }) => oid)]), selected, wanted.trees);
  const pathOf = (oid: Oid): string => names.get(oid) ?? oid;
  return {
    pushed: moved.done,
    bytes: moved.bytes,
    failed: failed.map(({ oid, error }) => ({ oid, path: pathOf(oid), reason: error.message })),
    missing: lost.map((oid) => ({ oid, path: pathOf(oid), reason: isTreeOid(oid) ? 'its listing is neither in the cache nor on the remote' : 'neither in the cache nor on the remote' })),
    keptBack: [...kept].map(pathOf),
    recorded: [],
    deleted: [],
  };
}
