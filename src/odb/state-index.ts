import { createHash } from 'node:crypto';

import type { Disk } from '../disk/disk.ts';
import { makeFolders } from '../disk/folders.ts';
import { readFile } from '../disk/read.ts';
import { replaceFile } from '../disk/replace.ts';
import type { HashName } from './hash-info.ts';
import { type FileRows, parseStateBlock, serializeStateBlock, type StateBlock } from './state-block.ts';

/** Remembers the hash of files by size, modification time and inode, so that an unchanged file is not read again. A private cache: deleting it is always safe. */
export interface StateIndex {
  /** What is remembered under `key` of each row of `rows`. */
  match(key: string, rows: FileRows): Remembered;
  /** Remembers `rows` as all there is under `key`. */
  remember(key: string, rows: FileRows, known: Remembered): void;
  /** Remembers `rows` besides what is there under `key`. */
  update(key: string, rows: FileRows, known: Remembered): void;
}

/** The hash of each row, '' where the file is new or has changed; and of all rows together (the md5 of a tree), '' when any has. */
export interface Remembered {
  readonly digests: readonly string[];
  readonly summary: string;
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
  const settled = (rows: FileRows, { digests, summary }: Remembered): StateBlock => {
    const youngest = lent.now() - RACY_MILLISECONDS;
    const isSettled = digests.every((_, row) => (rows.mtimeMs[row] ?? youngest) < youngest);
    const kept = isSettled ? digests : digests.map((digest, row) => ((rows.mtimeMs[row] ?? youngest) < youngest ? digest : ''));
    return { ...rows, digests: kept, summary: isSettled ? summary : '' };
  };
  return {
    match(key, rows) {
      const block = load(key);
      return block ? matchRows(block, rows) : { digests: rows.names.map(() => ''), summary: '' };
    },
    remember: (key, rows, known) => save(key, settled(rows, known)),
    update(key, rows, known) {
      const block = settled(rows, known);
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
    summary: '',
  };
}

/** Unchanged folders come in the same order, so rows match one by one; the map is built only at the first that does not. */
function matchRows(block: StateBlock, rows: FileRows): Remembered {
  let byName: Map<string, number> | undefined;
  let isWhole = block.names.length === rows.names.length;
  const digests = rows.names.map((name, row) => {
    let known: number | undefined = row;
    if (block.names[row] !== name) {
      isWhole = false;
      byName ??= new Map(block.names.map((one, at) => [one, at]));
      known = byName.get(name);
    }
    const same = known !== undefined && block.size[known] === rows.size[row] && block.mtimeMs[known] === rows.mtimeMs[row] && block.inode[known] === rows.inode[row];
    const digest = same && known !== undefined ? (block.digests[known] ?? '') : '';
    if (digest === '') isWhole = false;
    return digest;
  });
  return { digests, summary: isWhole ? block.summary : '' };
}
