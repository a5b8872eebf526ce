import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { S3Server } from './server.ts';

/** One call to an S3 server outside the code under test, so that a fault in our signing cannot hide itself. */
export interface S3Call {
  readonly method: string;
  /** '/bucket/key', not encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Path of the authority's certificate when the server speaks TLS. */
  readonly ca?: string;
}
export interface S3Answer { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly body: Buffer }
export interface BucketOptions { readonly isVersioned?: boolean; readonly ca?: string }

/** Makes a bucket; with versions when asked. */
export async function makeBucket(server: S3Server, bucket: string, options: BucketOptions = {}): Promise<void> {
  const ca = options.ca === undefined ? {} : { ca: options.ca };
  await succeed(server, { method: 'PUT', path: `/${bucket}`, ...ca });
  if (options.isVersioned !== true) return;
  const body = '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>';
  await succeed(server, { method: 'PUT', path: `/${bucket}`, query: { versioning: '' }, headers: { 'content-md5': createHash('md5').update(body).digest('base64') }, body, ...ca });
}

/** The keys of a bucket in the server's order, all pages. */
export async function listKeys(server: S3Server, bucket: string, prefix = ''): Promise<readonly string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const query = { 'list-type': '2', prefix, ...(token === undefined ? {} : { 'continuation-token': token }) };
    const text = (await succeed(server, { method: 'GET', path: `/${bucket}`, query })).body.toString();
    keys.push(...[...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => unescapeXml(match[1] ?? '')));
    token = /<NextContinuationToken>([^<]*)</.exec(text)?.[1];
  } while (token !== undefined);
  return keys;
}

/**
 * The bytes of an object that a listing named. A server under load may still be busy with it (503), or with showing it: it is asked again for ten seconds.
 * MinIO names an object for a moment that it takes back, since its sender was gone before the server had answered (`renameData` in cmd/erasure-object.go): undefined, once it is named no more.
 */
export async function readListed(server: S3Server, { bucket, key }: { readonly bucket: string; readonly key: string }): Promise<Buffer | undefined> {
  for (let attempt = 1; ; attempt++) {
    const { status, body } = await callS3(server, { method: 'GET', path: `/${bucket}/${key}` });
    if (status === 200) return body;
    if (status === 404 && !(await listKeys(server, bucket, key)).includes(key)) return undefined;
    if (attempt === 50) throw new Error(`GET /${bucket}/${key}, which is listed: ${status} ${body.toString()}`);
    await wait(200);
  }
}

/** Signs with version 4 and sends; whatever status comes back is the caller's to judge. */
export function callS3(server: S3Server, call: S3Call): Promise<S3Answer> {
  const url = new URL(server.url);
  const path = encodePath(call.path);
  const query = Object.entries(call.query ?? {}).map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join('&');
  const headers = signed(server, { ...call, path, query, host: url.host });
  return new Promise((resolve, reject) => {
    const target = { host: url.hostname, port: url.port, method: call.method, path: query === '' ? path : `${path}?${query}`, headers, agent: false as const };
    const request = url.protocol === 'https:' ? httpsRequest({ ...target, ...(call.ca === undefined ? {} : { ca: readFileSync(call.ca) }) }) : httpRequest(target);
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.end(call.body);
  });
}

async function succeed(server: S3Server, call: S3Call): Promise<S3Answer> {
  const answer = await callS3(server, call);
  if (answer.status >= 300) throw new Error(`${call.method} ${call.path}: ${answer.status} ${answer.body.toString()}`);
  return answer;
}

type Unsigned = Omit<S3Call, 'query'> & { readonly query: string; readonly host: string };
function signed(server: S3Server, call: Unsigned): Readonly<Record<string, string>> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${server.region}/s3/aws4_request`;
  const payload = sha256(call.body ?? '');
  const headers: Record<string, string> = { ...call.headers, host: call.host, 'x-amz-content-sha256': payload, 'x-amz-date': time };
  const names = Object.keys(headers).sort();
  const canonical = [call.method, call.path, call.query, ...names.map((name) => `${name}:${headers[name] ?? ''}`), '', names.join(';'), payload].join('\n');
  const key = [time.slice(0, 8), server.region, 's3', 'aws4_request'].reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${server.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  return { ...headers, 'content-length': String(Buffer.byteLength(call.body ?? '')), authorization: `AWS4-HMAC-SHA256 Credential=${server.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}` };
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
const encodePath = (path: string): string => path.split('/').map(encode).join('/');
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescapeXml = (text: string): string => text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (...[whole, hex, decimal, name]: readonly string[]) => {
  if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
  return decimal === undefined ? ENTITIES[name ?? ''] ?? whole ?? '' : String.fromCodePoint(Number(decimal));
});
