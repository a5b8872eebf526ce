import type { Work } from './batch.ts';
import { hashContent } from './hash-content.ts';
import type { FileHash } from './hasher.ts';

/** The hash of one file after the other. */
export const hashWork: Work<{ readonly name: FileHash }, string, string> = (_disk, { name }, hasher) => (path, size) => hashContent(path, name, { hasher, size });
