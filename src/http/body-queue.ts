/** How a body is held back and let go. */
export interface BodyFlow {
  resume(): void;
  /** Ends the connection: what is left of the body is not wanted. */
  abandon(): void;
}
/** Given back when a chunk's life is over. */
export type Release = () => void;
/** Where a connection puts a body. */
export interface BodySink {
  /** Takes a chunk; false asks the connection to pause until `resume`. `release` is to be called when nobody reads it any more. */
  push(chunk: Uint8Array, release?: Release): boolean;
  /** Where the next bytes are to be read to; without it they come in memory of the connection's. */
  memory?(): Buffer | undefined;
  end(): void;
}

/** Bytes held for a reader that is slower than the network, before the connection is paused. */
const HIGH_WATER = 256 * 1024;
/** Below this it is cheaper to take the rest than to make a new connection. */
const WORTH_TAKING = 64 * 1024;

interface Held {
  readonly chunk: Uint8Array;
  readonly release: Release | undefined;
}
/** Small bodies share their memory, of so many bytes: 4 KiB by itself cost 2 us to make and as much to take away. Who keeps one keeps its neighbours. */
const SLAB = 64 * 1024;
let slab = new ArrayBuffer(0);
let used = 0;

function ownMemory(size: number): Uint8Array {
  if (size > SLAB / 8) return new Uint8Array(size);
  if (used + size > slab.byteLength) {
    slab = new ArrayBuffer(SLAB);
    used = 0;
  }
  used += size;
  return new Uint8Array(slab, used - size, size);
}

const OVER = { value: undefined, done: true } as const;

/** A body on its way from a connection, which pushes, to one reader, which pulls. */
export class BodyQueue implements BodySink, AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #flow: BodyFlow;
  /** Bytes still to come, where that is known. */
  #left: number | undefined;
  readonly #chunks: Held[] = [];
  #held = 0;
  #paused = false;
  #state: 'open' | 'ended' | 'left' | 'failed' = 'open';
  #failure: unknown;
  #isRead = false;
  #waiting: { readonly resolve: (result: IteratorResult<Uint8Array, undefined>) => void; readonly reject: (error: unknown) => void } | undefined;
  /** Of the chunk the reader works on. */
  #release: Release | undefined;

  constructor(flow: BodyFlow, size: number | undefined) {
    this.#flow = flow;
    this.#left = size;
  }

  push(chunk: Uint8Array, release?: Release): boolean {
    if (this.#left !== undefined) this.#left -= chunk.byteLength;
    if (this.#state !== 'open') {
      release?.();
      return true;
    }
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      this.#release = release;
      waiting.resolve({ value: chunk, done: false });
      return true;
    }
    this.#chunks.push({ chunk, release });
    this.#held += chunk.byteLength;
    this.#paused = this.#held >= HIGH_WATER;
    return !this.#paused;
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    // The connection goes on with something else: a resume would be about that.
    this.#paused = false;
    this.#waiting?.resolve(OVER);
    this.#waiting = undefined;
  }

  fail(error: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    this.#paused = false;
    this.#failure = error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** The reader has enough. A small rest is taken from the connection so that it can be used again; a large one ends it. */
  cancel(): void {
    if (this.#state === 'open') {
      this.#state = 'left';
      if (this.#left === undefined || this.#left > WORTH_TAKING) this.#flow.abandon();
      else if (this.#paused) this.#flow.resume();
      this.#waiting?.resolve(OVER);
      this.#waiting = undefined;
    } else if (this.#state === 'ended') this.#state = 'left';
    this.#letGo();
    for (const { release } of this.#chunks) release?.();
    this.#chunks.length = 0;
  }

  /** All of it, where it has ended and nobody has begun to read. */
  takeAll(): Uint8Array | undefined {
    if (this.#state !== 'ended' || this.#isRead) return undefined;
    const whole = ownMemory(this.#held);
    let at = 0;
    for (const { chunk } of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.byteLength;
    }
    this.cancel();
    return whole;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isRead = true;
    this.#letGo();
    const held = this.#chunks.shift();
    if (held) {
      this.#held -= held.chunk.byteLength;
      this.#release = held.release;
      if (this.#paused && this.#held < HIGH_WATER / 2) {
        this.#paused = false;
        this.#flow.resume();
      }
      return Promise.resolve({ value: held.chunk, done: false });
    }
    if (this.#state === 'failed') return Promise.reject(this.#failure as Error);
    if (this.#state !== 'open') return Promise.resolve(OVER);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.cancel();
    return Promise.resolve(OVER);
  }

  #letGo(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
