import * as fs from 'node:fs';
import { promisify } from 'node:util';

/** Where in a file, and how much. */
export interface ReadRange { readonly length: number; readonly position: number }
/** Reads into the start of `buffer`; says how much there was. */
export type Read = (descriptor: number, buffer: Uint8Array, range: ReadRange) => number | Promise<number>;
/** The two ways to read, and the milliseconds this thread has been busy so far; lent by tests. */
export interface Reads {
  readonly here?: (descriptor: number, buffer: Uint8Array, range: ReadRange) => number;
  readonly elsewhere?: (descriptor: number, buffer: Uint8Array, range: ReadRange) => Promise<number>;
  readonly busyMs?: () => number;
}

/** A read of 256 KiB that takes no longer than this found its bytes in memory, or on a medium of 128 MB/s and more. */
const QUICK_MS = 2;
/** After a slow one so many are left to another thread, so that the network goes on meanwhile. */
const LEFT = 16;
/** After so many quick ones, one is left to another thread all the same: without a wait nothing else would have its turn until the end of the file. */
const TURN = 8;

/**
 * Reads of one file, on this thread as long as that is quick: a promise, a thread to wake and bytes in the cache of another core took a sixth
 * of the CPU of sending 1 GiB over TLS.
 */
export function quickReads({ here = readHere, elsewhere = readElsewhere, busyMs = () => performance.eventLoopUtilization().active }: Reads = {}): Read {
  let [left, quick] = [0, 0];
  return (descriptor, buffer, range) => {
    if (left > 0) {
      left -= 1;
      return elsewhere(descriptor, buffer, range);
    }
    const begun = busyMs();
    const count = here(descriptor, buffer, range);
    if (busyMs() - begun > QUICK_MS) left = LEFT;
    quick = (quick + 1) % TURN;
    if (quick === 0) left = Math.max(left, 1);
    return count;
  };
}

const readHere = (descriptor: number, buffer: Uint8Array, { length, position }: ReadRange): number => fs.readSync(descriptor, buffer, 0, length, position);

const readAsync = promisify(fs.read);
const readElsewhere = async (descriptor: number, buffer: Uint8Array, { length, position }: ReadRange): Promise<number> => (await readAsync(descriptor, buffer, 0, length, position)).bytesRead;
