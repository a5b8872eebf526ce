import { setImmediate as breathe } from 'node:timers/promises';
import { exists, sizesBelow } from '../disk/read.ts';
import { type CallOptions, throwIfAborted } from '../storage/call.ts';
import type { Storage } from '../storage/storage.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectFolder } from './layout.ts';
import { takeStamp, type FolderStamp } from './folder-stamp.ts';
import { createLookMemory, type LookMemory } from './look-memory.ts';
import { createLooseObjects, type TransferDefaults } from './loose.ts';
import { withLoosePlace } from './loose-place.ts';
import type { ObjectDb } from './object-db.ts';
import type { OidSet } from './oid-set.ts';
import { createWholeMemory, type MemorySettings, type WholeMemory } from './whole-memory.ts';

/** Objects in a folder of this machine: the cache. */
export interface DiskObjects extends ObjectDb {
  readonly whole: WholeMemory;
  readonly lastLook: LookMemory;
  /** Where the objects lie: `<folder>/<2>/<30>`. */
  readonly folder: string;
  /** The file of an object, there or not. */
  fileOf(oid: Oid): string;
  /** True when every one of them is here: stops at the first that is not. */
  hasAll(oids: Iterable<Oid>): boolean;
}

export interface DiskOptions {
  readonly name: HashName;
  readonly defaults: TransferDefaults;
  readonly memory: MemorySettings;
}

/** The kind that knows its files: asked by stat, which is 3 us a file, not by promises; bytes go the way of every storage. */
export function createDiskObjects(root: string, storage: Storage, options: DiskOptions): DiskObjects {
  const { name, defaults, memory } = options;
  const folder = [root, objectFolder(name)].filter((part) => part !== '').join('/');
  const fileOf = (oid: Oid): string => `${folder}/${oid.slice(0, 2)}/${oid.slice(2)}`;
  let [taken, sizes]: [FolderStamp?, ReturnType<typeof sizesBelow>?] = [];
  // Whoever has 10,000 outputs asks for the object of each alone.
  const sizeOf = (oid: Oid): number | undefined => (sizes ??= sizesBelow(folder))(fileOf(oid));
  const seen = { folder: memory.folder, disk: memory.disk, stamp: () => (taken ??= takeStamp(folder, memory.now)) };
  // A file system vouches for nothing.
  const { attested: _never, ...loose } = createLooseObjects(storage, name, defaults);
  const objects: DiskObjects = {
    ...loose,
    whole: createWholeMemory(folder, seen),
    lastLook: createLookMemory(folder, seen),
    folder,
    fileOf,
    present: (wanted, call) => presentFiles(wanted, { folder, sizeOf }, call),
    hasAll(oids) {
      for (const oid of oids) {
        const size = sizeOf(oid);
        if (size === undefined || !isWhole(size, undefined, oid)) return false;
      }
      return true;
    },
  };
  return withLoosePlace(objects, { storage, name });
}

/** Files looked at in one turn of the event loop: a remote that is asked at the same time answers in between. */
const TURN = 1024;

/** From so many on there are many of them in each folder, so that it pays to ask for the folder first: in a new clone there is none. */
const MANY = 2048;

async function presentFiles(wanted: OidSet, { folder, sizeOf }: Pick<DiskObjects, 'folder'> & { readonly sizeOf: (oid: Oid) => number | undefined }, { signal }: CallOptions = {}): Promise<OidSet> {
  const part = wanted.part();
  let place = 0;
  let start = '';
  let isEmpty = false;
  for (const oid of wanted.oids()) {
    if (place % TURN === TURN - 1) await breathe();
    throwIfAborted(signal);
    if (wanted.count >= MANY && oid.slice(0, 2) !== start) {
      start = oid.slice(0, 2);
      isEmpty = !exists(`${folder}/${start}`);
    }
    const size = isEmpty ? undefined : sizeOf(oid);
    if (size !== undefined && isWhole(size, wanted.sizeAt(place), oid)) part.mark(place, size);
    place++;
  }
  return part.build();
}

const isWhole = (size: number, expected: number | undefined, oid: Oid): boolean => (size > 0 || oid === EMPTY) && (expected === undefined || expected === size);

/** The md5 of nothing. */
const EMPTY = 'd41d8cd98f00b204e9800998ecf8427e';
