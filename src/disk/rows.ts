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
/** Long rows beside each other: as many messages as are hashed at once. */
export const WIDTH = 4;

/** Works off rows in their order; those whose hash is made with others' end a little later, together, and long ones go beside each other. Tells the bytes done, at least once for each row, so that it can be watched and stopped. */
export function* runRows<J, R>(jobs: Jobs<J>, given: RowsOptions<J, R>): Generator<number, void> {
  const queue = createQueue(jobs.length);
  const options = { ...given, queue };
  const { work, hasher, sizeOf } = options;
  const waiting: Row<R>[] = [];
  const long: Row<R>[] = [];
  try {
    for (let row = queue.next(); row !== undefined; row = queue.next()) {
      const one = { row, steps: work(jobAt(jobs, row), sizeOf?.(row)) };
      waiting.push(one);
      let bytes = step(one, options);
      for (; bytes >= 0; bytes = step(one, options)) yield bytes;
      if (bytes !== WAITS) waiting.pop();
      if (bytes === BESIDE) long.push(one);
      // What the others have open is closed when they have ended; where that is nothing, somebody else has it.
      const isOut = bytes === OUT_OF_FILES;
      if (isOut && waiting.length === 0 && long.length === 0) pause();
      if (hasher.isFull || isOut || queue.isEmpty()) {
        hasher.settle();
        for (const other of waiting) for (bytes = step(other, options); bytes >= 0; bytes = step(other, options)) yield bytes;
        waiting.length = 0;
        hasher.clear();
      }
      while (long.length >= (isOut || queue.isEmpty() ? 1 : WIDTH)) yield* stepEach(long, options);
      yield 0;
    }
  } finally {
    for (const { steps } of [...waiting, ...long]) close(steps);
  }
}

/** The rows to begin with: each once, but one that could open no more files again. */
interface Queue {
  next(): number | undefined;
  isEmpty(): boolean;
  /** False when it was tried often enough. */
  again(row: number): boolean;
}

const MOST_TRIES = 200;
const PAUSE_MILLISECONDS = 10;
const pause = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);

function createQueue(length: number): Queue {
  let begun = 0;
  const back: number[] = [];
  const tries = new Map<number, number>();
  return {
    next() {
      const row = back.shift() ?? begun;
      if (row === begun) begun += 1;
      return row < length ? row : undefined;
    },
    isEmpty: () => back.length === 0 && begun >= length,
    again(row) {
      const count = (tries.get(row) ?? 0) + 1;
      tries.set(row, count);
      if (count > MOST_TRIES) return false;
      back.push(row);
      return true;
    },
  };
}

type StepOptions<R> = Pick<RowsOptions<never, R>, 'done' | 'failed'> & { readonly queue: Queue };

/** One step of each; those that have ended are taken out. */
function* stepEach<R>(rows: Row<R>[], options: StepOptions<R>): Generator<number, void> {
  for (const one of [...rows]) {
    const bytes = step(one, options);
    if (bytes === ENDED || bytes === OUT_OF_FILES) rows.splice(rows.indexOf(one), 1);
    else if (bytes >= 0) yield bytes;
  }
}

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
