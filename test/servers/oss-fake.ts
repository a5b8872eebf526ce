import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { document, element, type FakeAnswer, OssFault, type RawRequest, text } from './oss-fake-answers.ts';
import { answerBucket } from './oss-fake-bucket.ts';
import { answerObject } from './oss-fake-objects.ts';
import { type Account, authenticate, parametersOf } from './oss-fake-signature.ts';
import { newBucket, type StoredBucket } from './oss-fake-store.ts';
import { HOST } from './server.ts';

/** What one instance of the fake is like. */
export interface OssFakeOptions {
  readonly region?: string;
  /** Own domains, and the bucket of each. */
  readonly domains?: Readonly<Record<string, string>>;
  /** 'v4': V1 signatures are refused. */
  readonly accepts?: 'both' | 'v4';
  readonly knowsV2?: boolean;
  readonly now?: () => number;
  /** Looks at each request before it is answered; what it throws is the answer. */
  readonly onRequest?: (request: RawRequest) => void;
  /** Changes an answer on its way. */
  readonly onAnswer?: (answer: FakeAnswer, request: RawRequest) => FakeAnswer;
  readonly mayDelete?: (key: string) => boolean;
}
/** Aliyun OSS in this process, as far as its documentation tells and its official clients agree: no server of it can be installed. */
export interface OssService {
  readonly region: string;
  readonly account: Account;
  /** Temporary keys with a token. */
  readonly temporary: Account;
  readonly buckets: Map<string, StoredBucket>;
  readonly accounts: Account[];
  readonly seen: RawRequest[];
  /** Makes it where it is not there. */
  bucket(name: string): StoredBucket;
  /** Answers one request without the net. */
  answer(request: RawRequest): FakeAnswer;
}
/** The same behind a port. */
export interface OssFake extends OssService {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

type Facts = Required<Omit<OssFakeOptions, 'onRequest' | 'onAnswer'>> & Pick<OssFakeOptions, 'onRequest' | 'onAnswer'>;

export function createOssService(options: OssFakeOptions = {}): OssService {
  const facts: Facts = { region: 'cn-hangzhou', domains: {}, accepts: 'both', knowsV2: true, now: Date.now, mayDelete: () => true, ...options };
  const account: Account = { keyId: 'LTAIfakekeyid', keySecret: 'fake+key/secret' };
  const temporary: Account = { keyId: 'STS.fakekeyid', keySecret: 'temporary-secret', token: 'CAIS+fake/token==' };
  const buckets = new Map<string, StoredBucket>();
  const service: OssService = {
    region: facts.region, account, temporary, accounts: [account, temporary], buckets, seen: [],
    bucket(name) {
      const found = buckets.get(name) ?? newBucket(name);
      buckets.set(name, found);
      return found;
    },
    answer: (request) => respond(request, service, facts),
  };
  return service;
}

/** Puts the service behind a port of 127.0.0.1; with a certificate it speaks TLS. */
export async function startOssFake({ tls, ...options }: OssFakeOptions & { readonly tls?: { readonly cert: Buffer; readonly key: Buffer } } = {}): Promise<OssFake> {
  const service = createOssService(options);
  const listener = (message: IncomingMessage, response: ServerResponse): void => { void serve(message, response, service); };
  // As long as the service keeps a connection; Node's 5 s would not be announced beside a 'connection' header of ours.
  const keepAliveTimeout = 60_000;
  const server = tls ? createTlsServer({ ...tls, keepAliveTimeout }, listener) : createServer({ keepAliveTimeout }, listener);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...service, port, url: `${tls ? 'https' : 'http'}://${HOST}:${port}`,
    stop: () => new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    }),
  };
}

async function serve(message: IncomingMessage, response: ServerResponse, { answer }: OssService): Promise<void> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch {
    // The client has gone in the middle of its body: nothing was stored, and nobody is there to be told.
    return;
  }
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value ?? '']));
  const { status, headers: own = {}, body = '' } = answer({ method: message.method ?? '', target: message.url ?? '', headers, body: Buffer.concat(chunks) });
  const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { server: 'AliyunOSS', connection: 'keep-alive', ...length, ...own });
  response.end(message.method === 'HEAD' ? undefined : body);
}

