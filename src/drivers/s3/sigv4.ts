import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { encodeComponent } from './encoding.ts';

/** What proves who asks. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
}
export type Header = readonly [name: string, value: string];

/** One request to sign. Every header given is signed; names are in lower case. */
export interface Signable {
  readonly method: string;
  readonly host: string;
  /** Percent-encoded once, beginning with '/'. */
  readonly path: string;
  /** Percent-encoded and sorted by name; '' for none. */
  readonly query: string;
  readonly headers: readonly Header[];
  /** The hex SHA-256 of the body, or one of the words the service takes instead. */
  readonly payloadHash: string;
}
export interface Signer {
  /** The headers to send: those of the request, and what signing adds. `host` is left to the transport. */
  sign(request: Signable, credentials: Credentials, now: number): Header[];
  /** The query of a URL that works for `expiresInSeconds` without any header. */
  presign(request: Omit<Signable, 'payloadHash'>, credentials: Credentials, moment: { readonly now: number; readonly expiresInSeconds: number }): string;
}

/** The body is not part of the signature: TLS protects it, or its Content-MD5, which is. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
/** SHA-256 of nothing. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signs by Signature Version 4 (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 * The key of a day and the text of a second are kept: of some 20 us for a signature from scratch 3 remain.
 */
export function createSigner(region: string, service = 's3'): Signer {
  const clock = createClock();
  const keys = createKeys(region, service);
  return {
    sign(request, credentials, now) {
      const { date, time } = clock(now);
      const { sessionToken } = credentials;
      const sent: Header[] = [...request.headers, ['x-amz-content-sha256', request.payloadHash], ['x-amz-date', time]];
      if (sessionToken !== undefined) sent.push(['x-amz-security-token', sessionToken]);
      const { text, names } = canonicalHeaders(request.host, sent);
      const canonical = `${request.method}\n${request.path}\n${request.query}\n${text}\n${names}\n${request.payloadHash}`;
      const scope = `${date}/${region}/${service}/aws4_request`;
      const signature = signatureOf(canonical, { key: keys(credentials, date), time, scope });
      sent.push(['authorization', `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`]);
      return sent;
    },
    presign(request, credentials, { now, expiresInSeconds }) {
      const { date, time } = clock(now);
      const scope = `${date}/${region}/${service}/aws4_request`;
      const { text, names } = canonicalHeaders(request.host, request.headers);
      const query = [
        ...(request.query === '' ? [] : request.query.split('&')),
        `X-Amz-Algorithm=${ALGORITHM}`,
        `X-Amz-Credential=${encodeComponent(`${credentials.accessKeyId}/${scope}`)}`,
        `X-Amz-Date=${time}`,
        `X-Amz-Expires=${expiresInSeconds}`,
        ...(credentials.sessionToken === undefined ? [] : [`X-Amz-Security-Token=${encodeComponent(credentials.sessionToken)}`]),
        `X-Amz-SignedHeaders=${encodeComponent(names)}`,
      ].sort(byText).join('&');
      const canonical = `${request.method}\n${request.path}\n${query}\n${text}\n${names}\n${UNSIGNED_PAYLOAD}`;
      return `${query}&X-Amz-Signature=${signatureOf(canonical, { key: keys(credentials, date), time, scope })}`;
    },
  };
}

/** The last steps of the signature, from the canonical request on. */
export function signatureOf(canonical: string, { key, time, scope }: { readonly key: KeyObject; readonly time: string; readonly scope: string }): string {
  return createHmac('sha256', key).update(`${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonical, 'hex')}`).digest('hex');
}

/** The key that signs everything of one day, region and service. */
export function signingKey(secretAccessKey: string, scope: readonly [date: string, region: string, service: string]): KeyObject {
  let key: Uint8Array = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of [...scope, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  return createSecretKey(key);
}

function createKeys(region: string, service: string): (credentials: Credentials, date: string) => KeyObject {
  let of: Credentials | undefined;
  let on = '';
  let key: KeyObject | undefined;
  return (credentials, date) => {
    if (key === undefined || credentials !== of || date !== on) {
      key = signingKey(credentials.secretAccessKey, [date, region, service]);
      of = credentials;
      on = date;
    }
    return key;
  };
}

function createClock(): (now: number) => { readonly date: string; readonly time: string } {
  let second = Number.NaN;
  let current = { date: '', time: '' };
  return (now) => {
    const at = Math.floor(now / 1000);
    if (at !== second) {
      const time = new Date(at * 1000).toISOString().replace(/[-:]|\.\d{3}/g, '');
      current = { date: time.slice(0, 8), time };
      second = at;
    }
    return current;
  };
}

function canonicalHeaders(host: string, headers: readonly Header[]): { readonly text: string; readonly names: string } {
  let text = '';
  let names = '';
  const add = (name: string, value: string): void => {
    text += `${name}:${trimmed(value)}\n`;
    names += names === '' ? name : `;${name}`;
  };
  let isHostPlaced = false;
  for (const [name, value] of headers.toSorted((a, b) => byText(a[0], b[0]))) {
    if (!isHostPlaced && name > 'host') {
      add('host', host);
      isHostPlaced = true;
    }
    add(name, value);
  }
  if (!isHostPlaced) add('host', host);
  return { text, names };
}

const trimmed = (value: string): string => (value.includes('  ') || value.startsWith(' ') || value.endsWith(' ') ? value.trim().replace(/ +/g, ' ') : value);
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
