import { refused } from './members.ts';

/** One block of 512 bytes that describes a member. */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  /** '0' a file, '1' a hard link, '2' a symbolic link, '5' a folder; 'x', 'g', 'L' and 'K' describe the next member. */
  readonly type: string;
  readonly linkName: string;
}
export const BLOCK = 512;

/** Undefined for a block of zeros, which ends an archive. */
export function readHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const text = (from: number, length: number): string => decoded(block.subarray(from, from + length));
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== numberAt(block, 148, 8)) throw refused('a header of the tar is damaged');
  const type = String.fromCharCode(block[156] ?? 0);
  const prefix = text(257, 5) === 'ustar' && text(263, 2) === '00' ? text(345, 155) : '';
  const name = text(0, 100);
  return { name: prefix === '' ? name : `${prefix}/${name}`, size: numberAt(block, 124, 12), mode: numberAt(block, 100, 8), type: type === '\0' || type === '7' ? '0' : type, linkName: text(157, 100) };
}

function numberAt(block: Uint8Array, from: number, length: number): number {
  const field = block.subarray(from, from + length);
  // GNU tar writes large numbers as bytes, marked by the highest bit.
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0;
  const text = Buffer.from(field).toString('latin1').replace(/[\0 ]+$/, '').trim();
  const value = isBinary ? field.reduce((number, byte, at) => number * 256 + (at === 0 ? byte & 0x7f : byte), 0) : text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw refused('a header of the tar is damaged');
  return value;
}

/** A text up to its first zero byte; one that is no UTF-8 could not be a name here. */
export function decoded(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(end < 0 ? bytes : bytes.subarray(0, end));
  } catch (error) {
    if (error instanceof TypeError) throw refused('a name in it is not UTF-8');
    throw error;
  }
}

/** The records of a PAX header: '27 path=...\n', by their length in bytes. */
export function readPax(bytes: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.byteLength; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(Buffer.from(bytes.subarray(at, space)).toString('latin1'));
    if (!Number.isSafeInteger(length) || length <= space - at + 1 || at + length > bytes.byteLength) throw refused('an extended header of the tar is damaged');
    const record = decoded(bytes.subarray(space + 1, at + length - 1));
    const cut = record.indexOf('=');
    if (cut > 0) records.set(record.slice(0, cut), record.slice(cut + 1));
    at += length;
  }
  return records;
}
