import { compareDigests, type Rows, UNKNOWN_SIZE } from './oid-rows.ts';

/** What a builder has gathered, in any order. */
export interface LooseRows {
  /** All of its memory. */
  readonly digests: Uint8Array;
  readonly sizes: Float64Array;
  readonly isTree: Uint8Array;
  readonly count: number;
}

/**
 * In order, each once; of twins a known size wins. What is sorted are numbers: whether it is a tree, as many of the first bits of the digest as there is room for,
 * and the row. Native code sorts those (a million in 0.3 s, 1.2 s with a comparison of ours); digests that begin alike are compared afterwards.
 */
export function sortRows({ digests, sizes, isTree, count }: LooseRows): Rows {
  // So many values has the part of a number that is the row.
  const span = 2 ** Math.ceil(Math.log2(count + 1));
  const cut = Math.max(1, span / 16);
  const keys = new Float64Array(count);
  for (let row = 0; row < count; row++) keys[row] = ((isTree[row] === 0 ? 0 : TREE) + Math.floor(firstBits(digests, row) / cut) * span) + row;
  keys.sort();
  const start = (at: number): number => Math.floor((keys[at] ?? 0) / span);
  const rowAt = (at: number): number => (keys[at] ?? 0) - start(at) * span;
  const sorted = { digests: new Uint8Array(count * 16), sizes: new Float64Array(count), count: 0, trees: 0 };
  // The same bytes, four by four.
  const [from, to] = [new Uint32Array(digests.buffer, 0, count * 4), new Uint32Array(sorted.digests.buffer)];
  const put = (row: number): void => {
    for (let i = 0; i < 4; i++) to[sorted.count * 4 + i] = from[row * 4 + i] ?? 0;
    sorted.sizes[sorted.count++] = sizes[row] ?? UNKNOWN_SIZE;
    if (isTree[row] === 0) sorted.trees++;
  };
  for (let at = 0, end = 1; at < count; at = end++) {
    while (end < count && start(end) === start(at)) end++;
    if (end === at + 1) put(rowAt(at));
    else for (const row of onlyOnce(Array.from({ length: end - at }, (_, i) => rowAt(at + i)), { digests, sizes })) put(row);
  }
  return sorted;
}

/** Rows whose digests begin alike, in order and without twins. */
function onlyOnce(rows: number[], { digests, sizes }: Pick<LooseRows, 'digests' | 'sizes'>): readonly number[] {
  const compare = (row: number, at: number): number => compareDigests(digests, { row, other: digests, at });
  const once: number[] = [];
  for (const row of rows.sort((a, b) => compare(a, b))) {
    const last = once.at(-1);
    if (last === undefined || compare(last, row) !== 0) once.push(row);
    else if (sizes[row] !== UNKNOWN_SIZE) once[once.length - 1] = row;
  }
  return once;
}

/** Behind all bits of a digest, and still a whole number. */
const TREE = 2 ** 52;

/** 48 bits. */
function firstBits(digests: Uint8Array, row: number): number {
  const at = row * 16;
  const high = ((digests[at] ?? 0) << 16) | ((digests[at + 1] ?? 0) << 8) | (digests[at + 2] ?? 0);
  const low = ((digests[at + 3] ?? 0) << 16) | ((digests[at + 4] ?? 0) << 8) | (digests[at + 5] ?? 0);
  return high * 2 ** 24 + low;
}
