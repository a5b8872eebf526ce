import * as fs from 'node:fs';
import { systemCode } from './errors.ts';

/** What tells whether a name has changed: mode, inode, device; of a file, and of a folder `isListed`, size and both times, too; after that the same of what a link leads to. Nothing for an absent name. */
export type Stamp = readonly number[];

/** The stamp of a name as it is now; undefined where it cannot be looked at. */
export function stampOf(path: string, isListed: boolean): Stamp | undefined {
  try {
    const own = fs.lstatSync(path, { throwIfNoEntry: false });
    if (own === undefined) return [];
    const target = own.isSymbolicLink() ? fs.statSync(path, { throwIfNoEntry: false }) : undefined;
    return [...numbersOf(own, isListed), ...(target === undefined ? [] : numbersOf(target, isListed))];
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOTDIR') return [];
    if (code === undefined) throw error;
    return undefined;
  }
}

/** True when a stamp that is taken now may be believed later: nothing it speaks of has changed since `since`, milliseconds since 1970. */
export function isSettled(stamp: Stamp, since: number): boolean {
  for (let at = 0; at < stamp.length; at += NUMBERS) {
    if (!((stamp[at + MODIFIED] ?? 0) < since && (stamp[at + CHANGED] ?? 0) < since)) return false;
  }
  return true;
}

/** The device of a stamp, where there is something. */
export const deviceOf = (stamp: Stamp): number | undefined => stamp.at(stamp.length - NUMBERS + DEVICE);

const NUMBERS = 6;
const [DEVICE, MODIFIED, CHANGED] = [2, 4, 5];

/** The times of a folder move with every name that comes or goes: who only asked whether it is there does not care. */
function numbersOf(stats: fs.Stats, isListed: boolean): readonly number[] {
  const { mode, ino, dev, size, mtimeMs, ctimeMs } = stats;
  return stats.isDirectory() && !isListed ? [mode, ino, dev, 0, 0, 0] : [mode, ino, dev, size, mtimeMs, ctimeMs];
}

/**
 * Whether the file system of a path moves the times of a file with every change of it, and those of a folder with every name in it, finely and at once
 * (statfs(2), `f_type`): ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS, F2FS, bcachefs. Network drives and FUSE may not.
 */
export function keepsTimes(path: string): boolean {
  try {
    return KEEPS_TIMES.has(fs.statfsSync(path).type);
  } catch (error) {
    // It is gone, or a link that leads nowhere.
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}
const KEEPS_TIMES = new Set([0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0x2fc1_2fc1, 0xf2f5_2010, 0xca45_1a4e]);
