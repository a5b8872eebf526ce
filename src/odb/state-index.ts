import type { Disk } from '../disk/disk.ts';
import { md5Hex } from '../disk/md5-hex.ts';
import { areSameNames, compareCodePoints, type Names, packNames } from '../disk/names.ts';
import { readFileShared } from '../disk/read.ts';
import type { FileRows } from '../disk/scan-rows.ts';
import type { HashName } from './hash-info.ts';
import { keepMemory } from './keep-memory.ts';
import { blankOids, copyOids, forgetRows, type OidColumn } from './oid-column.ts';
import { parseStateBlock, serializeStateBlock, type StateBlock } from './state-block.ts';

/** Remembers the hash of files by size, modification time and inode, so that an unchanged file is not read again. A private cache: deleting it is always safe. */
export interface StateIndex {
  /** Where what is remembered under `key` lies. */
  fileOf(key: string): string;
  /** All there is under `key`, to be looked at again. */
  recall(key: string): Recalled | undefined;
  /** What is remembered under `key` of each row of `rows`. `recalled` spares the reading. */
  match(key: string, rows: FileRows, recalled?: Recalled): Remembered;
  /** Remembers `rows` as all there is under `key`. */
  remember(key: string, rows: FileRows, known: Remembered): void;
  /** Remembers `rows` besides what is there under `key`. */
  update(key: string, rows: FileRows, known: Remembered): void;
}

/** The hash of each row, unknown where the file is new or has changed; and of all rows together (the md5 of a tree), '' when any has. */
export interface Remembered {
  readonly digests: OidColumn;
  readonly summary: string;
}

/** The rows that were remembered, and their hashes. */
export interface Recalled extends FileRows, Remembered {}

/** Files changed this shortly before they are remembered may change again within one tick of the file system's clock. */
const RACY_MILLISECONDS = 20;

/** Bytes of a block from which on a scan may be the work of several threads: some 30,000 rows. */
const SHARED_FROM = 2 * 1024 * 1024;

/** A state index in `folder`, one file a key. */
export function createStateIndex(folder: string, lent: { readonly disk: Disk; readonly name: HashName; readonly now: () => number }): StateIndex {
  const fileOf = (key: string): string => `${folder}/${md5Hex(`${lent.name}\0${key}`)}`;
  const load = (key: string): StateBlock | undefined => {
    const bytes = readFileShared(fileOf(key), SHARED_FROM);
    return bytes && parseStateBlock(bytes);
  };
  const save = (key: string, block: StateBlock): void => {
    keepMemory(lent.disk, fileOf(key), serializeStateBlock(block));
  };
  const settled = (rows: FileRows, { digests, summary }: Remembered): StateBlock => {
    const youngest = lent.now() - RACY_MILLISECONDS;
    if (rows.mtimeMs.every((changedAt) => changedAt < youngest)) return { ...rows, digests, summary };
    const kept = copyOids(digests);
    forgetRows(kept, (_, row) => (rows.mtimeMs[row] ?? youngest) >= youngest);
    return { ...rows, digests: kept, summary: '' };
  };
  return {
    fileOf,
    recall: load,
    match(key, rows, recalled) {
      const block = recalled ?? load(key);
      return block ? matchRows(block, rows) : { digests: blankOids(rows.names.length), summary: '' };
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
  const kept = Array.from(previous.names, (name, row) => (replaced.has(name) ? -1 : row)).filter((row) => row >= 0);
  const column = (name: 'size' | 'mtimeMs' | 'inode'): Float64Array => Float64Array.from([...kept.map((row) => previous[name][row] ?? 0), ...next[name]]);
  const digests = blankOids(kept.length + next.digests.length);
  kept.forEach((row, at) => { digests.bytes.set(previous.digests.bytes.subarray(row * 16, row * 16 + 16), at * 16); });
  digests.bytes.set(next.digests.bytes, kept.length * 16);
  return {
    names: packNames([...kept.map((row) => previous.names.at(row) ?? ''), ...next.names]),
    size: column('size'),
    mtimeMs: column('mtimeMs'),
    inode: column('inode'),
    digests,
    summary: '',
  };
}

/** Unchanged folders have the same names, so rows match one by one; where they have not, each name is looked for. */
function matchRows(block: StateBlock, rows: FileRows): Remembered {
  // A scan that found every row as it was gives back the columns it was given.
  if (rows.names === block.names && rows.size === block.size && rows.mtimeMs === block.mtimeMs && rows.inode === block.inode) return block;
  const isSame = areSameNames(block.names, rows.names);
  const find = isSame ? undefined : finder(block.names, rows.names);
  const isUnchanged = (row: number, known: number): boolean => block.size[known] === rows.size[row] && block.mtimeMs[known] === rows.mtimeMs[row] && block.inode[known] === rows.inode[row];
  if (isSame && rows.size.every((_, row) => isUnchanged(row, row))) return block;
  const digests = blankOids(rows.names.length);
  let row = 0;
  for (const name of rows.names) {
    const known = find ? find(name) : row;
    if (known !== undefined && isUnchanged(row, known)) digests.bytes.set(block.digests.bytes.subarray(known * 16, known * 16 + 16), row * 16);
    row++;
  }
  return { digests, summary: '' };
}

/** Finds names in a block, asked for in the order of `wanted`: where both are in order by walking beside, else by a map of all. */
function finder(names: Names, wanted: Names): (name: string) => number | undefined {
  if (!names.isInOrder() || !wanted.isInOrder()) {
    const rows = new Map(Array.from(names, (name, row) => [name, row]));
    return (name) => rows.get(name);
  }
  let at = 0;
  return (name) => {
    for (; at < names.length; at++) {
      const order = compareCodePoints(name, names.at(at) ?? '');
      if (order <= 0) return order === 0 ? at : undefined;
    }
    return undefined;
  };
}
