import { splitNames } from '../disk/names.ts';
import type { FileRows } from '../disk/scan-rows.ts';

/** What a state file holds beside the rows. */
export interface StateColumns extends FileRows {
  readonly summary: string;
  /** 16 bytes a row. */
  readonly digests: Uint8Array;
}

export const MAGIC = 'TOWS0002';
export const HEADER = 40;

/** The parts of a state file as they lie there, its checksum not compared; undefined when it has another layout. The columns are those of `bytes`, not copies. */
export function readStateColumns(bytes: Uint8Array): StateColumns | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < HEADER + 16 || view.toString('latin1', 0, 8) !== MAGIC) return undefined;
  const count = view.readDoubleLE(8);
  const length = view.readDoubleLE(16);
  const columns = HEADER + Math.ceil(length / 8) * 8;
  if (view.length !== columns + count * 40 + 16) return undefined;
  // Doubles must begin at a multiple of 8; a small file lies anywhere in a shared buffer.
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  const column = (at: number): Float64Array => new Float64Array(aligned.buffer, aligned.byteOffset + columns + at * count * 8, count);
  const summary = view.toString('hex', 24, HEADER);
  return {
    names: splitNames(view.toString('utf8', HEADER, HEADER + length), count),
    size: column(0),
    mtimeMs: column(1),
    inode: column(2),
    summary: summary === NOTHING ? '' : summary,
    digests: aligned.subarray(columns + count * 24, columns + count * 40),
  };
}

const NOTHING = '0'.repeat(32);
