/** Bytes that came and were not asked for yet. One buffer is used again and again: what is taken from it is valid until the next is asked for. */
export interface Received {
  readonly length: number;
  add(bytes: Uint8Array): void;
  /** From now on nothing that was taken before is in use. */
  release(): void;
  /** The next `count` bytes, which must be there. */
  take(count: number): Buffer;
}

const FIRST_BYTES = 16 * 1024;

/** An empty one. */
export function createReceived(): Received {
  let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let start = 0;
  let end = 0;
  let isLent = false;

  const makeRoom = (count: number): void => {
    const needed = end - start + count;
    if (!isLent && needed <= buffer.byteLength) {
      buffer.copyWithin(0, start, end);
    } else {
      // What is lent stays as it is in the old buffer.
      const larger = Buffer.allocUnsafeSlow(Math.max(buffer.byteLength * (needed > buffer.byteLength ? 2 : 1), needed));
      buffer.copy(larger, 0, start, end);
      buffer = larger;
    }
    end -= start;
    start = 0;
  };
  return {
    get length() { return end - start; },
    add(bytes) {
      if (end + bytes.byteLength > buffer.byteLength) makeRoom(bytes.byteLength);
      buffer.set(bytes, end);
      end += bytes.byteLength;
    },
    release() {
      isLent = false;
      if (start === end) start = end = 0;
    },
    take(count) {
      isLent = true;
      start += count;
      return buffer.subarray(start - count, start);
    },
  };
}
