import { type Jobs, mapJobs } from '../disk/batch.ts';
import { type Hashed, hashFiles } from '../disk/hash.ts';
import { placeFiles, type PlaceJob } from '../disk/place.ts';
import type { Scan } from '../disk/scan.ts';
import { storeFiles } from '../disk/store.ts';
import type { HashName, Oid } from '../odb/hash-info.ts';
import { copyOids, forgetRows, type OidColumn, unknownRows } from '../odb/oid-column.ts';
import { createOidSetBuilder, oidSet, type OidSet } from '../odb/oid-set.ts';
import type { Remembered } from '../odb/state-index.ts';
import { serializeTree, type Tree } from '../odb/tree.ts';
import type { CallOptions } from '../storage/call.ts';
import { fromBytes } from '../storage/source.ts';
import { describeFolder, FILES_KEY, type Observed, scanFiles, scanOutput } from './collect/observe.ts';
import type { Placement } from './checkout/plan.ts';
import type { Repo } from './repo.ts';
import { unfinishedFolder } from './unfinished.ts';

/** What to take into the cache. */
export interface StoreRequest extends CallOptions {
  readonly name: HashName;
  /** False: the files are only hashed (`--no-commit`). */
  readonly intoCache: boolean;
  /** False: the workspace keeps its own files even where the cache is linked (`--no-relink`). */
  readonly relink: boolean;
}

/** Takes what lies at `path`, a file or a directory, into the cache: each new file read once. Gives back what it is. */
export async function storeOutput(repo: Repo, path: string, request: StoreRequest & { readonly isFolder: boolean }): Promise<Exclude<Observed, { kind: 'absent' }>> {
  const state = repo.cache.state(request.name);
  if (!request.isFolder) {
    const rows = scanFiles(repo, [path]);
    const { known, isChanged } = await storeRows(repo, rows, { ...request, key: FILES_KEY, folder: repo.root });
    if (isChanged) state.update(FILES_KEY, scanFiles(repo, [path]), known);
    return { kind: 'file', oid: known.digests.at(0), size: rows.size[0] ?? 0, isexec: ((rows.mode[0] ?? 0) & 0o100) !== 0, rows };
  }
  const rows = await scanOutput(repo, path);
  const { known, isChanged, isPlaced } = await storeRows(repo, rows, { ...request, key: path, folder: `${repo.root}/${path}` });
  const observed = describeFolder(rows, known.digests, known.summary);
  if (isChanged || known.summary === '') state.remember(path, isPlaced ? await scanOutput(repo, path) : rows, { digests: known.digests, summary: observed.oid.slice(0, 32) });
  if (request.intoCache) await storeTree(repo, observed, request);
  return observed;
}

/** Puts the listing of a directory into the cache, after its files. */
export async function storeTree(repo: Repo, directory: Tree, { name, ...call }: CallOptions & { readonly name: HashName }): Promise<void> {
  const cache = repo.cache.objects(name);
  if ((await cache.present(oidSet([directory.oid]))).count > 0) return;
  const object = { oid: directory.oid, source: fromBytes(serializeTree(directory.entries)) };
  for await (const { error } of cache.write(one(object), call)) if (error) throw error;
}

async function* one<T>(item: T): AsyncIterable<T> {
  yield item;
}

interface RowsRequest extends StoreRequest {
  readonly key: string;
  readonly folder: string;
}

/** The oid of every row; what the cache lacks is stored, what the state remembers and the cache has is not even read. `isChanged`: something was; `isPlaced`: and some files are new ones now. */
async function storeRows(repo: Repo, rows: Scan, request: RowsRequest): Promise<{ readonly known: Remembered; readonly isChanged: boolean; readonly isPlaced: boolean }> {
  const { key, name } = request;
  const before = repo.cache.state(name).match(key, rows);
  const digests = copyOids(before.digests);
  if (request.intoCache) {
    const cached = await repo.cache.objects(name).present(wholeObjects(rows, digests, name));
    forgetRows(digests, (oid) => !cached.has(oid));
  }
  const pending = unknownRows(digests);
  if (pending.length === 0) return { known: before, isChanged: false, isPlaced: false };
  const isPlaced = await storeNew(repo, rows, { ...request, pending, digests });
  // What was known of all together may not hold of what was read anew.
  return { known: { digests, summary: '' }, isChanged: true, isPlaced };
}

