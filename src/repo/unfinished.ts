import type { Disk } from '../disk/disk.ts';
import { makeFolders, removeTree } from '../disk/folders.ts';
import { exists, listFolder } from '../disk/read.ts';
import { isTemporaryName } from '../disk/temporary.ts';

const folderOf = (root: string): string => `${root}/.dvc/tmp/towline/unfinished`;

/** Where files of the workspace grow before they get their names: what a crash leaves there is neither seen by Git nor taken for data. */
export function unfinishedFolder(disk: Disk, root: string): string {
  const folder = folderOf(root);
  if (exists(`${root}/.dvc`)) makeFolders(disk, folder);
  return folder;
}

/** Whether there is anything to take away, or somebody is writing. */
export const hasUnfinished = (root: string): boolean => listFolder(folderOf(root)).some(({ name }) => isTemporaryName(name));

/** Takes away what a crash has left. Whoever calls this holds the lock of the repository, so nobody is writing there. */
export function sweepUnfinished(disk: Disk, root: string): void {
  for (const { name } of listFolder(folderOf(root))) if (isTemporaryName(name)) removeTree(disk, `${folderOf(root)}/${name}`);
}
