import { openRange } from '../disk/open-range.ts';
import type { Source } from './source.ts';

/** A file of this machine as a source: `size` is what the caller saw; a file that has grown since gives more and is refused. */
export function fromFile(path: string, size: number): Source {
  return {
    size,
    origin: { kind: 'file', path },
    open: (options) => openRange(path, { ...options, end: options?.end ?? Infinity }),
  };
}
