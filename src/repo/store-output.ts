import { hashFiles } from '../disk/hash.ts';
import { placeFiles } from '../disk/place.ts';
import type { Scan } from '../disk/scan.ts';
import { statFile } from '../disk/read.ts';
import { storeFiles } from '../disk/store.ts';
import type { HashName, Oid } from '../odb/hash-info.ts';
import { oidSet } from '../odb/oid-set.ts';
import type { Remembered } from '../odb/state-index.ts';
import { serializeTree } from '../odb/tree.ts';
import type { CallOptions } from '../storage/call.ts';
import { fromBytes } from '../storage/source.ts';
import { describeFolder, FILES_KEY, type Observed, type ObservedDirectory, scanFiles, scanOutput } from './collect/observe.ts';
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
    return { kind: 'file', oid: (known.digests[0] ?? '') as Oid, size: rows.size[0] ?? 0, isexec: ((rows.mode[0] ?? 0) & 0o100) !== 0, rows };
  }
  const rows = await scanOutput(repo, path);
  const { known, isChanged } = await storeRows(repo, rows, { ...request, key: path, folder: `${repo.root}/${path}` });
  const observed = describeFolder(rows, known.digests as readonly Oid[], known.summary);
  if (isChanged || known.summary === '') state.remember(path, request.relink && isChanged ? await scanOutput(repo, path) : rows, { digests: known.digests, summary: observed.oid.slice(0, 32) });
  if (request.intoCache) await storeTree(repo, observed, request);
  return observed;
}

/** Puts the listing of a directory into the cache, after its files. */
export async function storeTree(repo: Repo, directory: Pick<ObservedDirectory, 'oid' | 'tree'>, { name, ...call }: CallOptions & { readonly name: HashName }): Promise<void> {
  const cache = repo.cache.objects(name);
  if ((await cache.present(oidSet([directory.oid]))).count > 0) return;
  const object = { oid: directory.oid, source: fromBytes(serializeTree(directory.tree().entries)) };
  for await (const { error } of cache.write(one(object), call)) if (error) throw error;
}

async function* one<T>(item: T): AsyncIterable<T> {
  yield item;
}

interface RowsRequest extends StoreRequest {
  readonly key: string;
  readonly folder: string;
}

/** The oid of every row; what the cache lacks is stored, what the state remembers and the cache has is not even read. `isChanged`: something was. */
async function storeRows(repo: Repo, rows: Scan, request: RowsRequest): Promise<{ readonly known: Remembered; readonly isChanged: boolean }> {
  const { key, name } = request;
  const before = repo.cache.state(name).match(key, rows);
  const digests = [...before.digests] as Oid[];
  const cached = request.intoCache ? await repo.cache.objects(name).present(oidSet(digests.filter((digest) => digest.length > 0))) : undefined;
  const pending = digests.flatMap((digest, row) => (digest.length === 0 || (cached !== undefined && !cached.has(digest)) ? [row] : []));
  if (pending.length === 0) return { known: before, isChanged: false };
  await storeNew(repo, rows, { ...request, pending, digests });
  return { known: { digests, summary: before.summary }, isChanged: true };
}

async function storeNew(repo: Repo, rows: Scan, request: RowsRequest & { readonly pending: readonly number[]; readonly digests: Oid[] }): Promise<void> {
  const { folder, name, pending, digests, signal } = request;
  const { cache, lent } = repo;
  const files = pending.map((row) => ({ path: `${folder}/${rows.names[row] ?? ''}`, size: rows.size[row] ?? 0 }));
  lent.report?.({ kind: 'phase', name: request.intoCache ? 'Adding' : 'Hashing', files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) });
  const onAdvance = (count: number, bytes: number): void => lent.report?.({ kind: 'advance', files: count, bytes });
  const call = { name, processors: lent.processors, onAdvance, ...(signal && { signal }) };
  const target = cache.objects(name);
  const done = request.intoCache
    ? await storeFiles(lent.disk, files, { ...call, folder: target.folder, how: 'copy', links: ['reflink', 'copy'], shared: cache.isShared })
    : await hashFiles(files.map(({ path }) => path), call);
  for (const error of done.errors.values()) throw error;
  pending.forEach((row, at) => void (digests[row] = (done.digests[at] ?? '') as Oid));
  // DVC puts a file in the place of a symbolic link it was given, so we do, too: the link's own target stays what it is.
  const again = pending.filter((row) => linksToCache(repo) || statFile(`${folder}/${rows.names[row] ?? ''}`)?.kind === 'link');
  if (request.intoCache && request.relink && again.length > 0) await relink(repo, again.map((row): Placement => ({ path: `${folder}/${rows.names[row] ?? ''}`, oid: digests[row] ?? ('' as Oid), executable: ((rows.mode[row] ?? 0) & 0o100) !== 0 })), request);
}

/** True where the workspace is to hold links to the cache, not files of its own. */
const linksToCache = (repo: Repo): boolean => repo.cache.links[0] === 'hardlink' || repo.cache.links[0] === 'symlink';

async function relink(repo: Repo, placements: readonly Placement[], { name, signal }: RowsRequest): Promise<void> {
  const objects = repo.cache.objects(name);
  const jobs = placements.map(({ path, oid, executable }) => ({ from: objects.fileOf(oid), to: path, executable }));
  const placed = await placeFiles(repo.lent.disk, jobs, { root: repo.root, unfinished: unfinishedFolder(repo.lent.disk, repo.root), links: repo.cache.links, shared: repo.cache.isShared, processors: repo.lent.processors, ...(signal && { signal }) });
  for (const error of placed.errors.values()) throw error;
}
