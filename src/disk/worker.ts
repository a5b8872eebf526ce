import { parentPort, workerData } from 'node:worker_threads';
import type { Work } from './batch.ts';
import { createBatchHasher } from './batch-hasher.ts';
import { addTo, type Done, portable, type PortableError, STOP, type Task, type WorkerSettings } from './messages.ts';
import { nodeDisk } from './node.ts';
import { RowsRun } from './rows.ts';
import { WORKS } from './works.ts';

const { name, settings, control } = workerData as WorkerSettings;
/** A worker tells of so much at once. */
const TOLD = { files: 64, bytes: 1024 * 1024 };
// Workers are started for much.
const hasher = createBatchHasher({ worth: 0 });
const work = (WORKS[name] as unknown as Work<unknown, unknown, unknown>)(nodeDisk, settings, hasher);

let sizes: ArrayLike<number> = [];
let rows: unknown[] = [];
let failures: [number, PortableError][] = [];
let [files, bytes] = [0, 0];
const run = new RowsRun<unknown, unknown>({
  work, hasher,
  sizeOf: (row) => sizes[row],
  done: (row, result) => {
    rows[row] = result;
    files += 1;
  },
  failed: (row, error) => {
    failures.push([row, portable(error)]);
    files += 1;
  },
});

parentPort?.on('message', (task: Task<unknown>) => parentPort?.postMessage(runTask(task)));

function runTask(task: Task<unknown>): Done<unknown> {
  sizes = task.sizes;
  rows = Array.from<unknown>({ length: task.jobs.length }).fill(null);
  failures = [];
  for (const count of run.of(task.jobs)) {
    if (isStopped()) break;
    bytes += count;
    if (bytes >= TOLD.bytes || files >= TOLD.files) tell();
  }
  tell();
  return { rows, failed: failures };
}

function tell(): void {
  addTo(control, files, bytes);
  files = bytes = 0;
}

function isStopped(): boolean {
  return Atomics.load(control, STOP) === 1n;
}
