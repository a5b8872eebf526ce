import * as fs from 'node:fs';
import { type Steps, WAITS } from './batch.ts';
import type { BunchHasher } from './bunch-hasher.ts';
import { diskError } from './errors.ts';
import { createHasher, type FileHash, hashBytes } from './hasher.ts';

/** 256 KiB stay in the processor's cache between the read and the hash; larger reads were slower. */
const CHUNK = 256 * 1024;

const chunk = Buffer.allocUnsafeSlow(CHUNK);

/** The hash of one file. Where a hasher is given, it may wait for others. */
export function* hashContent(path: string, name: FileHash, hasher?: BunchHasher): Steps<string> {
  const descriptor = openForReading(path);
  try {
    return (yield* hashOpenFile(descriptor, name, { hasher })).digest;
  } catch (error) {
    throw diskError(error, 'read', path);
  } finally {
    fs.closeSync(descriptor);
  }
}

export interface HashFileOptions {
  /** Takes the file when it is small. */
  readonly hasher?: BunchHasher | undefined;
  /** Is given each piece, so that one read serves a copy as well. */
  readonly write?: (bytes: Uint8Array) => void;
}

/** The hash and size of an open file. */
export function* hashOpenFile(descriptor: number, name: FileHash, { hasher, write }: HashFileOptions = {}): Steps<{ readonly digest: string; readonly size: number }> {
  const head = readSmall(descriptor, hasher?.room ?? chunk);
  write?.(head);
  let size = head.byteLength;
  if (hasher !== undefined && size <= hasher.most) {
    const taken = name === 'md5' ? hasher.take(size) : undefined;
    if (taken !== undefined && hasher.waits) yield WAITS;
    const digest = taken === undefined ? hashBytes(name, head) : hasher.digestOf(taken);
    yield size;
    return { digest, size };
  }
  const whole = createHasher(name);
  whole.update(head);
  yield size;
  for (;;) {
    const count = fs.readSync(descriptor, chunk, 0, CHUNK, size);
    if (count === 0) return { digest: whole.digest(), size };
    const piece = chunk.subarray(0, count);
    whole.update(piece);
    write?.(piece);
    size += count;
    yield count;
  }
}

/** Opens for reading, wording the error. */
export function openForReading(path: string): number {
  try {
    return fs.openSync(path, 'r');
  } catch (error) {
    throw diskError(error, 'read', path);
  }
}

/** The whole file when it is smaller than `into`, else as much as that takes. */
export function readSmall(descriptor: number, into: Buffer): Buffer {
  let size = 0;
  for (;;) {
    const count = fs.readSync(descriptor, into, size, into.byteLength - size, size);
    size += count;
    if (count === 0 || size === into.byteLength) return into.subarray(0, size);
  }
}
