import { hash } from 'node:crypto';

/** The md5 of many small files. Where it is faster they are hashed several at once: their rows wait for each other. */
export interface BunchHasher {
  /** A file of so many bytes is small. */
  readonly most: number;
  /** Where the next file may be read: a small one and one byte more, so that it shows when it is not small. What was taken stays until its row ends. */
  readonly room: Buffer;
  /** Takes a small file of so many bytes that was read to where `room` begins. Gives the number to ask for its digest by. */
  take(size: number): number;
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
    room,
    waits: false,
    take(size) {
      digest = hash('md5', room.subarray(0, size));
      return 0;
    },
    digestOf: () => digest,
    isFull: false,
    settle: () => undefined,
    clear: () => undefined,
  };
}
