import * as fs from 'node:fs';
import type { Steps } from './batch.ts';
import { diskError } from './errors.ts';
import { createHasher, type FileHash, hashBytes } from './hasher.ts';

/** A file up to this size is read into memory at once: hashed, and written from there. */
export const SMALL = 1024 * 1024;
/** 256 KiB stay in the processor's cache between the read and the hash; larger reads were slower. */
const CHUNK = 256 * 1024;

/** Room for a small file and one byte: a read that fills it tells that the file is not small. */
export const createArena = (): Buffer => Buffer.allocUnsafeSlow(SMALL + 1);
const arena = createArena();

/** The hash of one file. */
export function* hashContent(path: string, name: FileHash): Steps<string> {
  const descriptor = openForReading(path);
  try {
    return (yield* hashOpenFile(descriptor, name)).digest;
  } catch (error) {
    throw diskError(error, 'read', path);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The hash and size of an open file; `write` is given each piece, so that one read serves a copy as well. */
export function* hashOpenFile(descriptor: number, name: FileHash, write?: (bytes: Uint8Array) => void): Steps<{ readonly digest: string; readonly size: number }> {
  const head = readSmall(descriptor, arena);
  write?.(head);
  if (head.byteLength <= SMALL) {
    const digest = hashBytes(name, head);
    yield head.byteLength;
    return { digest, size: head.byteLength };
  }
  const hasher = createHasher(name);
  hasher.update(head);
  let size = head.byteLength;
  yield size;
  for (;;) {
    const chunk = arena.subarray(0, fs.readSync(descriptor, arena, 0, CHUNK, size));
    if (chunk.byteLength === 0) return { digest: hasher.digest(), size };
    hasher.update(chunk);
    write?.(chunk);
    size += chunk.byteLength;
    yield chunk.byteLength;
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

/** The whole file when it is small, else its first MiB and a byte. */
export function readSmall(descriptor: number, into: Buffer): Buffer {
  let size = 0;
  for (;;) {
    const count = fs.readSync(descriptor, into, size, into.byteLength - size, size);
    size += count;
    if (count === 0 || size === into.byteLength) return into.subarray(0, size);
  }
}
