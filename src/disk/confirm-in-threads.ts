import { type Confirming, confirmParts, NUMBERS, type Part, partAt, PARTS, UNKNOWN } from './confirm.ts';
import type { Names } from './names.ts';
import type { Confirmed, FileRows } from './scan.ts';
import { startThread } from './thread.ts';

export interface ConfirmOptions {
  /** Processor cores it may use. */
  readonly processors: number;
}

/** Rows of a part: below, handing it out costs more than it is; above, the last one may keep everyone waiting. */
const PART = { fewest: 64, most: 16_384 };
const MOST_THREADS = 8;

/**
 * Looks in several threads which folders below `folder` are as an earlier scan saw them, all in them included; undefined where only one thread may be used. Nothing but the built-in rules may say what counts.
 * What is not confirmed is no matter: a scan looks at it.
 */
export async function confirmInThreads(folder: string, known: FileRows, { processors }: ConfirmOptions): Promise<Confirmed | undefined> {
  if (processors < 2) return undefined;
  const count = known.names.length;
  const most = Math.ceil(count / PART.fewest);
  const confirming: Confirming = {
    folder,
    rows: { size: shared(known.size), mtimeMs: shared(known.mtimeMs), inode: shared(known.inode) },
    ...sharedText(known.names),
    parts: new Int32Array(new SharedArrayBuffer(most * NUMBERS * 4)),
    control: new Int32Array(new SharedArrayBuffer(8)).fill(UNKNOWN, PARTS, PARTS + 1),
    isSame: new Uint8Array(new SharedArrayBuffer(most)),
    mode: new Uint32Array(new SharedArrayBuffer(count * 4)),
  };
  const folders: string[] = [];
  await workOff(confirming, Math.min(processors, MOST_THREADS), () => { cutAll(known.names, confirming, folders); });
  const rows = new Map<string, Part>();
  for (const [number, below] of folders.entries()) if (confirming.isSame[number] === 1) rows.set(below, partAt(confirming.parts, number));
  return { mode: confirming.mode, rowsIn: (below) => rows.get(below) };
}

/** This thread does its share beside the others. One that fails has confirmed less, no more. */
async function workOff(confirming: Confirming, threads: number, prepare: () => void): Promise<void> {
  const workers = (await Promise.all(Array.from({ length: threads - 1 }, async () => await startThread('confirm-worker', confirming)))).filter((worker) => worker !== undefined);
  const ended = workers.map((worker) => new Promise<void>((resolve) => {
    for (const event of ['message', 'error', 'exit'] as const) worker.once(event, () => { resolve(); });
  }));
  // The others take their time to start.
  prepare();
  confirmParts(confirming);
  await Promise.all(ended);
  await Promise.all(workers.map(async (worker) => await worker.terminate()));
}

/** Fills in the parts and their folders, and says to all who wait how many there are. */
function cutAll(names: Names, { parts, control, encoding }: Confirming, folders: string[]): void {
  const unit = encoding === 'latin1' ? 1 : 2;
  cut(names, { prefix: '', from: 0, to: names.length, start: 0 }, (folder, { from, to, length, start, end }) => {
    parts.set([from, to, length, start * unit, end * unit], folders.length * NUMBERS);
    folders.push(folder);
  });
  Atomics.store(control, PARTS, folders.length);
  Atomics.notify(control, PARTS);
}

interface Range {
  /** Of the names of all rows in it. */
  readonly prefix: string;
  readonly from: number;
  readonly to: number;
  /** Where the first name begins in all names joined. */
  readonly start: number;
}

/** Gives the folders that are handed out: those at the top, and in the place of a large one those in it. */
function cut(names: Names, { prefix, from, to, start }: Range, give: (folder: string, part: Part) => void): boolean {
  let isCut = false;
  let at = start;
  for (let row = from; row < to; ) {
    const name = names.at(row) ?? '';
    const length = name.indexOf('/', prefix.length);
    const inner = name.slice(0, length + 1);
    let next = row + 1;
    let end = at + name.length + 1;
    for (let one = names.at(next); length >= 0 && next < to && one?.startsWith(inner) === true; one = names.at(next)) {
      next += 1;
      end += one.length + 1;
    }
    if (length >= 0 && next - row >= PART.fewest && !(next - row > PART.most && cut(names, { prefix: inner, from: row, to: next, start: at }, give))) give(name.slice(0, length), { from: row, to: next, length, start: at, end: end - 1 });
    isCut ||= length >= 0 && next - row >= PART.fewest;
    row = next;
    at = end;
  }
  return isCut;
}

function shared(column: Float64Array): Float64Array {
  if (column.buffer instanceof SharedArrayBuffer) return column;
  const copy = new Float64Array(new SharedArrayBuffer(column.byteLength));
  copy.set(column);
  return copy;
}

/** Encoded so that the place of a name in the text tells that in the bytes. */
function sharedText({ pieces }: Names): Pick<Confirming, 'names' | 'encoding'> {
  const encoding = pieces.some((piece) => BEYOND.test(piece)) ? 'utf16le' : 'latin1';
  const size = pieces.reduce((sum, piece) => sum + piece.length + 1, 0) * (encoding === 'latin1' ? 1 : 2);
  const bytes = Buffer.from(new SharedArrayBuffer(size));
  let at = 0;
  for (const piece of pieces) at += bytes.write(`${piece}\0`, at, encoding);
  return { names: new Uint8Array(bytes.buffer, bytes.byteOffset, size), encoding };
}
const BEYOND = /[^\0-\xff]/;
