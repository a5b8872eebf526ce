import { createHash } from 'node:crypto';
import { TowlineError } from '../../errors.ts';
import { encodeComponent, encodeKey } from '../../http/percent-encoding.ts';
import type { ServiceAccount } from '../../http/service-account.ts';

export interface Signable {
  readonly method: 'GET' | 'PUT';
  /** Without '/storage/v1': the other API answers signed URLs. */
  readonly base: string;
  readonly bucket: string;
  readonly name: string;
  readonly expiresInSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** https://cloud.google.com/storage/docs/access-control/signed-urls, 2026-11-21 */
const LONGEST_SECONDS = 604_800;

/** A URL that opens one object for a while, signed by version 4 with the key of a service account. */
export function presign(account: ServiceAccount, { method, base, bucket, name, expiresInSeconds, now }: Signable): string {
  if (!(expiresInSeconds >= 1 && expiresInSeconds <= LONGEST_SECONDS)) throw new TowlineError('INVALID_ARGUMENT', `A signed URL of Cloud Storage lives between 1 second and 7 days, not ${expiresInSeconds} seconds`);
  const { origin, host, pathname } = new URL(base);
  const path = `${pathname.replace(/\/$/, '')}/${encodeComponent(bucket)}/${encodeKey(name)}`;
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/auto/storage/goog4_request`;
  const query = Object.entries({
    'X-Goog-Algorithm': 'GOOG4-RSA-SHA256', 'X-Goog-Credential': `${account.email}/${scope}`, 'X-Goog-Date': time, 'X-Goog-Expires': String(Math.floor(expiresInSeconds)), 'X-Goog-SignedHeaders': 'host',
  }).map(([key, value]) => `${key}=${encodeComponent(value)}`).join('&');
  const request = [method, path, query, `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const signature = Buffer.from(account.sign(['GOOG4-RSA-SHA256', time, scope, createHash('sha256').update(request).digest('hex')].join('\n'))).toString('hex');
  return `${origin}${path}?${query}&X-Goog-Signature=${signature}`;
}
