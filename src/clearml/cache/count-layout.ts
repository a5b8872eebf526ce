import { join } from 'node:path';
import type { Disk } from '../../disk/disk.ts';
import { removeTree } from '../../disk/folders.ts';
import { followFile, listFolder, statFile } from '../../disk/read.ts';
import { isTemporaryName } from '../../disk/temporary.ts';
import { setFileTimes, timesOfFile } from '../../disk/times.ts';
import { archiveFolderName, archiveSuffix, cacheName } from './names.ts';
import type { Cached, CacheLayout } from './layout.ts';

export interface CountSettings {
  readonly root: string;
  readonly disk: Disk;
  readonly limit: number;
  readonly now: () => number;
}

const isLockName = (name: string): boolean => /^\.lock\.\d{3}\..*\.clearml$/.test(name);
/** A download that takes longer than this is no more. */
const FORGOTTEN_MS = 86_400_000;

/** ClearML's default: `<root>/storage_manager/<context>/`, at most so many entries in each; the one not used for longest goes first. */
export function countLayout({ root, disk, limit, now }: CountSettings): CacheLayout {
  const top = join(root, 'storage_manager');
  const limits = new Map<string, number>();
  const contexts = (): readonly string[] => listFolder(top).filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  const listed = (context: string): readonly Cached[] => listFolder(join(top, context)).flatMap(({ name }): readonly Cached[] => {
    const path = join(top, context, name);
    const info = isLockName(name) || isTemporaryName(name) ? undefined : followFile(path);
    if (info === undefined) return [];
    return [{ context, name, path, kind: info.kind === 'folder' ? 'folder' : 'file', bytes: sizeOf(path), usedMs: usedMs(path) }];
  });
  return {
    entry(url, context) {
      const folder = join(top, context);
      const name = cacheName(url);
      const archive = archiveSuffix(name, url);
      return { url, folder, name, archiveFolder: (given) => archive && { path: join(folder, archiveFolderName(archive.stem, { context, name: given })), kind: archive.kind } };
    },
    touch: (path) => setFileTimes(path, { accessedMs: now(), modifiedMs: now() }),
    makeRoom(context, isKept) {
      const folder = join(top, context);
      const allowed = limits.get(context) ?? limit;
      const names = listFolder(folder);
      // No file is looked at while there is room: a listing of names is all that a miss costs.
      if (names.length <= allowed) return { removed: 0, bytes: 0 };
      dropForgotten(folder, names.map(({ name }) => name), isKept);
      const entries = listFolder(folder).filter(({ name }) => !isLockName(name) && !isTemporaryName(name)).map(({ name }) => ({ path: join(folder, name), usedMs: usedMs(join(folder, name)) }));
      return removeOldest(entries.toSorted((a, b) => b.usedMs - a.usedMs).slice(allowed).filter(({ path }) => !isKept(path)));
    },
    setLimit(wanted, context) {
      limits.set(context, Math.max(0, Math.floor(wanted)));
      return limits.get(context) ?? limit;
    },
    list: (context) => (context === undefined ? contexts() : [context]).flatMap(listed),
  };

  function dropForgotten(folder: string, names: readonly string[], isKept: (path: string) => boolean): void {
    for (const name of names) {
      const path = join(folder, name);
      const isUnfinished = isTemporaryName(name) || name.endsWith('.partially');
      const times = isUnfinished || isLockName(name) ? timesOfFile(path) : undefined;
      if (times === undefined || now() - times.modifiedMs <= FORGOTTEN_MS) continue;
      if (isUnfinished) removeTree(disk, path);
      // To ask for the entry removes the lock of a process that is no more.
      else isKept(join(folder, name.replace(/^\.lock\.\d{3}\.|\.clearml$/g, '')));
    }
  }

  function removeOldest(entries: readonly { readonly path: string }[]): { readonly removed: number; readonly bytes: number } {
    let bytes = 0;
    for (const { path } of entries) {
      bytes += sizeOf(path);
      removeTree(disk, path);
    }
    return { removed: entries.length, bytes };
  }
}

/** When an entry was used last: a folder is as young as the youngest in it. */
function usedMs(path: string): number {
  const own = timesOfFile(path)?.modifiedMs ?? 0;
  if (statFile(path)?.kind !== 'folder') return own;
  return listFolder(path).reduce((latest, { name }) => Math.max(latest, timesOfFile(join(path, name))?.modifiedMs ?? 0), own);
}

/** The bytes of a file, or of all files below a folder. */
export function sizeOf(path: string): number {
  const info = statFile(path);
  if (info?.kind !== 'folder') return info?.size ?? 0;
  return listFolder(path).reduce((sum, { name }) => sum + sizeOf(join(path, name)), 0);
}
