import { setImmediate as breathe } from 'node:timers/promises';
import { makeFolders, removeTree } from '../../disk/folders.ts';
import { exists, followFile, listFolder, sizeOfFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { JobOptions } from '../../storage/storage.ts';
import { type HashName, isOid, isTreeOid, type Oid } from '../../odb/hash-info.ts';
import type { StoreResult } from '../../odb/object-db.ts';
import type { OidSet } from '../../odb/oid-set.ts';
import type { Repo } from '../repo.ts';

/** What lies aside, of one gc. */
interface Removed { readonly folder: string; readonly at: number }
/** How much of something. */
export interface Amount { readonly count: number; readonly bytes: number }

const HASHES: readonly HashName[] = ['md5', 'md5-dos2unix'];
/** Objects moved in one turn of the event loop: a person can interrupt it in between. */
const TURN = 1024;

/**
 * Where objects lie that gc took out of the cache, until nobody can want them back: `<folder>/<milliseconds>/<hash>/<oid>`. The first of these that is on the file system of the
 * cache, so that a rename moves them; in neither DVC takes anything for an object. Described in docs/formats/removed.md.
 */
const asideFolders = ({ root, cache }: Repo): readonly [string, string] => [`${root}/.dvc/tmp/towline/removed`, `${cache.root}/towline-removed`];

function asideFolder(repo: Repo): string {
  const [own, beside] = asideFolders(repo);
  const device = (path: string): number | undefined => followFile(path)?.device;
  return device(`${repo.root}/.dvc`) === device(repo.cache.root) ? own : beside;
}

/** Moves objects out of the cache instead of deleting them; called at `at` for all of one gc. */
export async function* setAside(repo: Repo, name: HashName, { oids, at, signal }: JobOptions & { readonly oids: OidSet; readonly at: number }): AsyncIterable<StoreResult> {
  const { disk } = repo.lent;
  const objects = repo.cache.objects(name);
  const folder = `${asideFolder(repo)}/${at}/${name}`;
  makeFolders(disk, folder, repo.cache.isShared ? 0o2775 : undefined);
  let count = 0;
  for (const oid of oids.oids()) {
    if (++count % TURN === 0) await breathe();
    throwIfAborted(signal);
    yield { oid, how: 'removed', bytes: 0, ...moved(() => { if (exists(objects.fileOf(oid))) disk.rename(objects.fileOf(oid), `${folder}/${oid}`); }) };
  }
}

/** Deletes what was set aside before `before`, in milliseconds since 1970. */
export function dropAside(repo: Repo, before: number): Amount {
  let [count, bytes] = [0, 0];
  for (const removed of listAside(repo)) {
    if (removed.at >= before) continue;
    for (const { file } of objectsIn(removed)) [count, bytes] = [count + 1, bytes + (sizeOfFile(file) ?? 0)];
    removeTree(repo.lent.disk, removed.folder);
  }
  return { count, bytes };
}

/** How much is set aside since `from`. */
export function lyingAside(repo: Repo, from: number): Amount {
  const files = listAside(repo).filter(({ at }) => at >= from).flatMap((removed) => objectsIn(removed));
  return { count: files.length, bytes: files.reduce((sum, { file }) => sum + (sizeOfFile(file) ?? 0), 0) };
}

/** Brings back all that is set aside: files first, so that no listing is there without them. What the cache has again by now stays as it is there. */
export async function bringBack(repo: Repo, { signal }: JobOptions = {}): Promise<Amount & { readonly failed: readonly { readonly path: string; readonly reason: string }[] }> {
  const { disk } = repo.lent;
  const all = listAside(repo);
  const files = all.flatMap((removed) => objectsIn(removed)).sort((a, b) => Number(isTreeOid(a.oid)) - Number(isTreeOid(b.oid)));
  const failed: { readonly path: string; readonly reason: string }[] = [];
  let [count, bytes] = [0, 0];
  for (const [index, { file, name, oid }] of files.entries()) {
    // A listing goes only where all files have gone.
    if (isTreeOid(oid) && failed.length > 0) break;
    if (index % TURN === TURN - 1) await breathe();
    throwIfAborted(signal);
    const target = repo.cache.objects(name).fileOf(oid);
    const size = sizeOfFile(file) ?? 0;
    const { error } = moved(() => {
      if (exists(target)) return disk.remove(file);
      makeFolders(disk, target.slice(0, target.lastIndexOf('/')), repo.cache.isShared ? 0o2775 : undefined);
      disk.rename(file, target);
      [count, bytes] = [count + 1, bytes + size];
    });
    if (error) failed.push({ path: oid, reason: error.message });
  }
  if (failed.length === 0) for (const { folder } of all) removeTree(disk, folder);
  return { count, bytes, failed };
}

function listAside(repo: Repo): readonly Removed[] {
  return asideFolders(repo).flatMap((folder) => listFolder(folder).flatMap(({ name }) => (/^\d+$/.test(name) ? [{ folder: `${folder}/${name}`, at: Number(name) }] : [])));
}

function objectsIn({ folder }: Removed): readonly { readonly file: string; readonly name: HashName; readonly oid: Oid }[] {
  return HASHES.flatMap((name) => listFolder(`${folder}/${name}`).flatMap(({ name: oid }) => (isOid(oid) ? [{ file: `${folder}/${name}/${oid}`, name, oid }] : [])));
}

function moved(act: () => void): { readonly error?: Error } {
  try {
    act();
    return {};
  } catch (error) {
    // Anything else is no refusal of the disk: the program is at its end.
    if (error instanceof TowlineError) return { error };
    throw error;
  }
}