/** What the cache should have, each of the size of its file: one of another size was written to, and is stored anew. DVC 2 leaves line ends out of its hashes, so sizes tell nothing there. */
function wholeObjects({ size }: Scan, digests: OidColumn, name: HashName): OidSet {
  const builder = createOidSetBuilder();
  let row = 0;
  for (const digest of digests) {
    if (digest.length > 0) builder.add(digest, name === 'md5' ? size[row] : undefined);
    row++;
  }
  return builder.build();
}

/** True when files of the workspace were placed anew. */
async function storeNew(repo: Repo, rows: Scan, request: RowsRequest & { readonly pending: Uint32Array; readonly digests: OidColumn }): Promise<boolean> {
  const { folder, name, pending, digests, signal } = request;
  const { cache, lent } = repo;
  const pathOf = (row: number): string => `${folder}/${rows.names.at(row) ?? ''}`;
  const jobsOf = <J>(of: (row: number) => J): Jobs<J> => ({ length: pending.length, at: (at) => of(pending[at] ?? -1) });
  const isExecutable = (row: number): boolean => ((rows.mode[row] ?? 0) & 0o100) !== 0;
  const sizes = Float64Array.from(pending, (row) => rows.size[row] ?? 0);
  lent.report?.({ kind: 'phase', name: request.intoCache ? 'Adding' : 'Hashing', files: pending.length, bytes: sizes.reduce((sum, size) => sum + size, 0) });
  const onAdvance = (count: number, bytes: number): void => lent.report?.({ kind: 'advance', files: count, bytes });
  const call = { name, processors: lent.processors, onAdvance, ...(signal && { signal }) };
  const settle = ({ digests: found, errors }: Hashed): void => {
    for (const error of errors.values()) throw error;
    pending.forEach((row, at) => digests.set(row, found[at] as Oid));
  };
  if (!request.intoCache) {
    settle(await hashFiles(jobsOf(pathOf), { ...call, sizes }));
    return false;
  }
  const isLinked = request.relink && cache.links[0] === 'hardlink';
  const stored = await storeFiles(lent.disk, jobsOf((row) => ({ path: pathOf(row), size: rows.size[row] ?? 0, mtimeMs: rows.mtimeMs[row] ?? 0, ...((isExecutable(row) || rows.links.has(row)) && { isKept: true }) })), {
    ...call, folder: cache.objects(name).folder, how: 'copy', shared: cache.isShared,
    ...(isLinked ? { links: ['hardlink', 'copy'], linkBefore: lent.now() - SETTLED_MILLISECONDS } : { links: ['reflink', 'copy'] }),
  });
  settle(stored);
  // DVC puts a file in the place of a symbolic link it was given, so we do, too: the link's own target stays what it is.
  const again = pending.filter((row, at) => rows.links.has(row) || (linksToCache(repo) && !(isLinked && stored.how[at] === 'linked')));
  if (!request.relink || again.length === 0) return false;
  const placementOf = (row: number): Placement => ({ path: pathOf(row), oid: digests.at(row), executable: isExecutable(row) });
  await relink(repo, { length: again.length, at: (at) => placementOf(again[at] ?? -1) }, request);
  return true;
}

/** True where the workspace is to hold links to the cache, not files of its own. */
const linksToCache = (repo: Repo): boolean => repo.cache.links[0] === 'hardlink' || repo.cache.links[0] === 'symlink';

/** Whoever wrote a file less long ago may be writing still, in the same tick of the file system's clock. */
const SETTLED_MILLISECONDS = 2000;

async function relink(repo: Repo, placements: Jobs<Placement>, { name, signal }: RowsRequest): Promise<void> {
  const objects = repo.cache.objects(name);
  const jobOf = ({ path, oid, executable }: Placement): PlaceJob => ({ from: objects.fileOf(oid), to: path, executable });
  const jobs = mapJobs(placements, jobOf);
  const placed = await placeFiles(repo.lent.disk, jobs, { root: repo.root, unfinished: unfinishedFolder(repo.lent.disk, repo.root), links: repo.cache.links, shared: repo.cache.isShared, processors: repo.lent.processors, ...(signal && { signal }) });
  for (const error of placed.errors.values()) throw error;
}
