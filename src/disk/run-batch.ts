import { type BatchOptions, type Jobs, type Outcome, type Work } from './batch.ts';
import type { Disk } from './disk.ts';
import { nodeDisk } from './node.ts';
import { runHere } from './run-here.ts';
import { runInWorkers } from './workers.ts';
import { type JobOf, type ResultOf, type SettingsOf, WORKS, type WorkName } from './works.ts';

export interface RunOptions<K extends WorkName> extends BatchOptions {
  readonly disk: Disk;
  readonly settings: SettingsOf<K>;
  /** The bytes to be read for a row, as far as known. */
  readonly sizeOf: (row: number) => number;
}

/** Below this a batch is done before the workers have started, which takes 25 ms and more. */
const WORKERS_FROM = { files: 20_000, bytes: 256 * 1024 * 1024 };
/** Rows that one worker takes at once. */
const UNIT = { files: 512, bytes: 16 * 1024 * 1024 };
const MOST_WORKERS = 8;

/** Works off the rows here or, when they are many, in worker threads; the outcome is the same. Only the real disk can be had in a thread. */
export async function runBatch<K extends WorkName>(name: K, jobs: Jobs<JobOf<K>>, options: RunOptions<K>): Promise<Outcome<ResultOf<K>>> {
  const { disk, settings, sizeOf, processors, ...rest } = options;
  if (disk === nodeDisk && processors > 1) {
    const sizes = new Float64Array(jobs.length);
    for (let row = 0; row < sizes.length; row += 1) sizes[row] = sizeOf(row);
    const { units, bytes } = cut(sizes);
    const count = Math.min(processors, MOST_WORKERS, units.length);
    if (count > 1 && (jobs.length > WORKERS_FROM.files || bytes > WORKERS_FROM.bytes)) {
      return await runInWorkers(name, jobs, { ...rest, settings, units, sizes, count });
    }
  }
  const work = WORKS[name] as unknown as Work<SettingsOf<K>, JobOf<K>, ResultOf<K>>;
  return await runHere(jobs, (hasher) => work(disk, settings, hasher), rest);
}

/** Rows `[start, end)`. */
export interface Unit {
  readonly start: number;
  readonly end: number;
}

/** Cuts the rows into units, the largest first: the last to be taken should be small. */
export function cut(sizes: ArrayLike<number>): { readonly units: readonly Unit[]; readonly bytes: number } {
  const units: (Unit & { readonly bytes: number })[] = [];
  let all = 0;
  let start = 0;
  let bytes = 0;
  for (let row = 0; row < sizes.length; row += 1) {
    const size = sizes[row] ?? 0;
    all += size;
    bytes += size;
    if (row + 1 - start < UNIT.files && bytes < UNIT.bytes && row + 1 < sizes.length) continue;
    units.push({ start, end: row + 1, bytes });
    start = row + 1;
    bytes = 0;
  }
  return { units: units.sort((a, b) => b.bytes - a.bytes), bytes: all };
}
