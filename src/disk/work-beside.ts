import { setImmediate as breathe } from 'node:timers/promises';
import type { TowlineError } from '../errors.ts';
import { type Begin, jobAt, type Jobs } from './batch.ts';
import { type BatchHasher, createBatchHasher } from './batch-hasher.ts';
import { RowsRun } from './rows.ts';

/** What this thread takes part in while others work on the same rows. */
export interface Shared<R> {
  /** Rows to do next; undefined when none are left or all is to stop. */
  next(): readonly number[] | undefined;
  isStopped(): boolean;
  done(row: number, result: R): void;
  failed(row: number, error: TowlineError): void;
  tell(files: number, bytes: number): void;
}

/** What goes on besides has its turn after so much work, which takes a few milliseconds: other threads wait for more. */
const BREATH = { files: 64, bytes: 2 * 1024 * 1024 };

/** Works on rows here until none are left: one engine less has to start, and to learn what is worth compiling. */
export async function workBeside<J, R>(jobs: Jobs<J>, begin: (hasher: BatchHasher) => Begin<J, R>, { sizes, shared }: { readonly sizes: ArrayLike<number>; readonly shared: Shared<R> }): Promise<void> {
  const hasher = createBatchHasher({ worth: 0 });
  let unit: readonly number[] = [];
  let [files, bytes] = [0, 0];
  const rowAt = (at: number): number => unit[at] ?? -1;
  const run = new RowsRun<J, R>({
    work: begin(hasher), hasher,
    sizeOf: (at) => sizes[rowAt(at)],
    done: (at, result) => { files += 1; shared.done(rowAt(at), result); },
    failed: (at, error) => { files += 1; shared.failed(rowAt(at), error); },
  });
  for (let next = shared.next(); next !== undefined; next = shared.next()) {
    unit = next;
    for (const count of run.of({ length: unit.length, at: (at) => jobAt(jobs, rowAt(at)) })) {
      bytes += count;
      if (bytes < BREATH.bytes && files < BREATH.files) continue;
      shared.tell(files, bytes);
      files = bytes = 0;
      await breathe();
      if (shared.isStopped()) return;
    }
  }
  shared.tell(files, bytes);
}