function respond(request: RawRequest, service: OssService, facts: Facts): FakeAnswer {
  const requestId = randomBytes(12).toString('hex').toUpperCase();
  const common = { 'x-oss-request-id': requestId, date: new Date(facts.now()).toUTCString(), 'x-oss-server-time': '1' };
  service.seen.push(request);
  let answer: FakeAnswer;
  try {
    facts.onRequest?.(request);
    answer = route(request, service, facts);
  } catch (error) {
    if (!(error instanceof OssFault)) throw error;
    answer = faultAnswer(error, request, requestId);
  }
  const whole = { ...answer, headers: { ...common, ...answer.headers } };
  return facts.onAnswer?.(whole, request) ?? whole;
}

function faultAnswer(fault: OssFault, { method, headers }: RawRequest, requestId: string): FakeAnswer {
  const body = document(element('Error',
    text('Code', fault.code), text('Message', fault.message), text('RequestId', requestId), text('HostId', headers['host'] ?? ''), ...Object.entries(fault.fields).map(([name, value]) => text(name, value))));
  const ec = fault.fields['EC'] === undefined ? {} : { 'x-oss-ec': fault.fields['EC'] };
  // An answer to HEAD has no body: the same text stands in a header.
  return method === 'HEAD' ? { status: fault.status, headers: { ...ec, 'x-oss-err': Buffer.from(body).toString('base64') } } : { status: fault.status, headers: { ...ec, 'content-type': 'application/xml' }, body };
}

function route(request: RawRequest, { buckets, accounts }: OssService, facts: Facts): FakeAnswer {
  const { bucket: name, key } = placeOf(request, facts);
  const { region, accepts, now, mayDelete, knowsV2 } = facts;
  const account = authenticate(request, { accounts, region, now: now(), bucket: name, key, accepts });
  const bucketOf = (wanted: string): StoredBucket => {
    const found = buckets.get(wanted);
    if (found === undefined) throw new OssFault(404, 'NoSuchBucket', { message: 'The specified bucket does not exist.', BucketName: wanted });
    return found;
  };
  if (name === undefined) throw new OssFault(403, 'AccessDenied', { message: 'Listing buckets is not part of this fake.' });
  const bucket = bucketOf(name);
  if (account === undefined) requirePublic(request, bucket);
  const query = parametersOf(request.target);
  if (key === undefined) return answerBucket({ request, query, bucket, region, mayDelete, knowsV2 });
  return answerObject({ request, query, bucket, key, bucketOf });
}

function requirePublic({ method }: RawRequest, { acl }: StoredBucket): void {
  const isRead = method === 'GET' || method === 'HEAD';
  if (acl === 'public-read-write' || (acl === 'public-read' && isRead)) return;
  throw new OssFault(403, 'AccessDenied', { message: 'You have no right to access this object because of bucket acl.', EC: '0003-00000001' });
}

/** In the name of the host, under a domain of its own, or in the path where the host is an address. */
function placeOf({ target, headers }: RawRequest, { domains }: Facts): { readonly bucket: string | undefined; readonly key: string | undefined } {
  const path = decodeURIComponent((target.split('?')[0] ?? '').replace(/^https?:\/\/[^/]*/, '')).slice(1);
  const host = (headers['host'] ?? '').replace(/:\d+$/, '');
  const own = domains[host] ?? /^([^.]+)\.oss-[a-z0-9-]+\.aliyuncs\.com$/.exec(host)?.[1];
  if (own !== undefined) return { bucket: own, key: path === '' ? undefined : path };
  const [bucket = '', ...rest] = path.split('/');
  const key = rest.join('/');
  return { bucket: bucket === '' ? undefined : bucket, key: key === '' ? undefined : key };
}
