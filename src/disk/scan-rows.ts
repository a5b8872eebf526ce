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

/** Gathers rows in the order in which they are to be. */
export interface RowsBuilder {
  add(name: string, found: Look): void;
  build(): RowsWithMode;
}

/**
 * A builder that makes no columns as long as every row is the next one of `known`: when all are, what is built has the very columns and names of `known`,
 * which is how a caller sees at once that nothing has changed.
 */
export function createRowsBuilder(known?: FileRows): RowsBuilder {
  if (known === undefined) return createOwnRows();
  const mode = new Uint32Array(known.names.length);
  let own: RowsBuilder | undefined;
  let count = 0;
  const leave = (): RowsBuilder => {
    const rows = createOwnRows();
    const copied = { mode: 0, size: 0, mtimeMs: 0, ino: 0 };
    for (let row = 0; row < count; row += 1) {
      copied.mode = mode[row] ?? 0;
      copied.size = known.size[row] ?? 0;
      copied.mtimeMs = known.mtimeMs[row] ?? 0;
      copied.ino = known.inode[row] ?? 0;
      rows.add(known.names.at(row) ?? '', copied);
    }
    return rows;
  };
  return {
    add(name, found) {
      if (own === undefined) {
        if (found.size === known.size[count] && found.mtimeMs === known.mtimeMs[count] && found.ino === known.inode[count] && name === known.names.at(count)) {
          mode[count] = found.mode & PERMISSIONS;
          count += 1;
          return;
        }
        // The names of `found` are those of the last look: what is asked for first is copied last.
        const { mode: bits, size, mtimeMs, ino } = found;
        own = leave();
        own.add(name, { mode: bits, size, mtimeMs, ino });
      } else own.add(name, found);
    },
    build: () => (own === undefined && count === known.names.length ? { names: known.names, size: known.size, mtimeMs: known.mtimeMs, inode: known.inode, mode } : (own ?? leave()).build()),
  };
}

const PERMISSIONS = 0o7777;

/** Columns that grow by doubling; what is not used of the last half never becomes memory of the machine. */
function createOwnRows(): RowsBuilder {
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
