import { type BunchHasher, oneByOne } from './bunch-hasher.ts';
import { type BunchRoom, LaneBunch } from './lane-bunch.ts';
import { createStreamHasher, type StreamHasher } from './stream-hasher.ts';

/** Before so much was hashed the machine code is not worth the 20 ms it takes to make. */
const WORTH = 16 * 1024 * 1024;

/** What a batch hashes with. */
export interface BatchHasher extends BunchHasher {
  /** For the md5 of a file of so many bytes that is not small, when it is to go beside others (BESIDE). */
  beside(size: number): StreamHasher | undefined;
}

export interface BatchHasherOptions {
  /** So many bytes are hashed one by one at first; default 16 MiB. */
  readonly worth?: number;
  readonly room?: BunchRoom;
}

/** One by one at first; several at once when much comes. */
export function createBatchHasher({ worth = WORTH, room }: BatchHasherOptions = {}): BatchHasher {
  let engine = oneByOne();
  let bytesLeft = worth;
  return {
    get most() { return engine.most; },
    read: (descriptor, size) => engine.read(descriptor, size),
    bytes: (count) => engine.bytes(count),
    get isFull() { return engine.isFull || bytesLeft <= 0; },
    get waits() { return engine.waits; },
    take(count) {
      bytesLeft -= count;
      return engine.take(count);
    },
    beside(size) {
      bytesLeft -= size;
      return bytesLeft > 0 && bytesLeft < Infinity ? undefined : createStreamHasher();
    },
    digestOf: (taken) => engine.digestOf(taken),
    settle: () => engine.settle(),
    clear() {
      engine.clear();
      if (bytesLeft > 0) return;
      engine = LaneBunch.create(room) ?? engine;
      bytesLeft = Infinity;
    },
  };
}
