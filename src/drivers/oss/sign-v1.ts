import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { KeyCredentials } from '../../http/login.ts';
import { encodeQuery, type Header, type Query } from './request.ts';
import { byText, type Signable, type Signer } from './signer.ts';

/** Parameters that are part of the resource, of those this driver sends. The others are not signed by V1. */
const SIGNED: ReadonlySet<string> = new Set(['continuation-token', 'delete', 'partNumber', 'security-token', 'uploadId', 'uploads', 'versionId', 'versioning', 'versions']);

/** Signs by HMAC-SHA1 (https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header). */
export function createV1Signer(): Signer {
  const keyOf = createKeys();
  const signatureOf = (request: Signable, date: string | number, credentials: KeyCredentials): string => signatureV1(request, date, keyOf(credentials));
  return {
    sign(request, credentials, now) {
      // Not 'date': that one is the transport's, and intermediaries rewrite it.
      const date = new Date(now).toUTCString();
      const headers: Header[] = [...request.headers, ['x-oss-date', date]];
      if (credentials.sessionToken !== undefined) headers.push(['x-oss-security-token', credentials.sessionToken]);
      headers.push(['authorization', `OSS ${credentials.accessKeyId}:${signatureOf({ ...request, headers }, date, credentials)}`]);
      return headers;
    },
    presign(request, credentials, { now, expiresInSeconds }) {
      const expires = Math.floor(now / 1000) + expiresInSeconds;
      const query: Query = { ...request.query, 'security-token': credentials.sessionToken };
      return encodeQuery({ ...query, OSSAccessKeyId: credentials.accessKeyId, Expires: expires, Signature: signatureOf({ ...request, query }, expires, credentials) });
    },
  };
}

/** The signature of a request; `date` is when it is made, or when a URL ends. */
export function signatureV1({ method, headers, ...resource }: Signable, date: string | number, key: KeyObject): string {
  const value = (name: string): string => headers.find(([other]) => other === name)?.[1] ?? '';
  const text = `${method}\n${value('content-md5')}\n${value('content-type')}\n${date}\n${canonicalHeaders(headers)}${canonicalResource(resource)}`;
  return createHmac('sha1', key).update(text).digest('base64');
}

function canonicalHeaders(headers: readonly Header[]): string {
  return headers.filter(([name]) => name.startsWith('x-oss-')).toSorted((a, b) => byText(a[0], b[0])).map(([name, value]) => `${name}:${value.trim()}\n`).join('');
}

/** Not encoded: the service signs what it has decoded. */
function canonicalResource({ bucket, key = '', query }: Pick<Signable, 'bucket' | 'key' | 'query'>): string {
  const signed = Object.entries(query).filter(([name, value]) => value !== undefined && SIGNED.has(name)).sort((a, b) => byText(a[0], b[0]));
  const text = signed.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&');
  return `/${bucket}/${key}${text === '' ? '' : `?${text}`}`;
}

function createKeys(): (credentials: KeyCredentials) => KeyObject {
  let of: KeyCredentials | undefined;
  let key: KeyObject | undefined;
  return (credentials) => {
    if (key === undefined || credentials !== of) {
      key = createSecretKey(Buffer.from(credentials.secretAccessKey));
      of = credentials;
    }
    return key;
  };
}
