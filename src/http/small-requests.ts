import type { AnswerHead } from './answer-head.ts';
import type { BodySink, Release } from './body-queue.ts';
import type { Connection, Served } from './connection.ts';
import type { ConnectionPool, Waiter } from './connection-pool.ts';
import { onAbort } from './on-abort.ts';

/** A request without a body, ready for the wire, that is answered by little. */
export interface SmallRequest {
  readonly method: string;
  readonly head: string;
  /**
   * Called once. `bytes` are all of the body, and the caller's until it returns; undefined where there are none, or too many, or of a length nobody told.
   * `status` is undefined where nobody answered. It must not throw.
   */
  take(status: number | undefined, bytes?: Uint8Array): void;
}
/** Many of them, to one origin. */
export interface SmallRequests {
  /** The next one; undefined when there is none any more. */
  next(): SmallRequest | undefined;
  /** How many at once, at the moment. */
  room(): number;
  /** When it fires no more are sent, and those under way are given up: they are not answered. */
  readonly signal?: AbortSignal | undefined;
}

/** What is gathered of one answer: who does not know how large an object is asks for few bytes in all. */
const MOST_BYTES = 1024 * 1024;
/** Connections found dead by one request. */
const MAX_STALE = 4;

/** Sends them with no promise for each: one answer calls for the next request. Resolves when all have been answered, or the signal has fired; rejects with what `next` throws. */
export function sendSmall({ next, room, signal }: SmallRequests, pool: ConnectionPool): Promise<void> {
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
      const exchange = idle ?? new SmallExchange(pool, (done) => {
        running.delete(done);
        goOn(done);
      });
      running.add(exchange);
      exchange.begin(request);
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
  #connection: Connection | undefined;
  #tries = 0;
  #status = 0;
  #size: number | undefined;
  /** What has come of a body in pieces. */
  #kept: Uint8Array | undefined;
  #count = 0;
  #turn = 0;

  constructor(pool: ConnectionPool, onDone: (exchange: SmallExchange) => void) {
    this.#pool = pool;
    this.#onDone = onDone;
  }

  get method(): string {
    return this.#request?.method ?? '';
  }

  begin(request: SmallRequest): void {
    this.#request = request;
    this.#tries = 1;
    this.#pool.acquire(this);
  }

  giveUp(): void {
    this.#request = undefined;
    this.#pool.forget(this);
    this.#connection?.destroy();
  }

  onConnection(connection: Connection): void {
    const request = this.#request;
    if (request === undefined) return;
    this.#connection = connection;
    this.#kept = undefined;
    this.#count = 0;
    this.#turn += 1;
    connection.begin(this);
    connection.isSending = false;
    connection.write(request.head);
  }

  onRefused(): void {
    this.#answer(undefined);
    this.#done();
  }

  onNews(): void {
    // Nothing waits for it.
  }

  onAnswer({ status }: AnswerHead, size: number | undefined): BodySink {
    this.#status = status;
    this.#size = size;
    if (size !== undefined && size > MOST_BYTES) this.#leave();
    return this;
  }

  push(chunk: Uint8Array, release?: Release): boolean {
    const { byteLength } = chunk;
    const before = this.#count;
    this.#count += byteLength;
    if (byteLength === this.#size) this.#answer(this.#status, chunk);
    else if (this.#size !== undefined && this.#size <= MOST_BYTES) {
      this.#kept ??= new Uint8Array(this.#size);
      this.#kept.set(chunk, before);
    } else if (before <= MOST_BYTES && this.#count > MOST_BYTES) this.#leave();
    release?.();
    return true;
  }

  end(): void {
    // What comes next says it, too.
  }

  onEnd(): void {
    this.#connection = undefined;
    this.#answer(this.#status, this.#count === this.#size ? (this.#kept ?? EMPTY) : undefined);
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
  #answer(status: number | undefined, bytes?: Uint8Array): void {
    const request = this.#request;
    this.#request = undefined;
    request?.take(status, bytes);
  }

  #done(): void {
    this.#onDone(this);
  }
}

const EMPTY = new Uint8Array(0);
