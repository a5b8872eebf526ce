import { isTreeOid, type Oid } from './hash-info.ts';

/** Digests of 16 bytes with sizes, in order: files, then trees. Flat arrays, so that ten million need 250 MB. */
export interface Rows {
  readonly digests: Uint8Array;
  /** -1 where unknown. */
  readonly sizes: Float64Array;
  readonly count: number;
  /** Rows from here on are trees. */
  readonly trees: number;
}

export const UNKNOWN_SIZE = -1;

/** The rows that `keep` says yes to, in the same order. Those that stand side by side are copied at once. */
export function selectRows(rows: Rows, keep: (row: number) => boolean, sizes: Float64Array = rows.sizes): Rows {
  const selected = { digests: new Uint8Array(rows.count * 16), sizes: new Float64Array(rows.count), count: 0, trees: 0 };
  const copy = (from: number, to: number): void => {
    if (from === to) return;
    selected.digests.set(rows.digests.subarray(from * 16, to * 16), selected.count * 16);
    selected.sizes.set(sizes.subarray(from, to), selected.count);
    selected.count += to - from;
    selected.trees += Math.max(0, Math.min(to, rows.trees) - from);
  };
  let from = 0;
  for (let row = 0; row < rows.count; row++) {
    if (keep(row)) continue;
    copy(from, row);
    from = row + 1;
  }
  copy(from, rows.count);
  return selected;
}

/** The rows as bytes: both counts, the sizes, the digests. */
export function packRows({ digests, sizes, count, trees }: Rows): Uint8Array {
  const numbers = Float64Array.from([count, trees, ...sizes.subarray(0, count)]);
  return Buffer.concat([new Uint8Array(numbers.buffer), digests.subarray(0, count * 16)]);
}

/** What `packRows` has packed. Undefined for bytes of another length. */
export function unpackRows(bytes: Uint8Array): Rows | undefined {
  const own = Uint8Array.from(bytes);
  const [count = -1, trees = -1] = own.byteLength < 16 ? [] : new Float64Array(own.buffer, 0, 2);
  if (own.byteLength !== 16 + count * 24) return undefined;
  return { digests: own.subarray(16 + count * 8), sizes: new Float64Array(own.buffer, 16, count), count, trees };
}

const wanted = new Uint8Array(16);

/** The row of an oid, or -1. */
export function findRow(rows: Rows, oid: Oid): number {
  writeDigest(wanted, 0, oid);
  return rowOf(rows, { digest: wanted, low: isTreeOid(oid) ? rows.trees : 0, high: isTreeOid(oid) ? rows.count : rows.trees });
}

/** Among the rows from `low` up to `high`. */
function rowOf(rows: Rows, { digest, low: first, high }: { readonly digest: Uint8Array; readonly low: number; readonly high: number }): number {
  let [low, last] = [first, high - 1];
  while (low <= last) {
    const middle = (low + last) >> 1;
    const order = compareDigests(rows.digests, { row: middle, other: digest, at: 0 });
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else last = middle - 1;
  }
  return -1;
}

/** Finds rows by their digests, fastest where these are asked for in rising order. -1: not here. */
export function createFinder(rows: Rows): (digest: Uint8Array, isTree: boolean) => number {
  let next = 0;
  return (digest, isTree) => {
    const low = isTree ? rows.trees : 0;
    const high = isTree ? rows.count : rows.trees;
    if (next < low || next >= high || compareDigests(rows.digests, { row: next, other: digest, at: 0 }) !== 0) next = rowOf(rows, { digest, low, high });
    return next < 0 ? -1 : next++;
  };
}

/** Says for rows asked for in rising order where `other` has them, -1 where it does not: both are sorted, so each is passed once. */
export function walkBeside(rows: Rows, other: Rows): (row: number) => number {
  let at = 0;
  return (row) => {
    const isTree = row >= rows.trees;
    if (isTree && at < other.trees) at = other.trees;
    const end = isTree ? other.count : other.trees;
    while (at < end && compareDigests(rows.digests, { row, other: other.digests, at }) > 0) at++;
    return at < end && compareDigests(rows.digests, { row, other: other.digests, at }) === 0 ? at : -1;
  };
}

/** Puts the 16 bytes of an oid at `offset`. */
export function writeDigest(target: Uint8Array, offset: number, oid: Oid): void {
  for (let i = 0; i < 16; i++) target[offset + i] = (nibble(oid.charCodeAt(i * 2)) << 4) | nibble(oid.charCodeAt(i * 2 + 1));
}

/** The same of an oid as it stands in a file, 32 bytes from `at` on. */
export function copyDigest(target: Uint8Array, offset: number, { text, at }: { readonly text: Uint8Array; readonly at: number }): void {
  for (let i = 0; i < 16; i++) target[offset + i] = (nibble(text[at + i * 2] ?? 0) << 4) | nibble(text[at + i * 2 + 1] ?? 0);
}

const nibble = (code: number): number => (code < 58 ? code - 48 : code - 87);

export function compareDigests(digests: Uint8Array, { row, other, at }: { readonly row: number; readonly other: Uint8Array; readonly at: number }): number {
  for (let i = 0; i < 16; i++) {
    const difference = (digests[row * 16 + i] ?? 0) - (other[at * 16 + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
