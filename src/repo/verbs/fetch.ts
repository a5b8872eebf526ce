import { hasCode } from '../../errors.ts';
import type { HashName, Oid } from '../../odb/hash-info.ts';
import { moveObjects, type Moved } from '../../odb/move-objects.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { filterOids, type OidSet, withSizesOf } from '../../odb/oid-set.ts';
import { isInShard, type Shard, shareWithTrees } from '../../odb/shard.ts';
import type { Tree } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import { byRemote, type ForRemote } from '../collect/by-remote.ts';
import type { DataRemote } from '../data-remote.ts';
import { firstToAnswer, takeWithMirrors } from '../mirrors.ts';
import { keepListings } from '../versioned/keep-listings.ts';
import { type Selection, selectOutputs } from '../collect/select.ts';
import type { Selected } from '../collect/targets.ts';
import { findLacking } from '../collect/lacking.ts';
import { hashNamesOf, listWanted, nameOids, type Wanted } from '../collect/wanted.ts';
import { copyRuns, runOutputs } from '../pipeline/run-cache.ts';
import { storedRuns } from '../pipeline/runs.ts';
import type { Repo } from '../repo.ts';
import { fetchImports } from '../sources/fetch-imports.ts';
import { progressOf } from '../progress.ts';
import type { Fault } from '../fault.ts';

/** What to fetch and where from. */
export interface FetchRequest extends Selection {
  readonly remote?: string;
  readonly jobs?: number;
  /** Only outputs below this many bytes. */
  readonly maxSize?: number;
  /** Only outputs of these sections. */
  readonly types?: readonly ('metrics' | 'plots')[];
  /** The history of runs comes, too, with what the runs made. */
  readonly runCache?: boolean;
  /** Only this share of the files; others fetch the others. A directory's listing comes into the cache with the share that ends last. */
  readonly shard?: Shard;
}

/** What a fetch did. `missing`: neither here nor on the remote. */
export interface FetchResult {
  readonly fetched: number;
  readonly bytes: number;
  readonly failed: readonly Fault[];
  readonly missing: readonly Fault[];
}

/** Downloads what the cache lacks of the tracked data of `request`. Every object is verified before it is visible. */
export async function fetch(repo: Repo, request: FetchRequest, call: CallOptions = {}): Promise<FetchResult> {
  const runs = request.runCache === true ? await fetchRuns(repo, request, call) : 0;
  const tracked = await selectOutputs(repo, request, { ...call, for: 'fetch' });
  const selection = request.runCache === true ? [...tracked, { revision: repo.workspace, selected: await runOutputs(repo.cache.storage, call) }] : tracked;
  const narrowed = selection.map(({ revision, selected }) => ({ revision, selected: selected.filter(({ output }) => isAskedFor(output, request)) }));
  await keepListings(repo, narrowed.flatMap(({ selected }) => selected.map(({ output }) => output)), call);
  const trees = new Map<Oid, Tree>();
  const { lacking, imports } = await findLacking(repo, narrowed, { ...call, trees });
  const results: FetchResult[] = [{ ...NOTHING, fetched: runs }, await fetchImports(repo, importsOf(imports, request.shard), { ...call, ...(request.jobs !== undefined && { jobs: request.jobs }) })];
  for (const group of byRemote(repo, lacking, { ...(request.remote !== undefined && { name: request.remote }), command: 'fetch' })) {
    try {
      const take = async (remote: DataRemote, name: HashName): Promise<FetchResult> => await fetchGroup(repo, { ...group, remote }, { ...call, trees, name, shard: request.shard, ...(request.jobs !== undefined && { jobs: request.jobs }) });
      for (const name of hashNamesOf(group.selected)) {
        const selected = group.selected.filter(({ output: { hash } }) => hash?.name === name);
        results.push(await takeWithMirrors(repo, { ...group, selected }, { ...call, take: async (remote) => await take(remote, name) }));
      }
    } finally {
      await group.remote.close();
    }
  }
  return results.reduce(addUp, NOTHING);
}

/** An import is brought as a whole, by the one in whose share its own digest is. */
const importsOf = (imports: readonly Selected[], shard: Shard | undefined): readonly Selected[] =>
  imports.filter(({ output: { hash } }) => shard === undefined || (hash ? isInShard(hash.value, shard) : shard.index === 1));

