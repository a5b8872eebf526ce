import { type FileRows, isRow, PERMISSIONS } from './scan-rows.ts';
import { quickestLook } from './quick-look.ts';
import { walk } from './scan.ts';

/** What all threads of one confirmation share. */
export interface Confirming {
  /** Absolute. */
  readonly folder: string;
  readonly rows: Omit<FileRows, 'names'>;
  /** Joined by NUL. */
  readonly names: Uint8Array;
  readonly encoding: 'latin1' | 'utf16le';
  /** Five numbers a part, see {@link partAt}. */
  readonly parts: Int32Array;
  /** How many parts there are, when that is known, and the next that nobody has taken. */
  readonly control: Int32Array;
  /** 1 for each part that was found as it was. */
  readonly isSame: Uint8Array;
  readonly mode: Uint32Array;
}
/** Places in `control`; a negative number of parts is not known yet. */
export const [PARTS, TAKEN] = [0, 1];
export const NUMBERS = 5;

/** A folder that is looked at by one thread: its rows `[from, to)`, whose names are the bytes `[start, end)` and begin with that of the folder, `length` long. */
export interface Part { readonly from: number; readonly to: number; readonly length: number; readonly start: number; readonly end: number }

export function partAt(parts: Int32Array, part: number): Part {
  const [from = 0, to = 0, length = 0, start = 0, end = 0] = parts.subarray(part * NUMBERS, part * NUMBERS + NUMBERS);
  return { from, to, length, start, end };
}

/** Takes part after part and looks whether all below its folder is as its rows say. Whatever is not quite ordinary is left as not confirmed, for a scan to look at. */
export function confirmParts(confirming: Confirming): void {
  const { folder, parts, control, isSame } = confirming;
  const look = quickestLook(folder);
  Atomics.wait(control, PARTS, UNKNOWN);
  const count = Atomics.load(control, PARTS);
  for (let part = Atomics.add(control, TAKEN, 1); part < count; part = Atomics.add(control, TAKEN, 1)) {
    if (isUnchanged(confirming, partAt(parts, part), look)) Atomics.store(isSame, part, 1);
  }
}
export const UNKNOWN = -1;

function isUnchanged({ folder, names, encoding, rows, mode }: Confirming, { from, to, length, start, end }: Part, look: ReturnType<typeof quickestLook>): boolean {
  const own = Buffer.from(names.buffer, names.byteOffset + start, end - start).toString(encoding).split('\0');
  const known = { names: own, size: rows.size.subarray(from, to), mtimeMs: rows.mtimeMs.subarray(from, to), inode: rows.inode.subarray(from, to) };
  let row = 0;
  try {
    const linked = walk(folder, own[0]?.slice(0, length) ?? '', {
      look,
      keep: () => false,
      within: () => requirePlain,
      add(name, found) {
        if (from + row >= to || !isRow(known, row, { name, found })) throw DIFFERENT;
        mode[from + row] = found.mode & PERMISSIONS;
        row += 1;
      },
    });
    return from + row === to && linked.length === 0;
  } catch {
    // Who scans will meet it again, and say what it is.
    return false;
  }
}

const DIFFERENT = new Error('a part is not as it was');

/** Rules about what does not count begin with a dot: what ignores, and what is ignored. */
function requirePlain(name: string): boolean {
  if (name.startsWith('.')) throw DIFFERENT;
  return true;
}
