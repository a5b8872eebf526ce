import { crc32 } from 'node:zlib';

/** How the chunks of a block are summed, as the service numbers it. */
export type ChecksumType = 'none' | 'crc32' | 'crc32c';
/** One checksum of four bytes for every `bytesPerChecksum` of data. */
export interface Summing { readonly type: ChecksumType; readonly bytesPerChecksum: number }

export const CHECKSUM_TYPES: readonly ChecksumType[] = ['none', 'crc32', 'crc32c'];
export const CHECKSUM_BYTES = 4;

// Eight tables: the CRC of a byte that stands zero to seven places before the end. Together they take eight bytes in one step ("slicing by 8").
const POLYNOMIAL = 0x82f63b78;
const tables = new Uint32Array(8 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  tables[byte] = value >>> 0;
}
for (let index = 256; index < tables.length; index += 1) {
  const before = tables[index - 256] ?? 0;
  tables[index] = ((before >>> 8) ^ (tables[before & 0xff] ?? 0)) >>> 0;
}

/** CRC-32C (Castagnoli) of `bytes` from `start` to `end`. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.byteLength): number {
  const table = tables as unknown as { readonly [index: number]: number };
  const data = bytes as unknown as { readonly [index: number]: number };
  // The two casts spare a check for `undefined` at every access: all indexes below are within their arrays.
  let crc = 0xffffffff;
  let at = start;
  for (const last = end - 7; at < last; at += 8) {
    const low = crc ^ ((data[at] as number) | ((data[at + 1] as number) << 8) | ((data[at + 2] as number) << 16) | ((data[at + 3] as number) << 24));
    crc = (table[1792 + (low & 0xff)] as number) ^ (table[1536 + ((low >>> 8) & 0xff)] as number) ^ (table[1280 + ((low >>> 16) & 0xff)] as number) ^ (table[1024 + (low >>> 24)] as number)
      ^ (table[768 + (data[at + 4] as number)] as number) ^ (table[512 + (data[at + 5] as number)] as number) ^ (table[256 + (data[at + 6] as number)] as number) ^ (table[data[at + 7] as number] as number);
  }
  for (; at < end; at += 1) crc = (crc >>> 8) ^ (table[(crc ^ (data[at] as number)) & 0xff] as number);
  return (crc ^ 0xffffffff) >>> 0;
}

function sum(type: ChecksumType, bytes: Uint8Array, [start, end]: readonly [number, number]): number {
  return type === 'crc32' ? crc32(bytes.subarray(start, end)) : crc32c(bytes, start, end);
}

/** How many bytes the checksums of `length` bytes of data take. */
export function sizeOfSums({ type, bytesPerChecksum }: Summing, length: number): number {
  return type === 'none' ? 0 : Math.ceil(length / bytesPerChecksum) * CHECKSUM_BYTES;
}

/** Writes the checksums of `data` into `sums`, whose size is `sizeOfSums`. */
export function writeSums({ type, bytesPerChecksum }: Summing, data: Uint8Array, sums: Buffer): void {
  if (type === 'none') return;
  for (let at = 0, to = 0; at < data.byteLength; at += bytesPerChecksum, to += CHECKSUM_BYTES) {
    sums.writeUInt32BE(sum(type, data, [at, Math.min(at + bytesPerChecksum, data.byteLength)]), to);
  }
}

/** The place of the first chunk of `data` that has not its checksum; undefined when all have. */
export function firstDamage({ type, bytesPerChecksum }: Summing, data: Uint8Array, sums: Buffer): number | undefined {
  if (type === 'none') return undefined;
  for (let at = 0, from = 0; at < data.byteLength; at += bytesPerChecksum, from += CHECKSUM_BYTES) {
    if (sum(type, data, [at, Math.min(at + bytesPerChecksum, data.byteLength)]) !== sums.readUInt32BE(from)) return at;
  }
  return undefined;
}
