import * as fs from 'node:fs';
import { TowlineError } from '../errors.ts';
import { diskError, worded } from './errors.ts';
import { quickReads } from './quick-reads.ts';
import { describe, type FileInfo } from './read.ts';
import { noteUnknown } from './watch.ts';

const CHUNK = 256 * 1024;
/** Buffers of readers that are done: a new one costs more than the read it is for. No `Buffer`, whose `slice` does not copy. */
const idle: Uint8Array[] = [];

export interface RangeOptions {
  /** Default 0. */
  readonly start?: number;
  /** Exclusive. Default: the end of the file. */
  readonly end?: number;
  readonly signal?: AbortSignal;
}
/** A file opened for reading: the same file to its end, whatever is put under its name meanwhile. */
export interface ReadableFile {
  readonly info: FileInfo;
  /** The bytes `[start, end)`, in chunks that live until the next is asked for. Closes the file when it ends or is left. */
  read(options?: RangeOptions): AsyncIterable<Uint8Array>;
  /** A second call does nothing. */
  readonly close: () => void;
}

/** Opens a file; throws NOT_FOUND. */
export function openFile(path: string): ReadableFile {
  noteUnknown();
  const descriptor = worded('read', path, () => fs.openSync(path, 'r'));
  let isOpen = true;
  const close = (): void => {
    if (isOpen) fs.closeSync(descriptor);
    isOpen = false;
  };
  try {
    const info = describe(fs.fstatSync(descriptor));
    return { info, close, read: (options = {}) => readRange({ path, descriptor, close }, options) };
  } catch (error) {
    close();
    throw diskError(error, 'read', path);
  }
}

/** The bytes `[start, end)` of a file, in chunks that live until the next is asked for. A file that ends before `end` is an error. */
export async function* openRange(path: string, options: RangeOptions = {}): AsyncIterable<Uint8Array> {
  yield* openFile(path).read(options);
}

interface Reading {
  readonly path: string;
  readonly descriptor: number;
  readonly close: () => void;
}

async function* readRange({ path, descriptor, close }: Reading, { start = 0, end = Infinity, signal }: RangeOptions): AsyncIterable<Uint8Array> {
  const buffer = idle.pop() ?? new Uint8Array(CHUNK);
  const read = quickReads();
  try {
    for (let position = start; position < end; ) {
      if (signal?.aborted === true) throw new TowlineError('ABORTED', `reading '${path}' was given up`, { cause: signal.reason });
      const length = Math.min(CHUNK, end - position);
      const reading = read(descriptor, buffer, { length, position });
      const count = typeof reading === 'number' ? reading : await reading;
      if (count === 0) {
        if (end === Infinity) return;
        throw new TowlineError('CORRUPT', `'${path}' ended at byte ${position}, ${end} were expected`, { hint: 'Was it changed meanwhile? Try again.', context: { path } });
      }
      position += count;
      yield buffer.subarray(0, count);
    }
  } catch (error) {
    throw diskError(error, 'read', path);
  } finally {
    close();
    if (idle.length < 64) idle.push(buffer);
  }
}
