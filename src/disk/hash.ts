import type { BatchOptions, Jobs } from './batch.ts';
import type { FileHash } from './hasher.ts';
import { nodeDisk } from './node.ts';
import { followFile } from './read.ts';
import { runBatch } from './run-batch.ts';

/** Row i belongs to the i-th path; it has a digest or an error. */
export interface Hashed {
  readonly digests: readonly (string | undefined)[];
  readonly errors: ReadonlyMap<number, Error>;
}
export interface HashOptions extends BatchOptions {
  readonly name: FileHash;
  /** The sizes where they are known (from a scan), so that nobody asks for them again. */
  readonly sizes?: ArrayLike<number>;
}

/** The hashes of many files. */
export async function hashFiles(paths: Jobs<string>, { name, sizes, ...options }: HashOptions): Promise<Hashed> {
  const sizeOf = (row: number): number => (sizes ? sizes[row] : followFile(paths.at(row) ?? '')?.size) ?? 0;
  const { results: digests, errors } = await runBatch('hash', paths, { ...options, disk: nodeDisk, settings: { name }, sizeOf });
  return { digests, errors };
}
