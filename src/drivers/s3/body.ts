import { hash, createHash } from 'node:crypto';
import { readFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { HttpBody } from '../../http/transport.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Source } from '../../storage/source.ts';
import type { Session } from './session.ts';
import { UNSIGNED_PAYLOAD } from './sigv4.ts';

/** A file up to this size is read at once, so that header and body leave in one write. */
const SMALL_FILE_BYTES = 256 * 1024;
/** Up to this size the bytes in memory are signed where TLS does not protect them: 0.5 ms at most. */
const SIGNED_BYTES = 1024 * 1024;

/** A source as the body of a request, in memory where that is cheap. */
export function bodyOf(source: Source, size: number, options: CallOptions): HttpBody {
  const bytes = bytesOf(source, size);
  return bytes ? bytesBody(bytes) : { size, open: () => source.open(options) };
}

function bytesOf({ origin }: Source, size: number): Uint8Array | undefined {
  if (origin?.kind === 'memory') return requireSize(origin.bytes, size, 'the source');
  if (origin?.kind !== 'file' || size > SMALL_FILE_BYTES) return undefined;
  const bytes = readFile(origin.path);
  if (!bytes) throw new TowlineError('NOT_FOUND', `'${origin.path}' is no longer there`, { context: { side: 'source' } });
  return requireSize(bytes, size, `'${origin.path}'`);
}

function requireSize(bytes: Uint8Array, size: number, name: string): Uint8Array {
  if (bytes.byteLength === size) return bytes;
  throw new TowlineError('CORRUPT', `${name}: ${bytes.byteLength} bytes were found where ${size} were expected`, { hint: 'It changed while it was read: try again.', context: { side: 'source' } });
}

/**
 * The hash that the signature covers. Over TLS the bytes are protected already and stay unsigned; over plain http small bodies in memory are
 * signed. `payload_signing_enabled` signs all, at the price of reading a streamed source twice.
 */
export async function payloadHash(body: HttpBody, { client, options }: Session): Promise<string> {
  const signsAll = options.payload_signing_enabled === true || client.settings.transfer.payloadSigning;
  if (body.bytes) return signsAll || (!client.isSecure() && body.bytes.byteLength <= SIGNED_BYTES) ? hash('sha256', body.bytes, 'hex') : UNSIGNED_PAYLOAD;
  if (!signsAll) return UNSIGNED_PAYLOAD;
  const sum = createHash('sha256');
  for await (const chunk of body.open()) sum.update(chunk);
  return sum.digest('hex');
}

/** A body of text that we made ourselves. */
export const bytesBody = (bytes: Uint8Array): HttpBody => ({ size: bytes.byteLength, bytes, open: async function* () { yield bytes; } });
