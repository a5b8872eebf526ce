import type { TowlineError } from '../errors.ts';
import { BESIDE, type Begin, close, jobAt, type Jobs, rowError, type Steps, WAITS } from './batch.ts';
import type { BatchHasher } from './batch-hasher.ts';
import { isOutOfFiles } from './errors.ts';

export interface RowsOptions<J, R> {
  readonly work: Begin<J, R>;
  readonly sizeOf?: ((row: number) => number | undefined) | undefined;
  /** What the rows wait for. */
  readonly hasher: BatchHasher;
  done(row: number, result: R): void;
  failed(row: number, error: TowlineError): void;
}
interface Row<R> {
  readonly row: number;
  readonly steps: Steps<R>;
}

/** A row has ended. */
const ENDED = -3;
/** A row could open no more files; it comes again. */
const OUT_OF_FILES = -4;
const GATHERS = -1;
/** Long rows beside each other: as many messages as are hashed at once, at most. */
export const WIDTH = 8;

/** Works off rows in their order; those whose hash is made with others' end a little later, together, and long ones go beside each other. Tells the bytes done, at least once for each row, so that it can be watched and stopped. */
export function runRows<J, R>(jobs: Jobs<J>, options: RowsOptions<J, R>): IterableIterator<number> {
  return new RowsRun(options).of(jobs);
}

/** Stands still between any two steps. A plain object that is used again for the next rows, no generator: the engine needs a fifth of the time to compile it, which is as much as 10,000 small files take. */
export class RowsRun<J, R> implements IterableIterator<number> {
  readonly #options: StepOptions<R> & RowsOptions<J, R>;
  readonly #queue = new Queue();
  readonly #told = { done: false, value: 0 };
  #jobs: Jobs<J> = [];
  /** The row that has just begun. */
  #begun: Row<R> | undefined;
  /** Rows whose hash is made with others'. */
  readonly #waiting: Row<R>[] = [];
  /** How many of them have ended since their hashes were made; GATHERS while there is room for more. */
  #ended = GATHERS;
  readonly #long: Row<R>[] = [];
  /** Which of the long ones has its turn. */
  #turn = 0;
  /** A row could open no more files: others end before the next begins. */
  #isOut = false;

  constructor({ work, sizeOf, hasher, done, failed }: RowsOptions<J, R>) {
    this.#options = { work, sizeOf, hasher, done, failed, queue: this.#queue };
  }

  /** Begins with other rows; those before have ended, or were given up. */
  of(jobs: Jobs<J>): this {
    this.#jobs = jobs;
    this.#queue.fill(jobs.length);
    return this;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<number, undefined> {
    try {
      const bytes = this.#advance();
      if (bytes < 0) return { done: true, value: undefined };
      this.#told.value = bytes;
      return this.#told as IteratorYieldResult<number>;
    } catch (error) {
      this.return();
      throw error;
    }
  }

  return(): IteratorResult<number, undefined> {
    for (const { steps } of [...(this.#begun ? [this.#begun] : []), ...this.#waiting, ...this.#long]) close(steps);
    this.#begun = undefined;
    this.#waiting.length = this.#long.length = 0;
    this.#ended = GATHERS;
    this.#options.hasher.clear();
    return { done: true, value: undefined };
  }

  /** The bytes of the next step that has some, or of a row that has ended with none; negative when all rows have. */
  #advance(): number {
    for (;;) {
      let bytes: number;
      if (this.#begun !== undefined) bytes = this.#goOn(this.#begun);
      else if (this.#ended !== GATHERS) bytes = this.#endWaiting(this.#ended);
      else if (this.#long.length >= (this.#isOut || this.#queue.isEmpty ? 1 : WIDTH)) bytes = this.#stepLong();
      else if (!this.#begin()) return ENDED;
      else continue;
      if (bytes >= 0) return bytes;
    }
  }

  #begin(): boolean {
    const { work, sizeOf } = this.#options;
    this.#isOut = false;
    const row = this.#queue.next();
    if (row === undefined) return false;
    this.#begun = { row, steps: work(jobAt(this.#jobs, row), sizeOf?.(row)) };
    return true;
  }

  #goOn(one: Row<R>): number {
    const { hasher } = this.#options;
    const bytes = step(one, this.#options);
    if (bytes >= 0) return bytes;
    this.#begun = undefined;
    if (bytes === WAITS) this.#waiting.push(one);
    if (bytes === BESIDE) this.#long.push(one);
    this.#isOut = bytes === OUT_OF_FILES;
    // What the others have open is closed when they have ended; where that is nothing, somebody else has it.
    if (this.#isOut && this.#waiting.length === 0 && this.#long.length === 0) pause();
    if (hasher.isFull || this.#isOut || this.#queue.isEmpty) {
      hasher.settle();
      this.#ended = 0;
    }
    return 0;
  }

  #endWaiting(at: number): number {
    const one = this.#waiting[at];
    if (one === undefined) {
      this.#waiting.length = 0;
      this.#options.hasher.clear();
      this.#ended = GATHERS;
      return ENDED;
    }
    const bytes = step(one, this.#options);
    if (bytes < 0) this.#ended = at + 1;
    return bytes;
  }

  #stepLong(): number {
    if (this.#turn >= this.#long.length) this.#turn = 0;
    const one = this.#long[this.#turn];
    const bytes = one === undefined ? ENDED : step(one, this.#options);
    if (bytes === ENDED || bytes === OUT_OF_FILES) this.#long.splice(this.#turn, 1);
    else this.#turn += 1;
    return bytes;
  }
}

const MOST_TRIES = 200;
const PAUSE_MILLISECONDS = 10;
const pause = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);

/** The rows to begin with: each once, but one that could open no more files again. */
class Queue {
  #length = 0;
  #begun = 0;
  readonly #back: number[] = [];
  readonly #tries = new Map<number, number>();

  fill(length: number): void {
    this.#length = length;
    this.#begun = 0;
    this.#back.length = 0;
    this.#tries.clear();
  }

  get isEmpty(): boolean {
    return this.#back.length === 0 && this.#begun >= this.#length;
  }

  next(): number | undefined {
    const row = this.#back.shift() ?? this.#begun;
    if (row === this.#begun) this.#begun += 1;
    return row < this.#length ? row : undefined;
  }

  /** False when it was tried often enough. */
  again(row: number): boolean {
    const count = (this.#tries.get(row) ?? 0) + 1;
    this.#tries.set(row, count);
    if (count > MOST_TRIES) return false;
    this.#back.push(row);
    return true;
  }
}

type StepOptions<R> = Pick<RowsOptions<never, R>, 'done' | 'failed'> & { readonly queue: Queue };

/** The bytes done, or why there are none. */
function step<R>({ row, steps }: Row<R>, { done, failed, queue }: StepOptions<R>): number {
  try {
    const next = steps.next();
    if (next.done !== true) return next.value;
    done(row, next.value);
  } catch (error) {
    if (isOutOfFiles(error) && queue.again(row)) return OUT_OF_FILES;
    failed(row, rowError(error));
  }
  return ENDED;
}
