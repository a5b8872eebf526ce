import { type BatchOptions, runHere, type Work } from './batch.ts';
import type { FileHash } from './hasher.ts';
import { hashContent } from './hash-content.ts';
import { nodeDisk } from './node.ts';

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
export async function hashFiles(paths: readonly string[], options: HashOptions): Promise<Hashed> {
  const { results: digests, errors } = await runHere(paths, hashWork(nodeDisk, { name: options.name }), options);
  return { digests, errors };
}

export const hashWork: Work<{ readonly name: FileHash }, string, string> = (_disk, { name }) =>
  function* (path) {
    return yield* hashContent(path, name);
  };
