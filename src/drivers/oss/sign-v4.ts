import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { KeyCredentials } from '../../http/login.ts';
import { encodeKey } from '../../http/percent-encoding.ts';
import { encodeQuery, type Header, type Query } from './request.ts';
import { byText, type Signable, type Signer } from './signer.ts';

const ALGORITHM = 'OSS4-HMAC-SHA256';
/** The only word that the service takes (2026-11-21): TLS protects the bytes, and their Content-MD5, which is signed. */
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

interface Scope {
  readonly time: string;
  readonly scope: string;
}

/**
 * Signs by Signature Version 4 (https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4).
 * The key of a day and the text of a second are kept, as most of the work is in them.
 */
export function createV4Signer(region: string): Signer {
  const scopeAt = createClock(region);
  const keyOf = createKeys(region);
  const signatureOf = (request: Signable, { time, scope }: Scope, credentials: KeyCredentials): string => {
    const text = `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonicalRequest(request), 'hex')}`;
    return createHmac('sha256', keyOf(credentials, time.slice(0, 8))).update(text).digest('hex');
  };
  return {
    sign(request, credentials, now) {
      const moment = scopeAt(now);
      const headers: Header[] = [...request.headers, ['x-oss-content-sha256', UNSIGNED_PAYLOAD], ['x-oss-date', moment.time]];
      if (credentials.sessionToken !== undefined) headers.push(['x-oss-security-token', credentials.sessionToken]);
      headers.push(['authorization', `${ALGORITHM} Credential=${credentials.accessKeyId}/${moment.scope},Signature=${signatureOf({ ...request, headers }, moment, credentials)}`]);
      return headers;
    },
    presign(request, credentials, { now, expiresInSeconds }) {
      const moment = scopeAt(now);
      const query: Query = {
        ...request.query,
        'x-oss-credential': `${credentials.accessKeyId}/${moment.scope}`, 'x-oss-date': moment.time, 'x-oss-expires': expiresInSeconds,
        'x-oss-security-token': credentials.sessionToken, 'x-oss-signature-version': ALGORITHM,
      };
      return encodeQuery({ ...query, 'x-oss-signature': signatureOf({ ...request, query }, moment, credentials) });
    },
  };
}

/** Bucket and key stand in the path whatever the style of the URL. Of the headers only those of OSS and of the content are signed. */
function canonicalRequest({ method, bucket, key = '', query, headers }: Signable): string {
  const signed = headers.filter(([name]) => name.startsWith('x-oss-') || name === 'content-type' || name === 'content-md5').toSorted((a, b) => byText(a[0], b[0]));
  const lines = signed.map(([name, value]) => `${name}:${value.trim()}\n`).join('');
  return `${method}\n/${encodeKey(`${bucket}/${key}`)}\n${encodeQuery(query)}\n${lines}\n\n${UNSIGNED_PAYLOAD}`;
}

function createClock(region: string): (now: number) => Scope {
  let second = Number.NaN;
  let current: Scope = { time: '', scope: '' };
  return (now) => {
    const at = Math.floor(now / 1000);
    if (at !== second) {
      const time = new Date(at * 1000).toISOString().replace(/[-:]|\.\d{3}/g, '');
      current = { time, scope: `${time.slice(0, 8)}/${region}/oss/aliyun_v4_request` };
      second = at;
    }
    return current;
  };
}

function createKeys(region: string): (credentials: KeyCredentials, date: string) => KeyObject {
  let of: KeyCredentials | undefined;
  let on = '';
  let key: KeyObject | undefined;
  return (credentials, date) => {
    if (key === undefined || credentials !== of || date !== on) {
      let bytes: Uint8Array = Buffer.from(`aliyun_v4${credentials.secretAccessKey}`);
      for (const part of [date, region, 'oss', 'aliyun_v4_request']) bytes = createHmac('sha256', bytes).update(part).digest();
      key = createSecretKey(bytes);
      of = credentials;
      on = date;
    }
    return key;
  };
}
