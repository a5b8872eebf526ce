import type { BatchOptions, Jobs } from './batch.ts';
import type { Disk, FileLink } from './disk.ts';
import type { PlaceJob, PlaceRules } from './place-work.ts';
import { followFile } from './read.ts';
import { runBatch } from './run-batch.ts';
export type { PlaceJob };

export interface PlaceOptions extends BatchOptions, PlaceRules {}

/** Row i belongs to the i-th job; it has a way or an error. */
export interface Placed {
  readonly how: readonly (FileLink | 'copy' | undefined)[];
  readonly errors: ReadonlyMap<number, Error>;
}

/** Brings files from the cache to the workspace, each in one step: a reader sees the old file or the whole new one. */
export async function placeFiles(disk: Disk, jobs: Jobs<PlaceJob>, options: PlaceOptions): Promise<Placed> {
  const { root, links, shared = false, unfinished, ...rest } = options;
  // Links move no bytes (whether a reflink works is not known yet), and very many files go to the workers whatever their sizes.
  const movesBytes = (links[0] === 'copy' || links[0] === 'reflink') && jobs.length < 20_000;
  const sizeOf = (row: number): number => (movesBytes ? (followFile(jobs.at(row)?.from ?? '')?.size ?? 0) : 0);
  const { results: how, errors } = await runBatch('place', jobs, { ...rest, disk, settings: { root, links, shared, unfinished }, sizeOf });
  return { how, errors };
}
