import * as fs from 'node:fs';
import { BESIDE, type Steps, WAITS } from './batch.ts';
import type { BatchHasher } from './batch-hasher.ts';
import { diskError } from './errors.ts';
import { createHasher, type FileHash, type Hasher } from './hasher.ts';
import { noteUnknown } from './watch.ts';

/** 256 KiB stay in the processor's cache between the read and the hash; larger reads were slower. */
const CHUNK = 256 * 1024;

const chunk = Buffer.allocUnsafeSlow(CHUNK);

/** The hash of one file. */
export function* hashContent(path: string, name: FileHash, options?: HashFileOptions): Steps<string> {
  const descriptor = openForReading(path);
  try {
    return (yield* hashOpenFile(descriptor, name, options)).digest;
  } catch (error) {
    throw diskError(error, 'read', path);
  } finally {
    fs.closeSync(descriptor);
  }
}

export interface HashFileOptions {
  /** Takes the file to be hashed with others: a small one when several have been read, a large one beside others. */
  readonly hasher?: BatchHasher | undefined;
  /** Of the file, where it is known. */
  readonly size?: number | undefined;
  /** Is given each piece, so that one read serves a copy as well. */
  readonly write?: (bytes: Uint8Array) => void;
}
interface Hashed {
  readonly digest: string;
  readonly size: number;
}

/** The hash and size of an open file. */
export function* hashOpenFile(descriptor: number, name: FileHash, options: HashFileOptions = {}): Steps<Hashed> {
  const { hasher, size, write } = options;
  if (name !== 'md5' || hasher === undefined) return yield* hashPieces(descriptor, createHasher(name), write);
  const likely = size ?? fs.fstatSync(descriptor).size;
  if (likely <= hasher.most && write === undefined) {
    const count = hasher.read(descriptor, size);
    if (count <= hasher.most) {
      const taken = hasher.take(count);
      if (hasher.waits) yield WAITS;
      yield count;
      return { digest: hasher.digestOf(taken), size: count };
    }
  }
  const others = hasher.beside(likely);
  if (others === undefined) return yield* hashPieces(descriptor, createHasher(name), write);
  try {
    yield BESIDE;
    return yield* hashPieces(descriptor, others, write);
  } finally {
    others.leave();
  }
}

/** One piece after the other. */
function* hashPieces(descriptor: number, whole: Hasher, write: HashFileOptions['write']): Steps<Hashed> {
  for (let size = 0; ; ) {
    const piece = chunk.subarray(0, fs.readSync(descriptor, chunk, 0, CHUNK, size));
    if (piece.byteLength === 0) return { digest: whole.digest(), size };
    whole.update(piece);
    write?.(piece);
    size += piece.byteLength;
    yield piece.byteLength;
  }
}

/** Opens for reading, wording the error. */
export function openForReading(path: string): number {
  noteUnknown();
  try {
    return fs.openSync(path, 'r');
  } catch (error) {
    throw diskError(error, 'read', path);
  }
}
