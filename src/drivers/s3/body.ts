import { hash, createHash } from 'node:crypto';
import type { HttpBody } from '../../http/transport.ts';
import { bodyOf, bytesBody } from '../../storage/request-body.ts';
import type { Session } from './session.ts';
import { UNSIGNED_PAYLOAD } from './sigv4.ts';

export { bodyOf, bytesBody };

/** Up to this size the bytes in memory are signed where TLS does not protect them: 0.5 ms at most. */
const SIGNED_BYTES = 1024 * 1024;

/**
 * The hash that the signature covers. Over TLS the bytes are protected already and stay unsigned; over plain http small bodies in memory are
 * signed. `payload_signing_enabled` signs all, at the price of reading a streamed source twice.
 */
export async function payloadHash(body: HttpBody, session: Session): Promise<string> {
  if (body.bytes) return bytesHash(body.bytes, session);
  if (!signsAll(session)) return UNSIGNED_PAYLOAD;
  const sum = createHash('sha256');
  for await (const chunk of body.open()) sum.update(chunk);
  return sum.digest('hex');
}

/** The same of a body in memory. */
export function bytesHash(bytes: Uint8Array, session: Session): string {
  return signsAll(session) || (!session.client.isSecure() && bytes.byteLength <= SIGNED_BYTES) ? hash('sha256', bytes, 'hex') : UNSIGNED_PAYLOAD;
}

const signsAll = ({ client, options }: Session): boolean => options.payload_signing_enabled === true || client.settings.transfer.payloadSigning;
