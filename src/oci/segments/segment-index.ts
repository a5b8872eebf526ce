import { createHash } from 'node:crypto';
import { TowlineError } from '../../errors.ts';

/** Where the bytes of one object lie in a segment. */
export interface IndexRecord {
  /** Of the object, 32 hexadecimal digits. */
  readonly md5: string;
  /** The number of the layer of the segment's manifest, from 0. */
  readonly layer: number;
  /** In that layer. */
  readonly offset: number;
  readonly length: number;
  /** The object is the listing of a directory (`.dir`). */
  readonly isDirectory: boolean;
}
/** The index of one segment: which objects it has, and where. Kept as the bytes it came in, so that a hundred thousand objects are one buffer. */
export interface SegmentIndex {
  readonly size: number;
  find(md5: string, isDirectory: boolean): IndexRecord | undefined;
  /** In the order of their names. */
  records(): Iterable<IndexRecord>;
}

const MAGIC = Buffer.from('PIDX0001', 'latin1');
const FANOUT = MAGIC.byteLength;
const FIRST = FANOUT + 256 * 4;
const RECORD = 16 + 2 + 2 + 8 + 8;
const TRAILER = 32;
const DIRECTORY = 1;
/** Layers of one segment; the registry with the least takes some five hundred. */
const MOST_LAYERS = 0xffff;

/** The bytes of an index. An object that is given twice is kept once, where it was given first. */
export function writeSegmentIndex(records: Iterable<IndexRecord>): Uint8Array {
  const sorted = sortedOnce(records);
  const bytes = Buffer.alloc(FIRST + sorted.length * RECORD + TRAILER);
  MAGIC.copy(bytes);
  const counts = new Uint32Array(256);
  let at = FIRST;
  for (const { md5, layer, offset, length, isDirectory } of sorted) {
    checkPlace({ layer, offset, length }, md5);
    bytes.write(md5, at, 'hex');
    bytes.writeUInt16BE(layer, at + 16);
    bytes.writeUInt16BE(isDirectory ? DIRECTORY : 0, at + 18);
    bytes.writeBigUInt64BE(BigInt(offset), at + 20);
    bytes.writeBigUInt64BE(BigInt(length), at + 28);
    const first = bytes[at] ?? 0;
    counts[first] = (counts[first] ?? 0) + 1;
    at += RECORD;
  }
  let sum = 0;
  counts.forEach((count, byte) => {
    sum += count;
    bytes.writeUInt32BE(sum, FANOUT + byte * 4);
  });
  createHash('sha256').update(bytes.subarray(0, at)).digest().copy(bytes, at);
  return bytes;
}

/** Reads an index that was fetched whole. CORRUPT for anything but what `writeSegmentIndex` writes, UNSUPPORTED for another version of it. */
export function readSegmentIndex(given: Uint8Array, where: string): SegmentIndex {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const count = checkFrame(bytes, where);
  const at = (index: number): number => FIRST + index * RECORD;
  checkOrder(bytes, count, where);
  const record = (index: number): IndexRecord => recordAt(bytes, at(index));
  return {
    size: count,
    find(md5, isDirectory) {
      if (!/^[0-9a-f]{32}$/.test(md5)) return undefined;
      const wanted = Buffer.from(md5, 'hex');
      const first = wanted[0] ?? 0;
      let low = first === 0 ? 0 : bytes.readUInt32BE(FANOUT + (first - 1) * 4);
      let high = bytes.readUInt32BE(FANOUT + first * 4);
      while (low < high) {
        const middle = (low + high) >>> 1;
        const order = bytes.compare(wanted, 0, 16, at(middle), at(middle) + 16) || Number(flagsAt(bytes, at(middle))) - Number(isDirectory);
        if (order === 0) return record(middle);
        if (order < 0) low = middle + 1;
        else high = middle;
      }
      return undefined;
    },
    *records() {
      for (let index = 0; index < count; index++) yield record(index);
    },
  };
}

