import { md5Hex } from '../disk/md5-hex.ts';
import { timesOfFolder } from '../disk/read.ts';

/** How the folders of objects were at one moment. An object comes, goes or is replaced by a new name, and every such change moves the times of the folder it lies in. */
export interface FolderStamp {
  /** 32 hexadecimal digits: the same as long as nothing came or went. */
  readonly text: string;
  /** No folder had changed just before: one that had may change again within one tick of its clock, and keep its times. */
  readonly isSettled: boolean;
}

/** What a tick lasts at most, with room: of file systems that count by parts of a millisecond (a tick of the kernel), and of others (FAT: 2 s). */
const FINE_TICK = 200;
const COARSE_TICK = 3000;

/** The stamp of the folders `<objects>/<2>` and of the one around them. 257 folders are looked at instead of every object. */
export function takeStamp(objects: string, now: () => number): FolderStamp {
  const rows = new Float64Array(4 * 257);
  let count = 0;
  let changedAt = 0;
  for (let place = 0; place < 257; place++) {
    const found = timesOfFolder(place === 256 ? objects : `${objects}/${place.toString(16).padStart(2, '0')}`);
    if (!found) continue;
    rows.set([place, found.mtimeMs, found.ctimeMs, found.inode], count * 4);
    count += 1;
    changedAt = Math.max(changedAt, found.mtimeMs, found.ctimeMs);
  }
  const tick = Number.isInteger(changedAt) ? COARSE_TICK : FINE_TICK;
  return { text: md5Hex(new Uint8Array(rows.buffer, 0, count * 32)), isSettled: changedAt < now() - tick };
}
