import type { BatchOptions, Jobs } from './batch.ts';
import type { Disk } from './disk.ts';
import { makeFolders } from './folders.ts';
import { listNames } from './read.ts';
import { runBatch } from './run-batch.ts';
import type { StoredHow, StoreJob, StoreRules } from './store-work.ts';
export type { StoredHow, StoreJob };

export interface StoreOptions extends BatchOptions, StoreRules {}

/** Row i belongs to the i-th file; it has a digest or an error. */
export interface Stored {
  readonly digests: readonly (string | undefined)[];
  readonly sizes: readonly (number | undefined)[];
  readonly how: readonly (StoredHow | undefined)[];
  readonly errors: ReadonlyMap<number, Error>;
}

/** Puts files into an object store under their hash, reading each once. An object appears whole, read-only, under its name, or not at all. */
export async function storeFiles(disk: Disk, files: Jobs<StoreJob>, options: StoreOptions): Promise<Stored> {
  const { name, folder, how, links, linkBefore, shared = false, ...rest } = options;
  makeFolders(disk, folder, shared ? 0o2775 : undefined);
  const settings = { name, folder, how, links, linkBefore, shared, found: namesIn(folder) };
  const { results, errors } = await runBatch('store', files, { ...rest, disk, settings, sizeOf: (row) => files.at(row)?.size ?? 0 });
  return { digests: results.map((one) => one?.digest), sizes: results.map((one) => one?.size), how: results.map((one) => one?.how), errors };
}

/** A folder that may be entered and not listed is as good. */
function namesIn(folder: string): ReadonlySet<string> | undefined {
  try {
    return new Set(listNames(folder));
  } catch {
    return undefined;
  }
}
