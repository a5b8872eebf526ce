import { createNamesBuilder, type Names, type NamesBuilder } from './names.ts';
import type { Look } from './look.ts';

/** Files as seen at one moment, a row each: enough to tell later whether one has changed. */
export interface FileRows {
  readonly names: Names;
  readonly size: Float64Array;
  /** Milliseconds since 1970, with fractions. */
  readonly mtimeMs: Float64Array;
  readonly inode: Float64Array;
}
/** The same with permission bits. */
export interface RowsWithMode extends FileRows {
  readonly mode: Uint32Array;
}

/** Takes rows in the order in which they are to be. */
export interface RowsBuilder {
  add(name: string, found: Look): void;
  /** Takes the rows `[from, to)` of the earlier scan as they are, `mode` included. */
  keep(from: number, to: number): void;
  build(): RowsWithMode;
}

export const PERMISSIONS = 0o7777;

/**
 * A builder that makes no columns as long as every row is the next one of `known`: when all are, what is built has the very columns and names of `known`,
 * which is how a caller sees at once that nothing has changed. `mode` has the bits of the rows that will be kept.
 */
export function createRowsBuilder(known: FileRows = NO_ROWS, mode: Uint32Array = new Uint32Array(known.names.length)): RowsBuilder {
  let own: OwnRows | undefined;
  let count = 0;
  const leave = (): OwnRows => {
    const rows = createOwnRows();
    for (let row = 0; row < count; row += 1) rows.add(known.names.at(row) ?? '', lookOf(known, mode, row));
    return rows;
  };
  return {
    add(name, found) {
      if (own === undefined && isRow(known, count, { name, found })) {
        mode[count] = found.mode & PERMISSIONS;
        count += 1;
      } else (own ??= leave()).add(name, found);
    },
    keep(from, to) {
      if (own === undefined && count === from) count = to;
      else {
        own ??= leave();
        for (let row = from; row < to; row += 1) own.add(known.names.at(row) ?? '', lookOf(known, mode, row));
      }
    },
    build: () => (own === undefined && count === known.names.length ? { names: known.names, size: known.size, mtimeMs: known.mtimeMs, inode: known.inode, mode } : (own ?? leave()).build()),
  };
}

/** Rows that are asked for one after another. */
type Remembering = Omit<FileRows, 'names'> & { readonly names: { at(row: number): string | undefined } };

/** True when a file is as the row says. The name comes last, for it is the dearest to compare. */
export function isRow({ names, size, mtimeMs, inode }: Remembering, row: number, { name, found }: { readonly name: string; readonly found: Look }): boolean {
  return found.size === size[row] && found.mtimeMs === mtimeMs[row] && found.ino === inode[row] && name === names.at(row);
}

const lookOf = ({ size, mtimeMs, inode }: FileRows, mode: Uint32Array, row: number): Look => ({ size: size[row] ?? 0, mtimeMs: mtimeMs[row] ?? 0, ino: inode[row] ?? 0, mode: mode[row] ?? 0 });

type OwnRows = Omit<RowsBuilder, 'keep'>;
const NO_ROWS: FileRows = { names: createNamesBuilder().build(), size: new Float64Array(), mtimeMs: new Float64Array(), inode: new Float64Array() };

/** Columns that grow by doubling; what is not used of the last half never becomes memory of the machine. */
function createOwnRows(): OwnRows {
  const names: NamesBuilder = createNamesBuilder();
  let columns = { size: new Float64Array(64), mtimeMs: new Float64Array(64), inode: new Float64Array(64), mode: new Uint32Array(64) };
  let count = 0;
  const grow = (): void => {
    const { size, mtimeMs, inode, mode } = columns;
    columns = { size: new Float64Array(count * 2), mtimeMs: new Float64Array(count * 2), inode: new Float64Array(count * 2), mode: new Uint32Array(count * 2) };
    columns.size.set(size);
    columns.mtimeMs.set(mtimeMs);
    columns.inode.set(inode);
    columns.mode.set(mode);
  };
  return {
    add(name, { size, mtimeMs, ino, mode }) {
      if (count === columns.size.length) grow();
      names.add(name);
      columns.size[count] = size;
      columns.mtimeMs[count] = mtimeMs;
      columns.inode[count] = ino;
      columns.mode[count] = mode & PERMISSIONS;
      count += 1;
    },
    build: () => ({ names: names.build(), size: columns.size.subarray(0, count), mtimeMs: columns.mtimeMs.subarray(0, count), inode: columns.inode.subarray(0, count), mode: columns.mode.subarray(0, count) }),
  };
}
