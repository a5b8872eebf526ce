import { md5Hex } from '../disk/md5-hex.ts';
import type { FileRows } from '../disk/scan-rows.ts';
import { createOidColumn, type OidColumn } from './oid-column.ts';
import { HEADER, MAGIC, readStateColumns } from './state-columns.ts';

/** The rows of one tracked directory, or of all tracked single files, with the hash each file had where it is known. */
export interface StateBlock extends FileRows {
  readonly digests: OidColumn;
  /** The md5 of the tree that all rows make, or '': holds only as long as no row has changed. */
  readonly summary: string;
}

/** The bytes of a state file: magic, counts, summary, names joined by NUL, three columns of doubles, 16 bytes a digest, md5 of all before. docs/formats/state.md */
export function serializeStateBlock(block: StateBlock): Uint8Array {
  const count = block.names.length;
  const names = Buffer.from(block.names.pieces.join('\0'), 'utf8');
  const columns = HEADER + Math.ceil(names.length / 8) * 8;
  const bytes = Buffer.alloc(columns + count * 40 + 16);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeDoubleLE(count, 8);
  bytes.writeDoubleLE(names.length, 16);
  bytes.write(block.summary, 24, 'hex');
  names.copy(bytes, HEADER);
  [block.size, block.mtimeMs, block.inode].forEach((column, at) => Buffer.from(column.buffer, column.byteOffset, count * 8).copy(bytes, columns + at * count * 8));
  bytes.set(block.digests.bytes, columns + count * 24);
  bytes.write(md5Hex(bytes.subarray(0, -16)), bytes.length - 16, 'hex');
  return bytes;
}

/** Reads a state file; undefined when it is damaged or of another version: a state is a memory, losing it costs only time. The columns are those of `bytes`, not copies. */
export function parseStateBlock(bytes: Uint8Array): StateBlock | undefined {
  if (md5Hex(bytes.subarray(0, -16)) !== Buffer.from(bytes.subarray(-16)).toString('hex')) return undefined;
  const columns = readStateColumns(bytes);
  return columns && { ...columns, digests: createOidColumn(columns.digests) };
}
