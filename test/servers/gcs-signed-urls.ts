import { createHash, verify } from 'node:crypto';
import { serviceAccountKey } from './google-tokens.ts';
import { findObject, GcsRefusal, insertObject } from './gcs-objects.ts';
import type { GcsCall, GcsContext, GcsReply } from './gcs-service.ts';

/** A URL signed by version 4 (https://cloud.google.com/storage/docs/authentication/signatures): checked anew from what arrived. */
export function handleSignedUrl({ buckets }: GcsContext, { method, path, query, headers, body }: GcsCall): GcsReply {
  const signature = Buffer.from(query.get('X-Goog-Signature') ?? '', 'hex');
  const time = query.get('X-Goog-Date') ?? '';
  const signed = [...query].filter(([key]) => key !== 'X-Goog-Signature').map(([key, value]) => `${encode(key)}=${encode(value)}`).sort().join('&');
  const names = (query.get('X-Goog-SignedHeaders') ?? '').split(';');
  const request = [method, path, signed, ...names.map((name) => `${name}:${String(headers[name])}`), '', names.join(';'), 'UNSIGNED-PAYLOAD'].join('\n');
  const [, ...scope] = (query.get('X-Goog-Credential') ?? '').split('/');
  const text = [query.get('X-Goog-Algorithm'), time, scope.join('/'), createHash('sha256').update(request).digest('hex')].join('\n');
  if (!verify('RSA-SHA256', Buffer.from(text), serviceAccountKey, signature)) throw new GcsRefusal(403, 'SignatureDoesNotMatch', 'Access denied.');
  const start = Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(start + Number(query.get('X-Goog-Expires')) * 1000 > Date.now())) throw new GcsRefusal(400, 'ExpiredToken', 'The provided token has expired.');
  const [, bucketName = '', ...rest] = path.split('/').map(decodeURIComponent);
  const bucket = buckets.get(bucketName);
  if (!bucket) throw new GcsRefusal(404, 'NoSuchBucket', 'The specified bucket does not exist.');
  const name = rest.join('/');
  if (method === 'GET') return { status: 200, body: findObject(bucket, name, null).bytes };
  insertObject(bucket, { name }, { bytes: body, ifGenerationMatch: null });
  return { status: 200 };
}

const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
