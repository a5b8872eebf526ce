import { basename, dirname, join } from 'node:path';
import type { Disk } from '../../../disk/disk.ts';
import { removeTree } from '../../../disk/folders.ts';
import { exists, listFolder } from '../../../disk/read.ts';

/** Beside a folder while another takes its place: the new one as it grows, and the old one until the new one stands. */
export const besides = (path: string): { readonly next: string; readonly previous: string } => {
  const beside = (what: string): string => join(dirname(path), `.${basename(path)}.tow-${what}`);
  return { next: beside('next'), previous: beside('previous') };
};

/**
 * Puts a folder that is whole in the place of another. No file system that Node can ask exchanges two folders in one step, so the name is
 * free for an instant; a crash in it leaves the old folder beside, and `recover` gives it back its name.
 */
export function swap(disk: Disk, path: string): void {
  const { next, previous } = besides(path);
  if (exists(path)) disk.rename(path, previous);
  disk.rename(next, path);
  disk.syncFolder(dirname(path));
  removeTree(disk, previous);
}

/** Puts right what a crash left: the old folder gets its name back where the new one does not bear it yet, and leftovers go. */
export function recover(disk: Disk, path: string): void {
  const names = new Set(listFolder(dirname(path)).map(({ name }) => name));
  const { next, previous } = besides(path);
  if (names.has(basename(previous)) && !names.has(basename(path))) disk.rename(previous, path);
  else if (names.has(basename(previous))) removeTree(disk, previous);
  if (names.has(basename(next))) removeTree(disk, next);
}
