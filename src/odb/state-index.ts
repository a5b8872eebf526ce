import { createHash } from 'node:crypto';

import type { Disk } from '../disk/disk.ts';
import { makeFolders } from '../disk/folders.ts';
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
  /** Remembers `rows` besides what is there under `key`. */
  update(key: string, rows: FileRows, digests: readonly string[]): void;
}

/** Files changed this shortly before they are remembered may change again within one tick of the file system's clock. */
const RACY_MILLISECONDS = 20;

/** A state index in `folder`, one file a key. */
export function createStateIndex(folder: string, lent: { readonly disk: Disk; readonly name: HashName; readonly now: () => number }): StateIndex {
  const fileOf = (key: string): string => `${folder}/${createHash('md5').update(`${lent.name}\0${key}`).digest('hex')}`;
  const load = (key: string): StateBlock | undefined => {
    const bytes = readFile(fileOf(key));
    return bytes && parseStateBlock(bytes);
  };
  const save = (key: string, block: StateBlock): void => {
    makeFolders(lent.disk, folder);
    replaceFile(lent.disk, fileOf(key), serializeStateBlock(block), { durable: false });
  };
  const settled = (rows: FileRows, digests: readonly string[]): readonly string[] => {
    const youngest = lent.now() - RACY_MILLISECONDS;
    return digests.map((digest, row) => ((rows.mtimeMs[row] ?? youngest) < youngest ? digest : ''));
  };
  return {
    match(key, rows) {
      const block = load(key);
      return block ? matchRows(block, rows) : rows.names.map(() => '');
    },
    remember: (key, rows, digests) => save(key, { ...rows, digests: settled(rows, digests) }),
    update(key, rows, digests) {
      const block = { ...rows, digests: settled(rows, digests) };
      const before = load(key);
      save(key, before ? joinBlocks(before, block) : block);
    },
  };
}

/** The rows of both; where both have a name, that of `next`. */
function joinBlocks(previous: StateBlock, next: StateBlock): StateBlock {
  const replaced = new Set(next.names);
  const kept = previous.names.flatMap((name, row) => (replaced.has(name) ? [] : [row]));
  const column = (name: 'size' | 'mtimeMs' | 'inode'): Float64Array => Float64Array.from([...kept.map((row) => previous[name][row] ?? 0), ...next[name]]);
  return {
    names: [...kept.map((row) => previous.names[row] ?? ''), ...next.names],
    size: column('size'),
    mtimeMs: column('mtimeMs'),
    inode: column('inode'),
    digests: [...kept.map((row) => previous.digests[row] ?? ''), ...next.digests],
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
