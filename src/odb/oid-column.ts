import type { Oid } from './hash-info.ts';
import { copyDigest, writeDigest } from './oid-rows.ts';

/** The oids of files, a row each, in 16 bytes where a string has 48. */
export interface OidColumn extends Iterable<Oid> {
  readonly length: number;
  /** Zeros where it is not known. */
  readonly bytes: Uint8Array;
  /** '' where it is not known. */
  at(row: number): Oid;
  isKnown(row: number): boolean;
  set(row: number, oid: Oid): void;
}

/** Rows made text at once: one by one takes twice as long. */
const PIECE = 512;

/** A column over `bytes`, 16 a row; nothing is copied. */
export function createOidColumn(bytes: Uint8Array): OidColumn {
  const length = bytes.byteLength / 16;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isKnown = (row: number): boolean => {
    for (let at = row * 16; at < row * 16 + 16; at++) if (bytes[at] !== 0) return true;
    return false;
  };
  return {
    length,
    bytes,
    isKnown,
    at: (row) => (isKnown(row) ? view.toString('hex', row * 16, row * 16 + 16) : '') as Oid,
    set: (row, oid) => writeDigest(bytes, row * 16, oid),
    *[Symbol.iterator]() {
      for (let start = 0; start < length; start += PIECE) {
        const hex = view.toString('hex', start * 16, (start + PIECE) * 16);
        for (let at = 0; at * 32 < hex.length; at++) yield (isKnown(start + at) ? hex.slice(at * 32, at * 32 + 32) : '') as Oid;
      }
    },
  };
}

/** A column of `length` rows of which nothing is known yet. */
export function blankOids(length: number): OidColumn {
  return createOidColumn(new Uint8Array(length * 16));
}

/** A column of its own with the same oids. */
export function copyOids(oids: OidColumn): OidColumn {
  return createOidColumn(Uint8Array.from(oids.bytes));
}

/** Makes unknown what `isWrong` says yes to. */
export function forgetRows(oids: OidColumn, isWrong: (oid: Oid, row: number) => boolean): void {
  let row = 0;
  for (const oid of oids) {
    if (oid.length > 0 && isWrong(oid, row)) oids.bytes.fill(0, row * 16, row * 16 + 16);
    row++;
  }
}

/** The rows of which nothing is known. */
export function unknownRows(oids: OidColumn): Uint32Array {
  let count = 0;
  for (let row = 0; row < oids.length; row++) if (!oids.isKnown(row)) count++;
  const rows = new Uint32Array(count);
  for (let row = 0, at = 0; at < count; row++) if (!oids.isKnown(row)) rows[at++] = row;
  return rows;
}

/** The same of oids that are here already. */
export function packOids(oids: readonly Oid[]): OidColumn {
  const column = blankOids(oids.length);
  for (const [row, oid] of oids.entries()) if (oid.length > 0) column.set(row, oid);
  return column;
}

/** Gathers oids one by one. */
export interface OidColumnBuilder {
  add(oid: Oid): void;
  /** Adds the one that stands in `text` from `at` on. */
  addText(text: Uint8Array, at: number): void;
  build(): OidColumn;
}

/** A builder that grows by doubling; what is not used of the last half never becomes memory of the machine. */
export function createOidColumnBuilder(): OidColumnBuilder {
  let bytes = new Uint8Array(64 * 16);
  let size = 0;
  const next = (): number => {
    if (size === bytes.length) {
      const grown = new Uint8Array(size * 2);
      grown.set(bytes);
      bytes = grown;
    }
    size += 16;
    return size - 16;
  };
  return {
    add(oid) {
      const offset = next();
      writeDigest(bytes, offset, oid);
    },
    addText(text, at) {
      const offset = next();
      copyDigest(bytes, offset, { text, at });
    },
    build: () => createOidColumn(bytes.subarray(0, size)),
  };
}
