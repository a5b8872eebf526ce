import { type BatchOptions, runHere } from './batch.ts';
import type { Disk, FileLink } from './disk.ts';
import { placeWork } from './place-work.ts';

/** Brings the object `from` to the name `to`, replacing a file or link there. */
export interface PlaceJob {
  readonly from: string;
  readonly to: string;
  /** Adds the owner's x bit. Such a file is copied where links would share it with the object. */
  readonly executable?: boolean;
}
export interface PlaceOptions extends BatchOptions {
  /** No file gets outside of this folder, whatever symbolic links are in it. */
  readonly root: string;
  /** Types of link, tried in order: the next one where the file system refuses one. */
  readonly links: readonly (FileLink | 'copy')[];
  /** `cache.shared = group`: copies get mode 0664. */
  readonly shared?: boolean;
}
/** Row i belongs to the i-th job; it has a way or an error. */
export interface Placed {
  readonly how: readonly (FileLink | 'copy' | undefined)[];
  readonly errors: ReadonlyMap<number, Error>;
}

/** Brings files from the cache to the workspace, each in one step: a reader sees the old file or the whole new one. */
export async function placeFiles(disk: Disk, jobs: readonly PlaceJob[], options: PlaceOptions): Promise<Placed> {
  const { root, links, shared = false } = options;
  const { results: how, errors } = await runHere(jobs, placeWork(disk, { root, links, shared }), options);
  return { how, errors };
}
