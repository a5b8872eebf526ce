import { statFile } from '../disk/read.ts';
import type { Storage } from '../storage/storage.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectFolder, objectPath } from './layout.ts';
import { createLooseObjects, type TransferDefaults } from './loose.ts';
import type { ObjectDb } from './object-db.ts';
import { createOidSetBuilder, type OidSet } from './oid-set.ts';

/** Objects in a folder of this machine: the cache. */
export interface DiskObjects extends ObjectDb {
  /** Where the objects lie: `<folder>/<2>/<30>`. */
  readonly folder: string;
  /** The file of an object, there or not. */
  fileOf(oid: Oid): string;
}

/** The kind that knows its files: asked by stat, which is 3 us a file, not by promises; bytes go the way of every storage. */
export function createDiskObjects(root: string, storage: Storage, options: { readonly name: HashName; readonly defaults: TransferDefaults }): DiskObjects {
  const { name, defaults } = options;
  const fileOf = (oid: Oid): string => `${root}/${objectPath(name, oid)}`;
  return {
    ...createLooseObjects(storage, name, defaults),
    folder: [root, objectFolder(name)].filter((part) => part !== '').join('/'),
    fileOf,
    present: async (wanted) => presentFiles(wanted, fileOf),
  };
}

function presentFiles(wanted: OidSet, fileOf: (oid: Oid) => string): OidSet {
  const found = createOidSetBuilder(Math.max(1, wanted.count));
  for (const oid of wanted.oids()) {
    const info = statFile(fileOf(oid));
    if (info?.kind === 'file' && isWhole(info.size, wanted.sizeOf(oid), oid)) found.add(oid, info.size);
  }
  return found.build();
}

const isWhole = (size: number, expected: number | undefined, oid: Oid): boolean => (size > 0 || oid === EMPTY) && (expected === undefined || expected === size);

/** The md5 of nothing. */
const EMPTY = 'd41d8cd98f00b204e9800998ecf8427e';
