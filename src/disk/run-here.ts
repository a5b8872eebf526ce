import { setImmediate as breathe } from 'node:timers/promises';
import { type BatchOptions, type Begin, fail, type Jobs, type Outcome, throwIfStopped } from './batch.ts';
import { type BatchHasher, createBatchHasher } from './batch-hasher.ts';
import { endsBatch } from './errors.ts';
import { runRows } from './rows.ts';

/** Others run after so much work, which takes a few milliseconds. */
const BREATH = { files: 64, bytes: 4 * 1024 * 1024 };

interface HereOptions<R> extends Omit<BatchOptions, 'processors'> { readonly onDone?: ((row: number, result: R) => void) | undefined }

/** Works off the rows on this thread. A row that fails does not stop the rest; a full disk does. */
export async function runHere<J, R>(jobs: Jobs<J>, begin: (hasher: BatchHasher) => Begin<J, R>, { signal, onAdvance, onDone }: HereOptions<R>): Promise<Outcome<R>> {
  const results = Array.from<R | undefined>({ length: jobs.length });
  const errors = new Map<number, Error>();
  let fatal: Error | undefined;
  let files = 0;
  let bytes = 0;
  const done = (row: number, result: R): void => {
    results[row] = result;
    files += 1;
    onDone?.(row, result);
  };
  const failed = (row: number, error: Error): void => {
    errors.set(row, error);
    files += 1;
    if (endsBatch(error)) fatal ??= error;
  };
  throwIfStopped(signal);
  const hasher = createBatchHasher();
  for (const count of runRows(jobs, { work: begin(hasher), hasher, done, failed })) {
    bytes += count;
    if (fatal !== undefined) break;
    if (bytes < BREATH.bytes && files < BREATH.files) continue;
    onAdvance?.(files, bytes);
    files = bytes = 0;
    await breathe();
    throwIfStopped(signal);
  }
  if (fatal !== undefined) fail(errors, results, fatal);
  onAdvance?.(files, bytes);
  return { results, errors };
}
