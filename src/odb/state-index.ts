import { createHash } from 'node:crypto';

import type { Disk } from '../disk/disk.ts';
import { readFile } from '../disk/read.ts';
import { replaceFile } from '../disk/replace.ts';
import type { HashName } from './hash-info.ts';
import { type FileRows, parseStateBlock, serializeStateBlock, type StateBlock } from './state-block.ts';

/** Remembers the hash of files by size, modification time and inode, so that an unchanged file is not read again. A private cache: deleting it is always safe. */
export interface StateIndex {
  /** The hash of each row of `rows` as remembered under `key`, or '' where the file is new or has changed. */
  match(key: string, rows: FileRows): readonly string[];
  /** Remembers `rows` with their hashes ('' for unknown) as all there is under `key`. */
  remember(key: string, rows: FileRows, digests: readonly string[]): void;
}

/** Files changed this shortly before they are remembered may change again within one tick of the file system's clock. */
const RACY_MILLISECONDS = 20;

/** A state index in `folder`, one file a key. */
export function createStateIndex(folder: string, lent: { readonly disk: Disk; readonly name: HashName; readonly now: () => number }): StateIndex {
  const fileOf = (key: string): string => `${folder}/${createHash('md5').update(`${lent.name}\0${key}`).digest('hex')}`;
  return {
    match(key, rows) {
      const bytes = readFile(fileOf(key));
      const block = bytes && parseStateBlock(bytes);
      return block ? matchRows(block, rows) : rows.names.map(() => '');
    },
    remember(key, rows, digests) {
      const youngest = lent.now() - RACY_MILLISECONDS;
      const kept = digests.map((digest, row) => ((rows.mtimeMs[row] ?? youngest) < youngest ? digest : ''));
      lent.disk.makeFolder(folder);
      replaceFile(lent.disk, fileOf(key), { bytes: serializeStateBlock({ ...rows, digests: kept }), durable: false });
    },
  };
}

/** Unchanged folders come in the same order, so rows match one by one; the map is built only at the first that does not. */
function matchRows(block: StateBlock, rows: FileRows): readonly string[] {
  let byName: Map<string, number> | undefined;
  return rows.names.map((name, row) => {
    let known: number | undefined = row;
    if (block.names[row] !== name) {
      byName ??= new Map(block.names.map((one, at) => [one, at]));
      known = byName.get(name);
    }
    const same = known !== undefined && block.size[known] === rows.size[row] && block.mtimeMs[known] === rows.mtimeMs[row] && block.inode[known] === rows.inode[row];
    return same && known !== undefined ? (block.digests[known] ?? '') : '';
  });
}
