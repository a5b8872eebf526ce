import { parentPort, workerData } from 'node:worker_threads';
import { close, rowError, type Steps, type Work } from './batch.ts';
import { BYTES, type Done, FILES, portable, type PortableError, STOP, type Task, type WorkerSettings } from './messages.ts';
import { nodeDisk } from './node.ts';
import { WORKS } from './works.ts';

const { name, settings, control } = workerData as WorkerSettings;
const work = (WORKS[name] as unknown as Work<unknown, unknown, unknown>)(nodeDisk, settings);

parentPort?.on('message', (task: Task<unknown>) => parentPort?.postMessage(runTask(task)));

function runTask({ start, jobs }: Task<unknown>): Done<unknown> {
  const rows: unknown[] = [];
  const failed: [number, PortableError][] = [];
  for (const [row, job] of jobs.entries()) {
    if (isStopped()) break;
    try {
      rows.push(runRow(work(job)));
    } catch (error) {
      rows.push(null);
      failed.push([row, portable(rowError(error))]);
    }
    Atomics.add(control, FILES, 1n);
  }
  return { start, rows, failed };
}

function runRow(steps: Steps<unknown>): unknown {
  try {
    for (let next = steps.next(); ; next = steps.next()) {
      if (next.done === true) return next.value;
      Atomics.add(control, BYTES, BigInt(next.value));
      if (isStopped()) return null;
    }
  } finally {
    close(steps);
  }
}

function isStopped(): boolean {
  return Atomics.load(control, STOP) === 1n;
}
