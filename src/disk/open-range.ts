import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { TowlineError } from '../errors.ts';
import { diskError, worded } from './errors.ts';

const CHUNK = 256 * 1024;
const read = promisify(fs.read);
/** Buffers of readers that are done: a new one costs more than the read it is for. */
const idle: Buffer[] = [];

export interface RangeOptions {
  /** Default 0. */
  readonly start?: number;
  /** Exclusive. Default: the end of the file. */
  readonly end?: number;
  readonly signal?: AbortSignal;
}

/** The bytes `[start, end)` of a file, in chunks that live until the next is asked for. A file that ends before `end` is an error. */
export async function* openRange(path: string, { start = 0, end = Infinity, signal }: RangeOptions = {}): AsyncIterable<Uint8Array> {
  const descriptor = worded('read', path, () => fs.openSync(path, 'r'));
  const buffer = idle.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
  try {
    for (let position = start; position < end; ) {
      signal?.throwIfAborted();
      const { bytesRead } = await read(descriptor, buffer, 0, Math.min(CHUNK, end - position), position);
      if (bytesRead === 0) {
        if (end === Infinity) return;
        throw new TowlineError('CORRUPT', `'${path}' ended at byte ${position}, ${end} were expected`, { hint: 'Was it changed meanwhile? Try again.', context: { path } });
      }
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw diskError(error, 'read', path);
  } finally {
    fs.closeSync(descriptor);
    if (idle.length < 64) idle.push(buffer);
  }
}
