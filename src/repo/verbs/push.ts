import { moveObjects, type Moved } from '../../odb/move-objects.ts';
import { isTreeOid, type HashName, type Oid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, type OidSet } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import { byRemote, type ForRemote } from '../collect/by-remote.ts';
import { type Selection, selectOutputs } from '../collect/select.ts';
import { hashNamesOf, listWanted, nameOids, noteWhole, type Wanted, withCachedSizes } from '../collect/wanted.ts';
import { copyRuns, runOutputs } from '../pipeline/run-cache.ts';
import type { Fault } from '../fault.ts';
import { progressOf } from '../progress.ts';
import type { Repo } from '../repo.ts';

/** What to push and where to. */
export interface PushRequest extends Selection {
  readonly remote?: string;
  readonly jobs?: number;
  /** The history of runs goes, too, with what the runs made. */
  readonly runCache?: boolean;
}

/** What a push did. `missing`: neither here nor on the remote. `keptBack`: directories of which the remote does not have every file, so their listing was not sent. */
export interface PushResult {
  readonly pushed: number;
  readonly bytes: number;
  readonly failed: readonly Fault[];
  readonly missing: readonly Fault[];
  readonly keptBack: readonly string[];
}

/** Uploads what the remotes lack of the tracked data of `request`. Every file of a directory is looked for: a listing on the remote proves nothing. */
export async function push(repo: Repo, request: PushRequest, call: CallOptions = {}): Promise<PushResult> {
  const tracked = await selectOutputs(repo, request, { ...call, for: 'push' });
  const selection = request.runCache === true ? [...tracked, { revision: repo.workspace, selected: await runOutputs(repo.cache.storage, call) }] : tracked;
  const results: PushResult[] = [];
  for (const group of byRemote(repo, selection, { ...(request.remote !== undefined && { name: request.remote }), command: 'push' })) {
    try {
      for (const name of hashNamesOf(group.selected)) results.push(await pushGroup(repo, group, { ...call, name, ...(request.jobs !== undefined && { jobs: request.jobs }) }));
    } finally {
      await group.remote.close();
    }
  }
  if (request.runCache === true) results.push({ ...NOTHING, pushed: await pushRuns(repo, request, call) });
  return results.reduce(addUp, NOTHING);
}

const NOTHING: PushResult = { pushed: 0, bytes: 0, failed: [], missing: [], keptBack: [] };

async function pushRuns(repo: Repo, { remote: name }: PushRequest, call: CallOptions): Promise<number> {
  const remote = repo.remote(repo.workspace, { command: 'push', ...(name !== undefined && { name }) });
  try {
    return await copyRuns(repo.cache.storage, await remote.files(), call);
  } finally {
    await remote.close();
  }
}

const addUp = (a: PushResult, b: PushResult): PushResult => ({
  pushed: a.pushed + b.pushed,
  bytes: a.bytes + b.bytes,
  failed: [...a.failed, ...b.failed],
  missing: [...a.missing, ...b.missing],
  keptBack: [...a.keptBack, ...b.keptBack],
});

async function pushGroup(repo: Repo, { remote, ...group }: ForRemote, options: CallOptions & { readonly name: HashName; readonly jobs?: number }): Promise<PushResult> {
  const { name, ...call } = options;
  const cache = repo.cache.objects(name);
  const target = await remote.objects(name);
  // What was whole there, and cannot have gone since, needs no look: neither here nor there.
  const selected = group.selected.filter(({ output: { hash } }) => hash?.name !== name || target.whole?.has(hash.value) !== true);
  const wanted = await listWanted(selected, name, { ...call, places: [cache, target] });
  const all = wanted.objects;
  const cached = await cache.present(all, call);
  const held = await target.present(withCachedSizes(all, cached, name), call);
  const lacking = all.minus(held);
  if (lacking.count === 0 && cached.count === all.count) noteWhole(target, selected, wanted);
  const here = cached.minus(held);
  const trees = wanted.trees.filter(({ oid }) => here.has(oid));
  repo.lent.report?.({ kind: 'phase', name: `Pushing to ${remote.name}`, files: here.count });
  const report = progressOf(repo);
  const moved = await moveObjects(cache, target, { ...call, ...report, move: { wanted: here, held: await heldChildren(target, wanted, held), trees } });
  return describePush({ moved, wanted, selected, lost: lacking.minus(here) });
}

/** The listing of a directory may follow only when all its files are there, also those that were not asked for. */
async function heldChildren(target: ObjectDb, wanted: Wanted, held: OidSet): Promise<OidSet> {
  if (wanted.partial.size === 0) return held;
  const builder = createOidSetBuilder();
  for (const oid of held.oids()) builder.add(oid);
  const others = createOidSetBuilder();
  for (const tree of wanted.trees) if (wanted.partial.has(tree.oid)) for (const { oid } of tree.entries) if (!wanted.objects.has(oid)) others.add(oid);
  for (const oid of (await target.present(others.build())).oids()) builder.add(oid);
  return builder.build();
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
  };
}
