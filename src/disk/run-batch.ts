import { type BatchOptions, type Begin, type Jobs, type Outcome, type Work } from './batch.ts';
import type { BatchHasher } from './batch-hasher.ts';
import type { Disk } from './disk.ts';
import { nodeDisk } from './node.ts';
import { WIDTH } from './rows.ts';
import { runHere } from './run-here.ts';
import { type BusyMs, runOnSlowDisk, sizesOf } from './slow-disk.ts';
import { noteUnknown } from './watch.ts';
import { runInWorkers, type WorkersGiven } from './workers.ts';
import { type JobOf, type ResultOf, type SettingsOf, WORKS, type WorkName } from './works.ts';

export interface RunOptions<K extends WorkName> extends BatchOptions {
  readonly disk: Disk;
  readonly settings: SettingsOf<K>;
  /** The bytes to be read for a row, as far as known. */
  readonly sizeOf: (row: number) => number;
  /** Told of each row that is done, soon after. */
  readonly onDone?: ((row: number, result: ResultOf<K>) => void) | undefined;
  readonly busyMs?: BusyMs;
}

/** Below this a batch is done before the workers have started, which takes 25 ms and more. */
const WORKERS_FROM = { files: 20_000, bytes: 256 * 1024 * 1024 };
/** Rows that one worker takes at once. */
const UNIT = { files: 512, bytes: 16 * 1024 * 1024 };
/** A row of so many bytes is long. */
const LONG = 1024 * 1024;
const MOST_WORKERS = 8;

/** Works off the rows here or, when they are many, in worker threads as well; the outcome is the same. Only the real disk can be had in a thread. */
export async function runBatch<K extends WorkName>(name: K, jobs: Jobs<JobOf<K>>, options: RunOptions<K>): Promise<Outcome<ResultOf<K>>> {
  if (jobs.length > 0) noteUnknown();
  const { disk, settings, sizeOf, processors, busyMs, ...rest } = options;
  const work = WORKS[name] as unknown as Work<SettingsOf<K>, JobOf<K>, ResultOf<K>>;
  const begin = (hasher: BatchHasher): Begin<JobOf<K>, ResultOf<K>> => work(disk, settings, hasher);
  if (disk !== nodeDisk) return await runHere(jobs, begin, rest);
  const inWorkers = async (some: Jobs<JobOf<K>>, given: WorkersGiven<ResultOf<K>>): Promise<Outcome<ResultOf<K>> | undefined> => await runInWorkers(name, some, { ...rest, ...given, settings, here: begin });
  // On one core nobody has to know the sizes of all before it begins.
  const sizes = processors > 1 ? sizesOf(jobs.length, sizeOf) : undefined;
  if (sizes) {
    const { units, bytes } = cut(sizes, Math.min(processors, MOST_WORKERS));
    const count = Math.min(processors, MOST_WORKERS, units.length);
    const isMuch = count > 1 && (jobs.length > WORKERS_FROM.files || bytes > WORKERS_FROM.bytes);
    const done = isMuch ? await inWorkers(jobs, { sizes, units: units.map(({ rows }) => rows), count: count - 1 }) : undefined;
    if (done) return done;
  }
  const here = async (some: Jobs<JobOf<K>>, given: Pick<typeof rest, 'onDone'> = {}): Promise<Outcome<ResultOf<K>>> => await runHere(some, begin, { ...rest, ...given });
  return (await runOnSlowDisk(jobs, { here, inWorkers, sizeOf: sizes ? (row) => sizes[row] ?? 0 : sizeOf, onDone: rest.onDone, busyMs })) ?? (await here(jobs));
}

/** Rows for one worker. */
export interface Unit {
  readonly rows: readonly number[];
  readonly bytes: number;
}

/** Cuts the rows into units for so many workers, the largest first: the last to be taken should be small. Long rows come together, as they are hashed beside each other. */
export function cut(sizes: ArrayLike<number>, workers: number): { readonly units: readonly Unit[]; readonly bytes: number } {
  const size = (row: number): number => sizes[row] ?? 0;
  const [long, short]: [number[], number[]] = [[], []];
  for (let row = 0; row < sizes.length; row += 1) (size(row) >= LONG ? long : short).push(row);
  const fair = Math.ceil(long.length / workers);
  // The fewer units, the longer the others wait for who takes the last one: eight are better than four only where there are some units for each.
  const beside = Math.min(fair, Math.max(WIDTH / 2, Math.min(WIDTH, Math.ceil(fair / 3))));
  const units = [
    ...unitsOf(long.sort((a, b) => size(b) - size(a)), size, (count, bytes) => bytes >= UNIT.bytes && count >= beside),
    ...unitsOf(short, size, (count, bytes) => count >= UNIT.files || bytes >= UNIT.bytes),
  ];
  return { units: units.sort((a, b) => b.bytes - a.bytes), bytes: units.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function unitsOf(rows: readonly number[], size: (row: number) => number, isFull: (count: number, bytes: number) => boolean): Unit[] {
  const units: Unit[] = [];
  let start = 0;
  let bytes = 0;
  for (let end = 1; end <= rows.length; end += 1) {
    bytes += size(rows[end - 1] ?? 0);
    if (end < rows.length && !isFull(end - start, bytes)) continue;
    units.push({ rows: rows.slice(start, end), bytes });
    start = end;
    bytes = 0;
  }
  return units;
}
