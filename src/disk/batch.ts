import { TowlineError } from '../errors.ts';
import type { BatchHasher } from './batch-hasher.ts';
import type { Disk } from './disk.ts';

/** What every batch takes. */
export interface BatchOptions {
  /** Processor cores it may use. */
  readonly processors: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of what was done since the last time it was told. */
  readonly onAdvance?: ((files: number, bytes: number) => void) | undefined;
}
/** The work on one row, in steps that tell the bytes done, WAITS or BESIDE, so that it can be watched and stopped between any two. */
export type Steps<R> = Generator<number, R, void>;
/** A step that ends when the hasher has settled: others may begin meanwhile. Only for work that was given the hasher. */
export const WAITS = -1;
/** A step that tells of a long way: from here on the row goes beside others of its kind, step by step in turn, since several messages together are hashed faster. Only for work that was given the hasher. */
export const BESIDE = -2;
/** Begins the work on one row; the bytes to be read for it are told where they are known. */
export type Begin<J, R> = (job: J, size?: number) => Steps<R>;
/** One kind of work on rows. What it learns on the way (which links work, which folders are there) lives until the batch ends. */
export type Work<S, J, R> = (disk: Disk, settings: S, hasher: BatchHasher) => Begin<J, R>;

/** The jobs of a batch by row: an array, or what makes each when it is its turn, since those of a million files are 300 MB. */
export interface Jobs<J> {
  readonly length: number;
  at(row: number): J | undefined;
}

/** Jobs that are made of others, each when it is its turn. */
export function mapJobs<J, K>(jobs: Jobs<J>, make: (job: J) => K): Jobs<K> {
  return {
    length: jobs.length,
    at(row) {
      const job = jobs.at(row);
      return job === undefined ? undefined : make(job);
    },
  };
}

/** All jobs of several lists. */
export function joinJobs<J>(lists: readonly Jobs<J>[]): Jobs<J> {
  let length = 0;
  const starts = lists.map((list) => (length += list.length) - list.length);
  return {
    length,
    at(row) {
      // An empty list starts where the next one does, so the last that starts here is the one.
      const list = starts.findLastIndex((start) => start <= row);
      return lists[list]?.at(row - (starts[list] ?? 0));
    },
  };
}

/** One result or error for each row. */
export interface Outcome<R> {
  readonly results: readonly (R | undefined)[];
  readonly errors: ReadonlyMap<number, Error>;
}

/** A row that is asked for is below the length. */
export const jobAt = <J>(jobs: Jobs<J>, row: number): J => jobs.at(row) as J;

/** Gives the rows that have nothing yet the error that ends the batch. */
export function fail(errors: Map<number, Error>, results: readonly unknown[], error: Error): void {
  results.forEach((result, row) => {
    if (result === undefined && !errors.has(row)) errors.set(row, error);
  });
}

/** Runs what an unfinished row has in its own `finally`. */
export function close<R>(steps: Steps<R>): void {
  steps.return(undefined as R);
}

/** Passes on what is not the row's own fault: a bug, a crash, being stopped. */
export function rowError(error: unknown): TowlineError {
  if (error instanceof TowlineError && error.code !== 'ABORTED') return error;
  throw error;
}

/** Throws ABORTED when the caller has given up. */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new TowlineError('ABORTED', 'the work was given up by its caller', { cause: signal.reason });
}
