import { type DiskObjects, createDiskObjects } from '../odb/disk-objects.ts';
import type { HashName } from '../odb/hash-info.ts';
import { createStateIndex, type StateIndex } from '../odb/state-index.ts';
import type { TransferDefaults } from '../odb/loose.ts';
import type { Disk } from '../disk/disk.ts';
import type { Storage } from '../storage/storage.ts';

/** How a file of the cache may come to the workspace. */
export type LinkKind = 'reflink' | 'hardlink' | 'symlink' | 'copy';

/** The objects of this machine, and what is remembered of the workspace's files. */
export interface Cache {
  readonly root: string;
  /** The whole folder: the history of runs lies beside the objects. */
  readonly storage: Storage;
  /** Tried in this order. */
  readonly links: readonly LinkKind[];
  /** `cache.shared = group`: others of the group may write, too. */
  readonly isShared: boolean;
  objects(name: HashName): DiskObjects;
  state(name: HashName): StateIndex;
  /** Keeps what was seen whole of the objects for the next program. */
  saveMemory(): void;
}

/** What a cache is made of. */
export interface CacheSettings {
  readonly root: string;
  readonly storage: Storage;
  readonly links: readonly LinkKind[];
  readonly isShared: boolean;
  /** Where the state of the workspace is remembered; per work tree, unlike the cache itself. */
  readonly stateFolder: string;
  readonly disk: Disk;
  readonly now: () => number;
  readonly defaults: TransferDefaults;
}

/** The cache in `settings.root`; nothing is read or made before it is needed. */
export function createCache(settings: CacheSettings): Cache {
  const { root, storage, links, isShared, stateFolder, disk, now, defaults } = settings;
  const opened = new Map<HashName, DiskObjects>();
  const objects = (name: HashName): DiskObjects => {
    const known = opened.get(name) ?? createDiskObjects(root, storage, { name, defaults, memory: { folder: stateFolder, disk, now } });
    opened.set(name, known);
    return known;
  };
  const state = (name: HashName): StateIndex => createStateIndex(stateFolder, { disk, name, now });
  const saveMemory = (): void => {
    for (const { whole } of opened.values()) whole.save();
  };
  return { root, storage, links, isShared, objects, state, saveMemory };
}
