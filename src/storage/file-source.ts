import { openRange } from '../disk/open-range.ts';
import { type CallOptions, throwIfAborted } from './call.ts';
import type { Source } from './source.ts';

/** A file of this machine as a source: `size` is what the caller saw; a file that has grown since gives more and is refused. */
export function fromFile(path: string, size: number): Source {
  return { size, origin: { kind: 'file', path }, open: (options = {}) => read(path, options) };
}

async function* read(path: string, { start = 0, end = Infinity, signal }: CallOptions & { readonly start?: number; readonly end?: number }): AsyncGenerator<Uint8Array> {
  throwIfAborted(signal);
  for await (const chunk of openRange(path, { start, end })) {
    yield chunk;
    throwIfAborted(signal);
  }
}
