import { join } from 'node:path';
import type { Disk } from '../../disk/disk.ts';
import { followFile, listFolder } from '../../disk/read.ts';
import { setFileTimes } from '../../disk/times.ts';
import { createCountRoom, isEntryName, sizeOf, usedMs } from './count-room.ts';
import { archiveFolderName, archiveSuffix, cacheName } from './names.ts';
import type { Cached, CacheLayout } from './layout.ts';

export interface CountSettings {
  readonly root: string;
  readonly disk: Disk;
  readonly limit: number;
  readonly now: () => number;
}

/** ClearML's default: `<root>/storage_manager/<context>/`, at most so many entries in each; the one not used for longest goes first. */
export function countLayout({ root, disk, limit, now }: CountSettings): CacheLayout {
  const top = join(root, 'storage_manager');
  const limits = new Map<string, number>();
  const room = createCountRoom({ disk, now });
  const contexts = (): readonly string[] => listFolder(top).filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  const listed = (context: string): readonly Cached[] => listFolder(join(top, context)).flatMap(({ name }): readonly Cached[] => {
    const path = join(top, context, name);
    const info = isEntryName(name) ? followFile(path) : undefined;
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
    // To look first is cheaper than the error of a file that is absent.
    touch: (path) => followFile(path) !== undefined && setFileTimes(path, { accessedMs: now(), modifiedMs: now() }),
    makeRoom: (context, isKept) => room.makeRoom(join(top, context), { allowed: limits.get(context) ?? limit, isKept }),
    setLimit(wanted, context) {
      limits.set(context, Math.max(0, Math.floor(wanted)));
      return limits.get(context) ?? limit;
    },
    list: (context) => (context === undefined ? contexts() : [context]).flatMap(listed),
  };
}
