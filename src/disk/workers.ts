import type { Worker } from 'node:worker_threads';
import type { TowlineError } from '../errors.ts';
import { type BatchOptions, type Begin, fail, jobAt, type Jobs, type Outcome, throwIfStopped } from './batch.ts';
import type { BatchHasher } from './batch-hasher.ts';
import { endsBatch } from './errors.ts';
import { addTo, BYTES, type Done, FILES, revive, STOP, type Task, type WorkerSettings } from './messages.ts';
import { startThread } from './thread.ts';
import { workBeside } from './work-beside.ts';
import type { JobOf, ResultOf, SettingsOf, WorkName } from './works.ts';

/** What is given to whom. */
export interface WorkersGiven<R> {
  /** Rows, each unit for one worker at a time. */
  readonly units: readonly (readonly number[])[];
  /** The bytes to be read for each row. */
  readonly sizes: ArrayLike<number>;
  /** How many workers. */
  readonly count: number;
  readonly onDone?: ((row: number, result: R) => void) | undefined;
}
export interface WorkersOptions<K extends WorkName> extends Omit<BatchOptions, 'processors'>, WorkersGiven<ResultOf<K>> {
  readonly settings: SettingsOf<K>;
  /** Begins the work on this thread, which does its share then. Without it, nothing is done here but handing out and gathering. */
  readonly here?: ((hasher: BatchHasher) => Begin<JobOf<K>, ResultOf<K>>) | undefined;
}

/** While a worker works on one unit the next is there already. */
const AHEAD = 2;
const REPORT_MILLISECONDS = 100;

/** Works off the rows in worker threads, which do synchronous calls. Undefined where no thread can be started. */
export async function runInWorkers<K extends WorkName>(name: K, jobs: Jobs<JobOf<K>>, { settings, units, sizes, count, here, signal, onAdvance, onDone }: WorkersOptions<K>): Promise<Outcome<ResultOf<K>> | undefined> {
  throwIfStopped(signal);
  const control = new BigInt64Array(new SharedArrayBuffer(24));
  const data: WorkerSettings = { name, settings, control };
  const stop = (): void => void Atomics.store(control, STOP, 1n);
  const results = Array.from<ResultOf<K> | undefined>({ length: jobs.length });
  const errors = new Map<number, Error>();
  let fatal: Error | undefined;
  const done = (row: number, result: ResultOf<K>): void => {
    results[row] = result;
    onDone?.(row, result);
  };
  const failed = (row: number, error: TowlineError): void => {
    errors.set(row, error);
    if (!endsBatch(error)) return;
    fatal ??= error;
    stop();
  };
  const take = (unit: readonly number[], { rows, failed: failures }: Done<ResultOf<K>>): void => {
    for (const [at, row] of unit.entries()) {
      const result = rows[at] ?? undefined;
      if (result !== undefined) done(row, result);
    }
    for (const [at, error] of failures) failed(unit[at] ?? -1, revive(error));
  };
  const waiting = units[Symbol.iterator]();
  const isStopped = (): boolean => Atomics.load(control, STOP) === 1n;
  const next = (): readonly number[] | undefined => (isStopped() ? undefined : waiting.next().value);
  const taskOf = (unit: readonly number[]): Task<JobOf<K>> => ({ jobs: unit.map((row) => jobAt(jobs, row)), sizes: Float64Array.from(unit, (row) => sizes[row] ?? 0) });
  const report = createReport(control, onAdvance);
  const timer = setInterval(report, REPORT_MILLISECONDS);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const workers = (await Promise.all(Array.from({ length: count }, async () => await startThread('worker', data)))).filter((worker) => worker !== undefined);
    if (workers.length === 0) return undefined;
    const fed = workers.map(async (worker) => { await feedWorker(worker, { next, taskOf, take, stop }); });
    if (here !== undefined) {
      const tell = (files: number, bytes: number): void => { addTo(control, files, bytes); };
      fed.push(workBeside(jobs, here, { sizes, shared: { next, isStopped, done, failed, tell } }).catch((error: unknown) => { stop(); throw error; }));
    }
    await Promise.all(fed);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
  }
  throwIfStopped(signal);
  if (fatal !== undefined) fail(errors, results, fatal);
  report();
  return { results, errors };
}

interface Exchange<J, R> {
  next(): readonly number[] | undefined;
  taskOf(unit: readonly number[]): Task<J>;
  /** What came of a unit. */
  take(unit: readonly number[], done: Done<R>): void;
  stop(): void;
}

/** Feeds one worker, and ends it when nothing is left; rejects with what a worker cannot put down to a row. */
async function feedWorker<J, R>(worker: Worker, exchange: Exchange<J, R>): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      const given: (readonly number[])[] = [];
      const feed = (): void => {
        while (given.length < AHEAD) {
          const unit = exchange.next();
          if (unit === undefined) break;
          given.push(unit);
          worker.postMessage(exchange.taskOf(unit));
        }
        if (given.length === 0) resolve();
      };
      worker.on('message', (done: Done<R>) => {
        // A worker answers in turn.
        exchange.take(given.shift() ?? [], done);
        feed();
      });
      worker.once('error', reject);
      worker.once('exit', (code) => { reject(new Error(`a worker thread ended with code ${code}`)); });
      feed();
    });
  } catch (error) {
    exchange.stop();
    throw error;
  } finally {
    await worker.terminate();
  }
}

function createReport(control: BigInt64Array, onAdvance: BatchOptions['onAdvance']): () => void {
  let files = 0;
  let bytes = 0;
  return () => {
    const now = { files: Number(Atomics.load(control, FILES)), bytes: Number(Atomics.load(control, BYTES)) };
    if (now.files > files || now.bytes > bytes) onAdvance?.(now.files - files, now.bytes - bytes);
    ({ files, bytes } = now);
  };
}
