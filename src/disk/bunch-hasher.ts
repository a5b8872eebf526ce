import { hash } from 'node:crypto';
import { readHead } from './read-head.ts';

/** The md5 of many small files. Where it is faster they are hashed several at once: their rows wait for each other. */
export interface BunchHasher {
  /** A file of so many bytes is small. */
  readonly most: number;
  /** Reads a file to where there is room, and tells the bytes: more than `most` when it is not small. Where its size is known, nobody asks for what comes after. */
  read(descriptor: number, size?: number): number;
  /** The bytes that were just read, so many. Of a file that was taken they stay until its row ends. */
  bytes(count: number): Buffer;
  /** Takes the small file that was just read, of so many bytes. Gives the number to ask for its digest by. */
  take(count: number): number;
  /** The digest is there at once, or when whoever took the file has waited (WAITS). */
  readonly waits: boolean;
  digestOf(taken: number): string;
  /** Whether nothing more can be taken before those who wait have ended. */
  readonly isFull: boolean;
  /** Makes the digests of all who wait. */
  settle(): void;
  /** Told when all who waited have ended. */
  clear(): void;
}

const MOST = 1024 * 1024;

/** Each file by OpenSSL, as soon as it is read. */
export function oneByOne(): BunchHasher {
  // Its own: another batch of this thread may run while a row of this one takes a breath.
  const room = Buffer.allocUnsafeSlow(MOST + 1);
  let digest = '';
  return {
    most: MOST,
    read: (descriptor, size) => readHead(descriptor, { into: room, start: 0, length: MOST + 1, size }),
    bytes: (count) => room.subarray(0, count),
    waits: false,
    take(count) {
      digest = hash('md5', room.subarray(0, count));
      return 0;
    },
    digestOf: () => digest,
    isFull: false,
    settle: () => undefined,
    clear: () => undefined,
  };
}
