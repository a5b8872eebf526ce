import { readFile } from '../disk/read.ts';
import { TowlineError } from '../errors.ts';
import type { HttpBody } from '../http/transport.ts';
import type { CallOptions } from './call.ts';
import type { Source } from './source.ts';

/** A file up to this size is read at once, so that header and body leave in one write. */
const SMALL_FILE_BYTES = 256 * 1024;

/** A source as the body of a request, in memory where that is cheap. */
export function bodyOf(source: Source, size: number, options: CallOptions): HttpBody {
  const bytes = bytesOf(source, size);
  return bytes ? bytesBody(bytes) : { size, open: () => source.open(options) };
}

/** The bytes of a source that is in memory, or cheaply there. */
export function bytesOf({ origin }: Source, size: number): Uint8Array | undefined {
  if (origin?.kind === 'memory') return requireSize(origin.bytes, size, 'the source');
  if (origin?.kind !== 'file' || size > SMALL_FILE_BYTES) return undefined;
  const bytes = readFile(origin.path);
  if (!bytes) throw new TowlineError('NOT_FOUND', `'${origin.path}' is no longer there`, { context: { side: 'source' } });
  return requireSize(bytes, size, `'${origin.path}'`);
}

function requireSize(bytes: Uint8Array, size: number, name: string): Uint8Array {
  if (bytes.byteLength === size) return bytes;
  throw otherSize(name, bytes.byteLength, size);
}

/** The error of a source that gives another number of bytes than it said. */
export const otherSize = (name: string, found: number, size: number): TowlineError =>
  new TowlineError('CORRUPT', `${name}: ${found} bytes were found where ${size} were expected`, { hint: 'It changed while it was read: try again.', context: { side: 'source' } });

/** Bytes in memory as the body of a request. */
export const bytesBody = (bytes: Uint8Array): HttpBody => ({ size: bytes.byteLength, bytes, open: async function* () { yield bytes; } });
