import * as fs from 'node:fs';
import { type Steps, WAITS } from './batch.ts';
import type { BunchHasher } from './bunch-hasher.ts';
import { diskError } from './errors.ts';
import { createHasher, type FileHash } from './hasher.ts';

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
  /** Takes the file when it is small; it may have to wait for others. */
  readonly hasher?: BunchHasher | undefined;
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
export function* hashOpenFile(descriptor: number, name: FileHash, { hasher, size, write }: HashFileOptions = {}): Steps<Hashed> {
  if (hasher === undefined) return yield* hashPieces(descriptor, name, { write });
  const count = hasher.read(descriptor, size);
  if (count > hasher.most || name !== 'md5' || write !== undefined) return yield* hashPieces(descriptor, name, { head: hasher.bytes(count), write });
  const taken = hasher.take(count);
  if (hasher.waits) yield WAITS;
  yield count;
  return { digest: hasher.digestOf(taken), size: count };
}

/** One piece after the other; `head` was read already. */
function* hashPieces(descriptor: number, name: FileHash, { head = chunk.subarray(0, 0), write }: { readonly head?: Uint8Array; readonly write?: HashFileOptions['write'] }): Steps<Hashed> {
  const whole = createHasher(name);
  let size = 0;
  for (let piece = head; ; piece = chunk.subarray(0, fs.readSync(descriptor, chunk, 0, CHUNK, size))) {
    if (piece.byteLength === 0 && piece !== head) return { digest: whole.digest(), size };
    whole.update(piece);
    write?.(piece);
    size += piece.byteLength;
    yield piece.byteLength;
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