function sortedOnce(records: Iterable<IndexRecord>): readonly IndexRecord[] {
  const all = [...records];
  const stranger = all.find(({ md5 }) => !/^[0-9a-f]{32}$/.test(md5));
  if (stranger) throw new TowlineError('INVALID_ARGUMENT', `${JSON.stringify(stranger.md5)} is not an md5`);
  // The sort is stable, so of two that are alike the first stays first.
  all.sort((a, b) => (a.md5 < b.md5 ? -1 : a.md5 > b.md5 ? 1 : Number(a.isDirectory) - Number(b.isDirectory)));
  return all.filter(({ md5, isDirectory }, index) => md5 !== all[index - 1]?.md5 || isDirectory !== all[index - 1]?.isDirectory);
}

function checkPlace({ layer, offset, length }: Pick<IndexRecord, 'layer' | 'offset' | 'length'>, md5: string): void {
  const isPlace = Number.isInteger(layer) && layer >= 0 && layer <= MOST_LAYERS && Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && length >= 0 && Number.isSafeInteger(offset + length);
  if (!isPlace) throw new TowlineError('INVALID_ARGUMENT', `${md5} cannot lie at ${offset} of layer ${layer} with ${length} bytes`);
}

/** The number of records, once magic, length and sum are what they should be. */
function checkFrame(bytes: Buffer, where: string): number {
  if (bytes.byteLength < FIRST + TRAILER || !bytes.subarray(0, 4).equals(MAGIC.subarray(0, 4))) throw corrupt(where, 'it is no index of a segment');
  if (!bytes.subarray(0, MAGIC.byteLength).equals(MAGIC)) throw new TowlineError('UNSUPPORTED', `${where} is an index of another version`, { hint: 'Use a newer version of Towline.' });
  const count = bytes.readUInt32BE(FANOUT + 255 * 4);
  const end = FIRST + count * RECORD;
  if (bytes.byteLength !== end + TRAILER) throw corrupt(where, 'its length is not that of its records');
  if (!createHash('sha256').update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end))) throw corrupt(where, 'its sum is wrong');
  return count;
}

/** The search relies on the order, and readers on what lies in a record, also where somebody else wrote the index. */
function checkOrder(bytes: Buffer, count: number, where: string): void {
  let index = 0;
  for (let byte = 0; byte < 256; byte++) {
    const end = bytes.readUInt32BE(FANOUT + byte * 4);
    if (end < index || end > count) throw corrupt(where, 'its table of first bytes is wrong');
    for (; index < end; index++) checkRecord(bytes, index, { byte, where });
  }
}

function checkRecord(bytes: Buffer, index: number, { byte, where }: { readonly byte: number; readonly where: string }): void {
  const at = FIRST + index * RECORD;
  if (bytes[at] !== byte) throw corrupt(where, 'its table of first bytes is wrong');
  if (bytes.readUInt16BE(at + 18) > DIRECTORY) throw new TowlineError('UNSUPPORTED', `${where} has records of a kind that this version does not know`, { hint: 'Use a newer version of Towline.' });
  const end = bytes.readBigUInt64BE(at + 20) + bytes.readBigUInt64BE(at + 28);
  if (end > BigInt(Number.MAX_SAFE_INTEGER)) throw corrupt(where, 'an object lies beyond what can be');
  if (index === 0) return;
  const order = bytes.compare(bytes, at - RECORD, at - RECORD + 16, at, at + 16) || Number(flagsAt(bytes, at)) - Number(flagsAt(bytes, at - RECORD));
  if (order <= 0) throw corrupt(where, 'its records are out of order');
}

const flagsAt = (bytes: Buffer, at: number): boolean => (bytes.readUInt16BE(at + 18) & DIRECTORY) !== 0;

function recordAt(bytes: Buffer, at: number): IndexRecord {
  return {
    md5: bytes.toString('hex', at, at + 16), layer: bytes.readUInt16BE(at + 16), isDirectory: flagsAt(bytes, at),
    offset: Number(bytes.readBigUInt64BE(at + 20)), length: Number(bytes.readBigUInt64BE(at + 28)),
  };
}

const corrupt = (where: string, what: string): TowlineError => new TowlineError('CORRUPT', `${where}: ${what}`, { hint: 'The segment is damaged where it was read from.' });
