import { setImmediate as breathe } from 'node:timers/promises';
import { TowlineError } from '../errors.ts';
import type { Disk } from './disk.ts';
import { endsBatch } from './errors.ts';

/** What every batch takes. */
export interface BatchOptions {
  /** Processor cores it may use. */
  readonly processors: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of what was done since the last time it was told. */
  readonly onAdvance?: ((files: number, bytes: number) => void) | undefined;
}
/** The work on one row, in steps that tell the bytes done, so that it can be watched and stopped between any two. */
export type Steps<R> = Generator<number, R, void>;
/** One kind of work on rows. What it learns on the way (which links work, which folders are there) lives until the batch ends. */
export type Work<S, J, R> = (disk: Disk, settings: S) => (job: J) => Steps<R>;

/** One result or error for each row. */
export interface Outcome<R> {
  readonly results: readonly (R | undefined)[];
  readonly errors: ReadonlyMap<number, Error>;
}

const BREATH_BYTES = 4 * 1024 * 1024;
const BREATH_FILES = 64;

/** Works off the rows on this thread, letting others run every few milliseconds. A row that fails does not stop the rest, a full disk does. */
export async function runHere<J, R>(jobs: readonly J[], step: (job: J) => Steps<R>, { signal, onAdvance }: Omit<BatchOptions, 'processors'>): Promise<Outcome<R>> {
  const results: (R | undefined)[] = new Array<undefined>(jobs.length).fill(undefined);
  const errors = new Map<number, Error>();
  let files = 0;
  let bytes = 0;
  const pause = async (): Promise<void> => {
    onAdvance?.(files, bytes);
    files = bytes = 0;
    await breathe();
    if (signal?.aborted === true) throw aborted(signal);
  };
  if (signal?.aborted === true) throw aborted(signal);
  for (const [row, job] of jobs.entries()) {
    const steps = step(job);
    try {
      for (let next = steps.next(); ; next = steps.next()) {
        if (next.done === true) {
          results[row] = next.value;
          break;
        }
        bytes += next.value;
        if (bytes >= BREATH_BYTES) await pause();
      }
    } catch (error) {
      const kept = rowError(error);
      errors.set(row, kept);
      if (endsBatch(kept)) {
        for (let rest = row + 1; rest < jobs.length; rest += 1) errors.set(rest, kept);
        break;
      }
    } finally {
      // Runs what the row has in its own `finally` when we were stopped in the middle of it.
      steps.return(undefined as R);
    }
    files += 1;
    if (files >= BREATH_FILES) await pause();
  }
  onAdvance?.(files, bytes);
  return { results, errors };
}

/** Passes on what is not the row's own fault: a bug, a crash, being stopped. */
export function rowError(error: unknown): Error {
  if (error instanceof TowlineError && error.code !== 'ABORTED') return error;
  throw error;
}

export function aborted(signal: AbortSignal): TowlineError {
  return new TowlineError('ABORTED', 'stopped', { cause: signal.reason });
}
