import { setImmediate as breathe } from 'node:timers/promises';
import { fail, type Jobs, type Outcome } from './batch.ts';
import { endsBatch } from './errors.ts';
import type { WorkersGiven } from './workers.ts';

/** Milliseconds that this thread has been busy so far. */
export type BusyMs = () => number;

/** The two ways to do rows. */
interface Ways<J, R> {
  here(jobs: Jobs<J>, given: Pick<WorkersGiven<R>, 'onDone'>): Promise<Outcome<R>>;
  /** Undefined where no thread can be started. */
  inWorkers(jobs: Jobs<J>, given: WorkersGiven<R>): Promise<Outcome<R> | undefined>;
  /** The bytes to be read for a row, as far as known. */
  readonly sizeOf: (row: number) => number;
  readonly onDone: WorkersGiven<R>['onDone'];
  /** Lent by tests. */
  readonly busyMs: BusyMs | undefined;
}

/** Fewer rows are not worth it. */
const FEWEST = 256;
/** So many of them are done here to see whether they take long. */
const FIRST = 64;
/** Where a row takes so long, not counting so much for each MiB, the disk is what takes the time: what we do takes a tenth of it. */
const SLOW = { rowMs: 1, mebibyteMs: 10 };
/** Rows that a thread is given at once, and threads beside this one at most: one more for each millisecond. They wait, and need no core of their own, but each takes some 13 MB. */
const UNIT = 16;
const MOST_THREADS = 4;

/**
 * Where the disk is slow to answer (a network drive, whose every call is a way there and back) many threads do what one is quick enough for on others. Undefined for few rows,
 * of which nothing was done.
 */
export async function runOnSlowDisk<J, R>(jobs: Jobs<J>, { here, inWorkers, sizeOf, onDone, busyMs = () => performance.eventLoopUtilization().active }: Ways<J, R>): Promise<Outcome<R> | undefined> {
  if (jobs.length < FEWEST) return undefined;
  // Before its first turn the event loop counts nothing.
  await breathe();
  const begun = busyMs();
  const first = await here(part(jobs, 0, FIRST), { onDone });
  const mebibytes = sizesOf(FIRST, sizeOf).reduce((sum, size) => sum + size, 0) / 2 ** 20;
  const rowMs = (busyMs() - begun - mebibytes * SLOW.mebibyteMs) / FIRST;
  const fatal = [...first.errors.values()].find(endsBatch);
  if (fatal !== undefined) return ended(first, jobs.length, fatal);
  const others = part(jobs, FIRST, jobs.length);
  const given = { onDone: onDone && ((row: number, result: R) => { onDone(row + FIRST, result); }) };
  const isSlow = rowMs >= SLOW.rowMs;
  const then = (isSlow ? await inWorkers(others, { ...given, units: unitsOf(others.length), sizes: sizesOf(others.length, (row) => sizeOf(row + FIRST)), count: Math.min(MOST_THREADS, 1 + Math.round(rowMs)) }) : undefined) ?? (await here(others, given));
  return { results: [...first.results, ...then.results], errors: new Map([...first.errors, ...[...then.errors].map(([row, error]) => [row + FIRST, error] as const)]) };
}

/** The bytes to be read for each of so many rows. */
export function sizesOf(count: number, sizeOf: (row: number) => number): Float64Array {
  const sizes = new Float64Array(count);
  for (let row = 0; row < count; row += 1) sizes[row] = sizeOf(row);
  return sizes;
}

function unitsOf(count: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(count / UNIT) }, (_, unit) => Array.from({ length: Math.min(UNIT, count - unit * UNIT) }, (__, row) => unit * UNIT + row));
}

function part<J>(jobs: Jobs<J>, from: number, to: number): Jobs<J> {
  return { length: to - from, at: (row) => jobs.at(row + from) };
}

/** All that were not begun share the fate of the first. */
function ended<R>({ results, errors }: Outcome<R>, length: number, fatal: Error): Outcome<R> {
  const all = { results: Array.from<R | undefined>({ length }), errors: new Map(errors) };
  for (const [row, result] of results.entries()) all.results[row] = result;
  fail(all.errors, all.results, fatal);
  return all;
}
