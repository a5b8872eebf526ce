import type { TowlineError } from '../errors.ts';
import { BESIDE, type Begin, close, jobAt, type Jobs, rowError, type Steps, WAITS } from './batch.ts';
import type { BatchHasher } from './batch-hasher.ts';

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
/** Long rows beside each other: as many messages as are hashed at once. */
export const WIDTH = 4;

/** Works off rows in their order; those whose hash is made with others' end a little later, together, and long ones go beside each other. Tells the bytes done, at least once for each row, so that it can be watched and stopped. */
export function* runRows<J, R>(jobs: Jobs<J>, options: RowsOptions<J, R>): Generator<number, void> {
  const { work, hasher, sizeOf } = options;
  const waiting: Row<R>[] = [];
  const long: Row<R>[] = [];
  try {
    for (let row = 0; row < jobs.length; row += 1) {
      const one = { row, steps: work(jobAt(jobs, row), sizeOf?.(row)) };
      waiting.push(one);
      let bytes = step(one, options);
      for (; bytes >= 0; bytes = step(one, options)) yield bytes;
      if (bytes !== WAITS) waiting.pop();
      if (bytes === BESIDE) long.push(one);
      const isLast = row === jobs.length - 1;
      if (hasher.isFull || isLast) {
        hasher.settle();
        for (const other of waiting) for (bytes = step(other, options); bytes >= 0; bytes = step(other, options)) yield bytes;
        waiting.length = 0;
        hasher.clear();
      }
      while (long.length >= (isLast ? 1 : WIDTH)) yield* stepEach(long, options);
      yield 0;
    }
  } finally {
    for (const { steps } of [...waiting, ...long]) close(steps);
  }
}

/** One step of each; those that have ended are taken out. */
function* stepEach<R>(rows: Row<R>[], options: Pick<RowsOptions<never, R>, 'done' | 'failed'>): Generator<number, void> {
  for (const one of [...rows]) {
    const bytes = step(one, options);
    if (bytes === ENDED) rows.splice(rows.indexOf(one), 1);
    else if (bytes >= 0) yield bytes;
  }
}

/** The bytes done, or why there are none. */
function step<R>({ row, steps }: Row<R>, { done, failed }: Pick<RowsOptions<never, R>, 'done' | 'failed'>): number {
  try {
    const next = steps.next();
    if (next.done !== true) return next.value;
    done(row, next.value);
  } catch (error) {
    failed(row, rowError(error));
  }
  return ENDED;
}
