import { createBatchHasher } from '../disk/batch-hasher.ts';
import { LandingHasher, type LandingMessage, type OnPiece } from '../disk/landing-hasher.ts';
import type { Landing } from '../http/transport.ts';
import type { QuickPieces } from '../storage/quick.ts';

/** As much of an object lies in one place. What is larger is stored piece by piece, and one is hashed while the next comes. */
export const PLACE = 1024 * 1024;
/** Of what does not land, and is copied to be hashed beside others. */
const COPIED = { most: PLACE, bytes: 4 * 1024 * 1024 };
/** Landed objects that are hashed together at most. */
const TOGETHER = 8;
/** Turns of the event loop in which others may end. */
const PATIENCE = 3;

export interface ArrivalsOptions<One> {
  /** Of all that land at the same time. */
  readonly bytes: number;
  /** Begins to store what is larger than a place. Undefined: it is left alone. */
  begin(one: One, size: number): QuickPieces | undefined;
  /** Told of each. Its bytes are the caller's until it returns. */
  finish(arrived: Arrived<One>): void;
  /** Of what lands, as it comes; less than nothing where it came to nothing. */
  onBytes(bytes: number): void;
}
export interface Arrived<One> {
  readonly one: One;
  readonly size: number;
  readonly md5: string;
  /** All of its bytes, or those that `pieces` does not have. */
  readonly bytes: Uint8Array;
  readonly pieces?: QuickPieces | undefined;
  /** Bytes that were told of. */
  readonly told: number;
}
/** Objects on their way, until each is whole and hashed, beside others where there are some. */
export interface Arrivals<One> {
  /** Where an object of so many bytes may come; undefined where there is no place for it. */
  land(one: One, size: number): Landing | undefined;
  /** All of one has come: where it has landed, or, up to the size of a place, in memory from which it is copied. */
  take(one: One, body: Uint8Array | Landing): void;
  /** Hashes and tells of all who wait. */
  settle(): void;
  /** Nobody wants those who wait. */
  drop(): void;
}

export function createArrivals<One>({ bytes, begin, finish, onBytes }: ArrivalsOptions<One>): Arrivals<One> {
  const small = createBatchHasher({ room: COPIED });
  let copied: { readonly one: One; readonly bytes: Uint8Array; readonly taken: number }[] = [];
  const hasher = new LandingHasher({ bytes: bytes + 2 * PLACE, place: PLACE });
  let landed: Arrival<One>[] = [];

  const settleCopied = (): void => {
    small.settle();
    for (const { one, bytes, taken } of copied) finish({ one, size: bytes.byteLength, md5: small.digestOf(taken), bytes, told: 0 });
    copied = [];
    small.clear();
  };
  const settleLanded = (): void => {
    const those = landed;
    landed = [];
    const digests = hasher.digests(those.map(({ message }) => message));
    for (const [index, arrival] of those.entries()) {
      finish(arrival.arrived(digests[index] ?? ''));
      arrival.message.leave();
    }
  };
  /** Those who have come by then are hashed together; where nothing else comes nobody waits for long. */
  const look = (those: typeof landed, turns: number): void => {
    if (those !== landed) return;
    if (turns === 0) settleLanded();
    else setImmediate(look, those, turns - 1);
  };
  const placeFor = (size: number, onPiece: OnPiece): LandingMessage | undefined => {
    const message = hasher.open(size, onPiece);
    if (message !== undefined || landed.length === 0) return message;
    settleLanded();
    return hasher.open(size, onPiece);
  };
  return {
    land(one, size) {
      let pieces: QuickPieces | undefined;
      const message = placeFor(size, (bytes) => { (pieces ??= begin(one, size) ?? NOWHERE).write(bytes); });
      return message && new Arrival(one, { message, pieces: () => pieces, onBytes });
    },
    take(one, body) {
      if (body instanceof Arrival) {
        landed.push(body.taken());
        if (landed.length >= TOGETHER) settleLanded();
        else if (landed.length === 1) look(landed, PATIENCE);
      } else if (body instanceof Uint8Array) {
        const memory = small.bytes(body.byteLength);
        memory.set(body);
        copied.push({ one, bytes: memory, taken: small.take(memory.byteLength) });
        if (!small.waits || small.isFull) settleCopied();
      }
    },
    settle() {
      settleCopied();
      settleLanded();
    },
    drop() {
      for (const arrival of landed) arrival.drop();
      copied = landed = [];
    },
  };
}

interface ArrivalParts {
  readonly message: LandingMessage;
  /** Where those of its bytes are that lie in no place any more. */
  pieces(): QuickPieces | undefined;
  onBytes(bytes: number): void;
}

/** An object that comes to a place in memory, and from there, where it is larger, to wherever it is stored. */
class Arrival<One> implements Landing {
  readonly message: LandingMessage;
  readonly #one: One;
  readonly #parts: ArrivalParts;
  #count = 0;
  #isOurs = true;

  constructor(one: One, parts: ArrivalParts) {
    this.#one = one;
    this.#parts = parts;
    this.message = parts.message;
  }

  memory(): Buffer {
    return this.message.room();
  }

  came(bytes: number, resume: () => void): boolean {
    this.#count += bytes;
    this.#parts.onBytes(bytes);
    return this.message.came(bytes, resume);
  }

  leave(): void {
    if (this.#isOurs) this.drop();
  }

  /** It waits to be finished. */
  taken(): this {
    this.#isOurs = false;
    return this;
  }

  arrived(md5: string): Arrived<One> {
    return { one: this.#one, size: this.#count, md5, bytes: this.message.rest(), pieces: this.#parts.pieces(), told: this.#count };
  }

  drop(): void {
    this.#isOurs = false;
    this.message.leave();
    this.#parts.pieces()?.drop();
    this.#parts.onBytes(-this.#count);
  }
}

/** For what could not be begun. */
const NOWHERE: QuickPieces = { write: () => undefined, end: (told) => { told(false); }, drop: () => undefined };
