import { dirname, join } from 'node:path';
import { TowlineError } from '../errors.ts';
import type { Disk } from './disk.ts';
import { followFile, listFolder, statFile } from './read.ts';

/** Makes a folder and those above it that are missing. `mode` is given to each one made, exactly. */
export function makeFolders(disk: Disk, path: string, mode?: number): void {
  const found = followFile(path);
  if (found?.kind === 'folder') return;
  if (found !== undefined) {
    throw new TowlineError('INVALID_ARGUMENT', `cannot make the folder '${path}': a file of that name is in the way`, { context: { path } });
  }
  const parent = dirname(path);
  if (parent !== path) makeFolders(disk, parent, mode);
  disk.makeFolder(path, mode);
}

/** Removes a file, a link (not what it leads to) or a folder with all that is in it. */
export function removeTree(disk: Disk, path: string): void {
  if (statFile(path)?.kind === 'folder') for (const { name } of listFolder(path)) removeTree(disk, join(path, name));
  disk.remove(path);
}
