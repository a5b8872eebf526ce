import type { TowlineError } from '../errors.ts';
import { type Begin, close, jobAt, type Jobs, rowError, type Steps } from './batch.ts';
import type { BunchHasher } from './bunch-hasher.ts';

export interface RowsOptions<J, R> {
  readonly work: Begin<J, R>;
  readonly sizeOf?: ((row: number) => number | undefined) | undefined;
  /** What the rows wait for. */
  readonly hasher: BunchHasher;
  done(row: number, result: R): void;
  failed(row: number, error: TowlineError): void;
}
interface Row<R> {
  readonly row: number;
  readonly steps: Steps<R>;
}

/** A row has ended. */
const ENDED = -2;

/** Works off rows in their order; those whose hash is made with others' end a little later, together. Tells the bytes done, at least once for each row, so that it can be watched and stopped. */
export function* runRows<J, R>(jobs: Jobs<J>, options: RowsOptions<J, R>): Generator<number, void> {
  const { work, hasher, sizeOf } = options;
  const waiting: Row<R>[] = [];
  try {
    for (let row = 0; row < jobs.length; row += 1) {
      const one = { row, steps: work(jobAt(jobs, row), sizeOf?.(row)) };
      waiting.push(one);
      let bytes = step(one, options);
      for (; bytes >= 0; bytes = step(one, options)) yield bytes;
      if (bytes === ENDED) waiting.pop();
      if (hasher.isFull || row === jobs.length - 1) {
        hasher.settle();
        for (const other of waiting) for (bytes = step(other, options); bytes >= 0; bytes = step(other, options)) yield bytes;
        waiting.length = 0;
        hasher.clear();
      }
      yield 0;
    }
  } finally {
    for (const { steps } of waiting) close(steps);
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
