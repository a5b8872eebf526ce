import type { AnswerHead } from './answer-head.ts';
import type { BodySink, Release } from './body-queue.ts';
import type { Connection, Served } from './connection.ts';
import type { ConnectionPool, Waiter } from './connection-pool.ts';
import { onAbort } from './on-abort.ts';
import { smallHead } from './request-head.ts';
import type { Landing, SmallRequest, SmallRequests } from './transport.ts';

/** What is gathered of one answer: who does not know how large an object is asks for few bytes in all. */
const MOST_BYTES = 1024 * 1024;
/** What comes in one read needs no memory of its own. */
const ONE_READ = 64 * 1024;
const EMPTY = new Uint8Array(0);
/** Connections found dead by one request. */
const MAX_STALE = 4;

/** Sends them with no promise for each: one answer calls for the next request. Resolves when all have been answered, or the signal has fired; rejects with what `next` throws. */
export function sendSmall({ origin, next, room, signal }: SmallRequests, pool: ConnectionPool, onAnswer?: (underWay: number) => void): Promise<void> {
  const running = new Set<SmallExchange>();
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      for (const exchange of running) exchange.giveUp();
      running.clear();
      ignore?.();
      resolve();
    };
    const begin = (idle: SmallExchange | undefined): boolean => {
      const request = signal?.aborted === true ? undefined : next();
      if (request === undefined) return false;
      const head = smallHead(request, origin.host);
      const exchange = idle ?? new SmallExchange(pool, (done) => {
        onAnswer?.(running.size);
        running.delete(done);
        goOn(done);
      });
      running.add(exchange);
      exchange.begin(request, head);
      return true;
    };
    const goOn = (idle: SmallExchange | undefined): void => {
      try {
        for (let free = idle; running.size < Math.max(1, room()) && begin(free); free = undefined);
      } catch (error) {
        reject(error as Error);
        giveUp();
      }
      if (running.size === 0) giveUp();
    };
    const ignore = signal && onAbort(signal, giveUp);
    goOn(undefined);
  });
}

/** One request after the other, each on whatever connection is free. */
class SmallExchange implements Served, Waiter, BodySink {
  readonly #pool: ConnectionPool;
  readonly #onDone: (exchange: SmallExchange) => void;
  #request: SmallRequest | undefined;
  #requestHead = '';
  #connection: Connection | undefined;
  #tries = 0;
  #head: AnswerHead | undefined;
  #size: number | undefined;
  /** What has come of a body in pieces, in memory that serves the next one again. */
  #kept: Uint8Array | undefined;
  /** Or where it lands. */
  #landing: Landing | undefined;
  #memory: Uint8Array = EMPTY;
  #count = 0;
  #turn = 0;
  readonly #resume = (): void => { this.#connection?.resume(); };

  constructor(pool: ConnectionPool, onDone: (exchange: SmallExchange) => void) {
    this.#pool = pool;
    this.#onDone = onDone;
  }

  get method(): string {
    return this.#request?.method ?? '';
  }

  begin(request: SmallRequest, head: string): void {
    this.#request = request;
    this.#requestHead = head;
    this.#tries = 1;
    this.#pool.acquire(this);
  }

  giveUp(): void {
    this.#request = undefined;
    this.#pool.forget(this);
    this.#connection?.destroy();
    this.#landing?.leave();
    this.#landing = undefined;
  }

  onConnection(connection: Connection): void {
    const request = this.#request;
    if (request === undefined) return;
    this.#connection = connection;
    this.#head = undefined;
    this.#kept = undefined;
    this.#count = 0;
    this.#turn += 1;
    connection.begin(this);
    connection.isSending = false;
    connection.write(this.#requestHead, request.body);
  }

  onRefused(): void {
    this.#answer(undefined);
    this.#done();
  }

  onNews(): void {
    // Nothing waits for it.
  }

  onAnswer(head: AnswerHead, size: number | undefined): BodySink {
    this.#head = head;
    this.#size = size;
    if (size !== undefined && size > ONE_READ && head.status === 200) this.#landing = this.#request?.land?.(size);
    if (size !== undefined && size > MOST_BYTES && this.#landing === undefined) this.#leave();
    return this;
  }

  push(chunk: Uint8Array, release?: Release): boolean {
    const { byteLength } = chunk;
    const before = this.#count;
    this.#count += byteLength;
    let takesMore = true;
    if (this.#landing) takesMore = this.#land(this.#landing, chunk);
    else if (byteLength === this.#size) this.#answer(this.#head, chunk);
    else if (this.#size !== undefined && this.#size <= MOST_BYTES) {
      this.#kept ??= this.#room(this.#size);
      this.#kept.set(chunk, before);
    } else if (before <= MOST_BYTES && this.#count > MOST_BYTES) this.#leave();
    release?.();
    return takesMore;
  }

  memory(): Buffer | undefined {
    return this.#landing?.memory();
  }

  /** What was not read to its place is copied there. */
  #land(landing: Landing, chunk: Uint8Array): boolean {
    let takesMore = true;
    for (let at = 0; at < chunk.byteLength; ) {
      const memory = landing.memory();
      const count = Math.min(memory.byteLength, chunk.byteLength - at);
      const isThere = memory.buffer === chunk.buffer && memory.byteOffset === chunk.byteOffset + at;
      if (!isThere) memory.set(chunk.subarray(at, at + count));
      takesMore = landing.came(count, this.#resume);
      at += count;
    }
    return takesMore;
  }

  #room(size: number): Uint8Array {
    if (this.#memory.byteLength < size) this.#memory = new Uint8Array(size);
    return this.#memory.subarray(0, size);
  }

  end(): void {
    // What comes next says it, too.
  }

  onEnd(): void {
    this.#connection = undefined;
    this.#answer(this.#head, this.#count === this.#size ? (this.#landing ?? this.#kept ?? (this.#count === 0 ? EMPTY : undefined)) : undefined);
    this.#done();
  }

  onFailure(_error: unknown, isStale: boolean): void {
    this.#connection = undefined;
    if (isStale && this.#request !== undefined && this.#tries < MAX_STALE) {
      this.#tries += 1;
      this.#pool.dropIdle();
      this.#pool.acquire(this);
      return;
    }
    this.#answer(undefined);
    this.#done();
  }

  /** Ends a connection that brings too much; not at once, because it is being read from. */
  #leave(): void {
    const connection = this.#connection;
    const turn = this.#turn;
    setImmediate(() => {
      if (this.#connection === connection && this.#turn === turn) connection?.abandon();
    });
  }

  /** Tells it once. */
  #answer(head: AnswerHead | undefined, body?: Uint8Array | Landing): void {
    const [request, landing] = [this.#request, this.#landing];
    this.#request = this.#landing = undefined;
    request?.take(head, body);
    landing?.leave();
  }

  #done(): void {
    this.#onDone(this);
  }
}
