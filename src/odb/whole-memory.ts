import type { Disk } from '../disk/disk.ts';
import { md5Hex } from '../disk/md5-hex.ts';
import { readFile } from '../disk/read.ts';
import type { FolderStamp } from './folder-stamp.ts';
import { isOid, type Oid } from './hash-info.ts';
import { keepMemory } from './keep-memory.ts';

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
/** The folders of objects as they were before the first question. */
export interface SeenFolders extends Omit<MemorySettings, 'now'> { readonly stamp: () => FolderStamp }

const MAGIC = 'TOWW0001';

/** The memory of the objects below `objects`, `<objects>/<2>/<30>`. Nothing is read before the first question. */
export function createWholeMemory(objects: string, { folder, disk, stamp }: SeenFolders): WholeMemory {
  const file = `${folder}/whole-${md5Hex(objects)}`;
  let looked: { readonly seen: FolderStamp; readonly known: Set<string>; readonly kept: number } | undefined;
  const look = (): NonNullable<typeof looked> => {
    if (looked) return looked;
    const seen = stamp();
    const known = readKnown(file, seen.text);
    return (looked = { seen, known, kept: known.size });
  };
  return {
    has: (oid) => look().known.has(oid),
    add(oids) {
      // Without a stamp from before nobody knows what changed meanwhile.
      if (looked) for (const oid of oids) looked.known.add(oid);
    },
    save() {
      if (!looked?.seen.isSettled || looked.known.size === looked.kept) return;
      keepMemory(disk, file, [MAGIC, looked.seen.text, ...looked.known, ''].join('\n'));
    },
  };
}

/** A memory of another stamp, or one that is damaged, is as good as none. */
function readKnown(file: string, stamp: string): Set<string> {
  const [magic, then, ...oids] = Buffer.from(readFile(file) ?? []).toString('latin1').split('\n');
  return new Set(magic === MAGIC && then === stamp && oids.pop() === '' && oids.every(isOid) ? oids : []);
}
