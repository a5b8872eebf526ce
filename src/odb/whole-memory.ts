import { createHash } from 'node:crypto';
import type { Disk } from '../disk/disk.ts';
import { makeFolders } from '../disk/folders.ts';
import { readFile, timesOfFolder } from '../disk/read.ts';
import { replaceFile } from '../disk/replace.ts';
import { isOid, type Oid } from './hash-info.ts';

/**
 * What was seen whole in a folder of objects on this machine, a tree with all its children, and cannot have gone since: an object comes, goes or is
 * replaced by a new name, and every such change moves the times of the folder it lies in. 257 folders are looked at instead of every object.
 * Bytes that are changed in place do not show here, nor in any look at names and sizes; they are found when the object is read, which always verifies it.
 */
export interface WholeMemory {
  /** True when it was whole, and the folders are as they were then. */
  has(oid: Oid): boolean;
  /** Takes note of what was found whole by a look that began after the first `has`. */
  add(oids: Iterable<Oid>): void;
  /** Keeps what is new for the next program. */
  save(): void;
}

/** Where it is remembered, and by what. */
export interface MemorySettings {
  readonly folder: string;
  readonly disk: Disk;
  readonly now: () => number;
}

const MAGIC = 'TOWW0001';
/** A folder that changed this shortly before it was looked at may change again within one tick of its clock: FAT counts by 2 s. */
const RACY_MILLISECONDS = 3000;

/** The memory of the objects below `objects`, `<objects>/<2>/<30>`. Nothing is read before the first question. */
export function createWholeMemory(objects: string, { folder, disk, now }: MemorySettings): WholeMemory {
  const file = `${folder}/whole-${createHash('md5').update(objects).digest('hex')}`;
  let looked: { readonly stamp: string; readonly isSettled: boolean; readonly known: Set<string>; readonly kept: number } | undefined;
  const look = (): NonNullable<typeof looked> => {
    if (looked) return looked;
    const { stamp, changedAt } = stampOf(objects);
    const known = readKnown(file, stamp);
    return (looked = { stamp, isSettled: changedAt < now() - RACY_MILLISECONDS, known, kept: known.size });
  };
  return {
    has: (oid) => look().known.has(oid),
    add(oids) {
      // Without a stamp from before nobody knows what changed meanwhile.
      if (looked) for (const oid of oids) looked.known.add(oid);
    },
    save() {
      if (!looked?.isSettled || looked.known.size === looked.kept) return;
      makeFolders(disk, folder);
      replaceFile(disk, file, [MAGIC, looked.stamp, ...looked.known, ''].join('\n'), { durable: false });
    },
  };
}

/** The folders as they are now, and when the last of them changed. */
function stampOf(objects: string): { readonly stamp: string; readonly changedAt: number } {
  const times = new Float64Array(3 * 257);
  let changedAt = 0;
  for (let place = 0; place < 257; place++) {
    const found = timesOfFolder(place === 256 ? objects : `${objects}/${place.toString(16).padStart(2, '0')}`);
    if (!found) continue;
    times.set([found.mtimeMs, found.ctimeMs, found.inode], place * 3);
    changedAt = Math.max(changedAt, found.mtimeMs, found.ctimeMs);
  }
  return { stamp: createHash('md5').update(times).digest('hex'), changedAt };
}

/** A memory of another stamp, or one that is damaged, is as good as none. */
function readKnown(file: string, stamp: string): Set<string> {
  const [magic, then, ...oids] = Buffer.from(readFile(file) ?? []).toString('latin1').split('\n');
  return new Set(magic === MAGIC && then === stamp && oids.pop() === '' && oids.every(isOid) ? oids : []);
}
