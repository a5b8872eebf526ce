import { type BunchHasher, oneByOne } from './bunch-hasher.ts';
import { LaneBunch } from './lane-bunch.ts';

/** Before so much was hashed the machine code is not worth the 20 ms it takes to make. */
const WORTH = 16 * 1024 * 1024;

/** One by one at first; several at once when much comes. */
export function createBunchHasher(worth = WORTH): BunchHasher {
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
    digestOf: (taken) => engine.digestOf(taken),
    settle: () => engine.settle(),
    clear() {
      engine.clear();
      if (bytesLeft > 0) return;
      engine = LaneBunch.create() ?? engine;
      bytesLeft = Infinity;
    },
  };
}
