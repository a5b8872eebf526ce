import type { ListedName } from '../../storage/quick.ts';

/** What stands around the rows of a listing. */
export interface AroundRows {
  /** Where the first row begins. */
  readonly start: number;
  /** Where what follows the last begins. */
  readonly end: number;
}

const OPEN = Buffer.from('<Contents>');
const CLOSE = Buffer.from('</Contents>');
const KEY = Buffer.from('<Key>');
const SIZE = Buffer.from('<Size>');
/** '<', '/', '!', '?', '0', '9'. */
const [LESS, SLASH, BANG, MARK, ZERO, NINE] = [0x3c, 0x2f, 0x21, 0x3f, 0x30, 0x39];
const DIGITS = 15;

/**
 * Reads the names and sizes of a listing from its bytes, and makes nothing of them: no text, no entry. Each is given to `take`, in one object that is used
 * again. Undefined where the answer has no row or one that needs a thought (no name, no size, a comment, an attribute): all of it is left to the reader of XML then,
 * also what `take` has been given.
 */
export function scanNames(bytes: Uint8Array, take: (name: ListedName) => void): AroundRows | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.indexOf(OPEN);
  if (start < 0 || view.indexOf('<Contents') !== start) return undefined;
  const row: Row = { bytes, view, at: -1, start: 0, end: 0, size: 0, sizeFrom: 0, sizeEnd: 0, rowEnd: 0 };
  let at = start;
  while (readSame(row, at) || isAt(bytes, at, OPEN)) {
    if (row.at !== at && !readAlike(row, at) && !readRow(row, at)) return undefined;
    row.at = at;
    take(row);
    at = afterSpace(bytes, row.rowEnd);
  }
  return view.indexOf('<Contents', at) < 0 ? { start, end: at } : undefined;
}

/** The last row that was read: its name and size, and where they lay. */
interface Row {
  readonly bytes: Uint8Array;
  /** The same, to be compared. */
  readonly view: Buffer;
  /** Where it began. */
  at: number;
  start: number;
  end: number;
  size: number;
  /** Where the digits of the size begin and end. */
  sizeFrom: number;
  sizeEnd: number;
  rowEnd: number;
}

/**
 * Where a row has the same bytes as the one before it around its name, and from its size on, native code says so: two questions for a row, which costs nothing
 * before the engine has compiled any of this. False, and nothing taken, for any other row.
 */
function readSame(row: Row, at: number): boolean {
  const { bytes, view } = row;
  const ahead = at - row.at;
  if (row.end === 0 || row.rowEnd + ahead > bytes.length) return false;
  const isSame = (from: number, end: number): boolean => view.compare(view, from + ahead, end + ahead, from, end) === 0;
  const end = row.end + ahead;
  if (!isSame(row.at, row.start) || bytes[end] !== LESS || bytes[end + 1] !== SLASH || !isSame(row.sizeFrom - SIZE.length, row.rowEnd)) return false;
  row.at = at;
  row.start += ahead;
  row.end = end;
  row.sizeFrom += ahead;
  row.sizeEnd += ahead;
  row.rowEnd += ahead;
  return true;
}

/**
 * Nearly every row is as long as the one before it, part by part. Where name, size and end lie at the same distances the rest of it is not looked at:
 * a tenth of the bytes, which counts before the engine has compiled any of this. False, and nothing taken, for any other row.
 */
function readAlike(row: Row, at: number): boolean {
  const { bytes } = row;
  const start = at + OPEN.length + KEY.length;
  const end = start + row.end - row.start;
  const sizeFrom = end + row.sizeFrom - row.end;
  if (row.end === 0 || !isAt(bytes, start - KEY.length, KEY) || bytes[end] !== LESS || bytes[end + 1] !== SLASH || !isAt(bytes, sizeFrom - SIZE.length, SIZE)) return false;
  const sizeEnd = digitsEnd(bytes, sizeFrom);
  const rowEnd = sizeEnd + row.rowEnd - row.sizeEnd;
  if (sizeEnd < 0 || !isAt(bytes, rowEnd - CLOSE.length, CLOSE)) return false;
  row.size = numberOf(bytes, sizeFrom, sizeEnd);
  row.start = start;
  row.end = end;
  row.sizeFrom = sizeFrom;
  row.sizeEnd = sizeEnd;
  row.rowEnd = rowEnd;
  return true;
}

/** Reads the row at `at`, tag by tag; false where it is not of the plain form. */
function readRow(row: Row, from: number): boolean {
  const { bytes } = row;
  row.end = row.sizeEnd = 0;
  for (let at = nextTag(bytes, from + OPEN.length); at < bytes.length; at = nextTag(bytes, at + 1)) {
    const next = bytes[at + 1];
    if (next === SLASH) {
      if (!isAt(bytes, at, CLOSE)) continue;
      row.rowEnd = at + CLOSE.length;
      return row.end > row.start && row.sizeEnd > 0;
    }
    if (next === BANG || next === MARK) return false;
    if (isAt(bytes, at, KEY)) {
      if (row.end > 0) return false;
      row.start = at + KEY.length;
      row.end = nextTag(bytes, row.start);
    } else if (isAt(bytes, at, SIZE)) {
      if (row.sizeEnd > 0) return false;
      row.sizeFrom = at + SIZE.length;
      row.sizeEnd = digitsEnd(bytes, row.sizeFrom);
      if (row.sizeEnd < 0) return false;
      row.size = numberOf(bytes, row.sizeFrom, row.sizeEnd);
    }
  }
  return false;
}

function nextTag(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== LESS) at++;
  return at;
}

/** Where the digits end that stand before the next tag; -1 where something else does. */
function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let digit = bytes[at] ?? 0; digit >= ZERO && digit <= NINE; digit = bytes[at] ?? 0) at++;
  return at > from && at - from <= DIGITS && bytes[at] === LESS ? at : -1;
}

function numberOf(bytes: Uint8Array, from: number, end: number): number {
  let value = 0;
  for (let at = from; at < end; at++) value = value * 10 + (bytes[at] ?? 0) - ZERO;
  return value;
}

function isAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

function afterSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] ?? 0) <= 0x20) at++;
  return at;
}
