import { parentPort, workerData } from 'node:worker_threads';
import type { TowlineError } from '../errors.ts';
import type { Work } from './batch.ts';
import { createBatchHasher } from './batch-hasher.ts';
import { BYTES, type Done, FILES, portable, type PortableError, STOP, type Task, type WorkerSettings } from './messages.ts';
import { nodeDisk } from './node.ts';
import { runRows } from './rows.ts';
import { WORKS } from './works.ts';

const { name, settings, control } = workerData as WorkerSettings;
/** A worker tells of so much at once. */
const TOLD = { files: 64n, bytes: 1024 * 1024 };
// Workers are started for much.
const hasher = createBatchHasher({ worth: 0 });
const work = (WORKS[name] as unknown as Work<unknown, unknown, unknown>)(nodeDisk, settings, hasher);

parentPort?.on('message', (task: Task<unknown>) => parentPort?.postMessage(runTask(task)));

function runTask({ jobs, sizes }: Task<unknown>): Done<unknown> {
  const rows = Array.from<unknown>({ length: jobs.length }).fill(null);
  const failures: [number, PortableError][] = [];
  let files = 0n;
  let sum = 0;
  const done = (row: number, result: unknown): void => {
    rows[row] = result;
    files += 1n;
  };
  const failed = (row: number, error: TowlineError): void => {
    failures.push([row, portable(error)]);
    files += 1n;
  };
  const tell = (): void => {
    Atomics.add(control, FILES, files);
    Atomics.add(control, BYTES, BigInt(sum));
    files = 0n;
    sum = 0;
  };
  for (const bytes of runRows(jobs, { work, sizeOf: (row) => sizes[row], hasher, done, failed })) {
    if (isStopped()) break;
    sum += bytes;
    if (sum >= TOLD.bytes || files >= TOLD.files) tell();
  }
  tell();
  return { rows, failed: failures };
}

function isStopped(): boolean {
  return Atomics.load(control, STOP) === 1n;
}
