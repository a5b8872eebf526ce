import { hasCode } from '../../errors.ts';
import { type HashName, isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { moveObjects, type Moved } from '../../odb/move-objects.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, filterOids, oidSet, type OidSet } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import { byRemote, type ForRemote } from '../collect/by-remote.ts';
import { type Selection, selectOutputs } from '../collect/select.ts';
import { hashNamesOf, listWanted, nameOids, type Wanted } from '../collect/wanted.ts';
import { copyRuns, runOutputs } from '../pipeline/run-cache.ts';
import type { Repo } from '../repo.ts';
import type { Fault } from './push.ts';

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
  const results: FetchResult[] = [];
  for (const group of byRemote(repo, await lackingOnly(repo, narrowed, call), { ...(request.remote !== undefined && { name: request.remote }), command: 'fetch' })) {
    try {
      for (const name of hashNamesOf(group.selected)) results.push(await fetchGroup(repo, group, { ...call, name, ...(request.jobs !== undefined && { jobs: request.jobs }) }));
    } finally {
      await group.remote.close();
    }
  }
  return results.reduce(addUp, { fetched: runs, bytes: 0, failed: [], missing: [] });
}

async function fetchRuns(repo: Repo, { remote: name }: FetchRequest, call: CallOptions): Promise<number> {
  const remote = repo.remote(repo.workspace, { command: 'fetch', ...(name !== undefined && { name }) });
  try {
    return await copyRuns(await remote.files(), repo.cache.storage, call);
  } finally {
    await remote.close();
  }
}

const addUp = (a: FetchResult, b: FetchResult): FetchResult => ({ fetched: a.fetched + b.fetched, bytes: a.bytes + b.bytes, failed: [...a.failed, ...b.failed], missing: [...a.missing, ...b.missing] });

function isAskedFor(output: ForRemote['selected'][number]['output'], { maxSize, types }: FetchRequest): boolean {
  const isSmall = maxSize === undefined || (output.meta.size ?? 0) < maxSize;
  return isSmall && (types === undefined || types.length === 0 || types.some((type) => type === `${output.kind}s`));
}

/** Outputs whose objects are all here need no remote: a clone with a full cache works without a network, and without a remote at all. */
async function lackingOnly(repo: Repo, selection: Parameters<typeof byRemote>[1], call: CallOptions): Promise<Parameters<typeof byRemote>[1]> {
  const lacking = [];
  for (const { revision, selected } of selection) {
    for (const name of hashNamesOf(selected)) {
      const cache = repo.cache.objects(name);
      const members = selected.filter(({ output }) => output.hash?.name === name);
      const kept = [];
      for (const one of members) if (await isLacking(cache, one, call)) kept.push(one);
      lacking.push({ revision, selected: kept });
    }
  }
  return lacking;
}

async function isLacking(cache: ObjectDb, one: ForRemote['selected'][number], call: CallOptions): Promise<boolean> {
  const oid = one.output.hash?.value;
  if (oid === undefined) return false;
  if ((await cache.present(oidSet([oid]), call)).count === 0) return true;
  if (!isTreeOid(oid)) return false;
  const wanted = await wantedOrDamaged(one, cache, call);
  return wanted === undefined || (await cache.present(wanted.files, call)).count < wanted.files.count;
}

/** A damaged listing in the cache is as good as none: it is fetched again. */
async function wantedOrDamaged(one: ForRemote['selected'][number], cache: ObjectDb, call: CallOptions): Promise<Wanted | undefined> {
  try {
    return await listWanted([one], cache.hashName, { ...call, places: [cache] });
  } catch (error) {
    if (hasCode(error, 'CORRUPT')) return undefined;
    throw error;
  }
}

async function fetchGroup(repo: Repo, { remote, selected }: ForRemote, options: CallOptions & { readonly name: HashName; readonly jobs?: number }): Promise<FetchResult> {
  const { name, ...call } = options;
  const cache = repo.cache.objects(name);
  const source = await remote.objects(name);
  const wanted = await listWanted(selected, name, { ...call, places: [cache, source] });
  const here = await cache.present(wanted.files, call);
  const lacking = await withSizes(source, { lacking: wanted.files.minus(here), bytes: wanted.bytes }, call);
  const treesHere = await cache.present(oidSet(wanted.trees.map(({ oid }) => oid)), call);
  repo.lent.report?.({ kind: 'phase', name: `Fetching from ${remote.name}`, files: lacking.count });
  const report = { onBytes: (_oid: Oid, bytes: number): void => repo.lent.report?.({ kind: 'advance', files: 0, bytes }) };
  // A listing is wanted even when a file of it is missing: it names what is missing, and the other files can be used.
  const trees = wanted.trees.filter(({ oid }) => !treesHere.has(oid));
  const listings = await moveObjects(source, cache, { ...call, move: { wanted: oidSet(trees.map(({ oid }) => oid)), held: wanted.files, trees: [] } });
  const files = await moveObjects(source, cache, { ...call, ...report, move: { wanted: lacking, held: here, trees: [] } });
  return describeFetch([listings, files], { wanted, selected });
}

/** Above this an object is read in parallel parts, and a cut download goes on where it stopped: for that its size must be known beforehand. */
const LARGE = 64 * 2 ** 20;

/** Sizes are asked for only where a file could be large: a listing is cheap then, and spares nothing when all files are small. */
async function withSizes(source: ObjectDb, { lacking, bytes }: { readonly lacking: OidSet; readonly bytes: number }, call: CallOptions): Promise<OidSet> {
  const unknown = filterOids(lacking, (oid) => lacking.sizeOf(oid) === undefined);
  if (unknown.count === 0 || bytes < LARGE) return lacking;
  const known = await source.present(unknown, call);
  const builder = createOidSetBuilder(lacking.count);
  for (const oid of lacking.oids()) builder.add(oid, lacking.sizeOf(oid) ?? known.sizeOf(oid));
  return builder.build();
}

function describeFetch(moves: readonly Moved[], { wanted, selected }: { readonly wanted: Wanted; readonly selected: ForRemote['selected'] }): FetchResult {
  const faults = moves.flatMap(({ failed }) => failed);
  const names = nameOids(new Set([...wanted.lost, ...faults.map(({ oid }) => oid)]), selected, wanted.trees);
  const fault = (oid: Oid, reason: string): Fault => ({ oid, path: names.get(oid) ?? oid, reason });
  return {
    fetched: moves.reduce((sum, { done }) => sum + done, 0),
    bytes: moves.reduce((sum, { bytes }) => sum + bytes, 0),
    failed: faults.filter(({ error }) => !hasCode(error, 'NOT_FOUND')).map(({ oid, error }) => fault(oid, error.message)),
    missing: [
      ...faults.filter(({ error }) => hasCode(error, 'NOT_FOUND')).map(({ oid }) => fault(oid, 'neither in the cache nor on the remote')),
      ...wanted.lost.map((oid) => fault(oid, 'its listing is neither in the cache nor on the remote')),
    ],
  };
}
