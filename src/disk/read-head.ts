import * as fs from 'node:fs';

export interface HeadOptions {
  readonly into: Buffer;
  readonly start: number;
  /** What there is room for. */
  readonly length: number;
  /** The size of the file, where it is known: that many bytes are all. */
  readonly size?: number | undefined;
}

/** Reads a file from its beginning: whole, when it is smaller than the room, else as much as that takes. */
export function readHead(descriptor: number, { into, start, length, size }: HeadOptions): number {
  for (let done = 0; ; ) {
    const count = fs.readSync(descriptor, into, start + done, length - done, done);
    done += count;
    // Only a read that gives nothing is sure to be at the end: some network drives give less than was asked for.
    if (count === 0 || done === length || done === size) return done;
  }
}