const NOTHING: FetchResult = { fetched: 0, bytes: 0, failed: [], missing: [] };

/** The mirrors are asked where the remote cannot be. */
async function fetchRuns(repo: Repo, { remote: name }: FetchRequest, call: CallOptions): Promise<number> {
  const remote = repo.remote(repo.workspace, { command: 'fetch', ...(name !== undefined && { name }) });
  return await firstToAnswer(repo, remote, async (from) => await copyRuns(await from.runs(), storedRuns(repo.cache.storage), call));
}

const addUp = (a: FetchResult, b: FetchResult): FetchResult => ({ fetched: a.fetched + b.fetched, bytes: a.bytes + b.bytes, failed: [...a.failed, ...b.failed], missing: [...a.missing, ...b.missing] });

function isAskedFor(output: ForRemote['selected'][number]['output'], { maxSize, types }: FetchRequest): boolean {
  const isSmall = maxSize === undefined || (output.meta.size ?? 0) < maxSize;
  return isSmall && (types === undefined || types.length === 0 || types.some((type) => type === `${output.kind}s`));
}

async function fetchGroup(repo: Repo, { remote, selected }: ForRemote, options: CallOptions & { readonly name: HashName; readonly trees: Map<Oid, Tree>; readonly shard: Shard | undefined; readonly jobs?: number }): Promise<FetchResult> {
  const { name, trees: known, shard, ...call } = options;
  const cache = repo.cache.objects(name);
  const source = await remote.objects(name, selected.map(({ output }) => output));
  const wanted = await listWanted(selected, name, { ...call, trees: known, places: [cache, source] });
  const share = shareWithTrees(wanted.objects, shard);
  const here = await cache.present(share, call);
  const lacking = await withSizes(source, { lacking: share.minus(here), bytes: wanted.bytes }, call);
  repo.lent.report?.({ kind: 'phase', name: `Fetching from ${remote.name}`, files: lacking.count });
  // A listing is wanted even when a file of it is missing: it names what is missing, and the other files can be used. Not so in shares, where the others follow.
  const moved = await moveObjects(source, cache, { ...call, ...progressOf(repo), move: { wanted: lacking, held: here, ...(shard ? { trees: wanted.trees, others: async () => await cache.present(wanted.objects, call) } : { trees: [] }) } });
  return describeFetch(moved, { wanted, selected });
}

/** Above this an object is read in parallel parts, and a cut download goes on where it stopped: for that its size must be known beforehand. */
const LARGE = 64 * 2 ** 20;

/** Sizes are asked for only where a file could be large: a listing is cheap then, and spares nothing when all files are small. */
async function withSizes(source: ObjectDb, { lacking, bytes }: { readonly lacking: OidSet; readonly bytes: number }, call: CallOptions): Promise<OidSet> {
  const unknown = filterOids(lacking, (_oid, size) => size === undefined);
  if (unknown.count === 0 || bytes < LARGE) return lacking;
  const known = await source.present(unknown, call);
  return withSizesOf(lacking, known);
}

function describeFetch({ done, bytes, failed: faults }: Moved, { wanted, selected }: { readonly wanted: Wanted; readonly selected: ForRemote['selected'] }): FetchResult {
  const names = nameOids(new Set([...wanted.lost, ...faults.map(({ oid }) => oid)]), selected, wanted.trees);
  const damaged = [...wanted.damaged].map(([oid, error]) => ({ oid, error }));
  const fault = (oid: Oid, reason: string): Fault => ({ oid, path: names.get(oid) ?? oid, reason });
  return {
    fetched: done,
    bytes,
    failed: [...faults.filter(({ error }) => !hasCode(error, 'NOT_FOUND')), ...damaged].map(({ oid, error }) => fault(oid, error.message)),
    missing: [
      ...faults.filter(({ error }) => hasCode(error, 'NOT_FOUND')).map(({ oid }) => fault(oid, 'neither in the cache nor on the remote')),
      ...wanted.lost.filter((oid) => !wanted.damaged.has(oid)).map((oid) => fault(oid, 'its listing is neither in the cache nor on the remote')),
    ],
  };
}
