import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handleJson } from './gcs-json-api.ts';
import { type GcsBucket, GcsRefusal } from './gcs-objects.ts';
import { createUploads, type Uploads } from './gcs-uploads.ts';
import { handleSignedUrl } from './gcs-signed-urls.ts';
import { HOST } from './server.ts';

/** A request as it arrived, with all bytes that came. */
export interface GcsCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly isCut: boolean;
}
export interface GcsReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
/** What tests may want otherwise. */
export interface GcsManners {
  /** Objects on one page at most. */
  pageSize: number;
  /** Bytes that one call of rewriteTo copies. */
  rewriteBytes: number;
  /** Called before each request; a reply is given instead of the service's own, 'cut' breaks the connection. */
  before?: ((call: GcsCall) => GcsReply | 'cut' | undefined) | undefined;
  /** A connection that brings bytes of a resumable upload breaks after so many of them. */
  cutAfter?: number | undefined;
}
/** A small Google Cloud Storage of our own: generations, conditions, hashes, resumable uploads, batches, copies in steps, signed URLs, tokens. */
export interface GcsService {
  readonly url: string;
  readonly calls: GcsCall[];
  readonly buckets: Map<string, GcsBucket>;
  readonly uploads: Uploads;
  readonly manners: GcsManners;
  stop(): Promise<void>;
}
export interface GcsServiceOptions {
  /** Tokens that are good here. Without it everybody may do everything. */
  readonly tokens?: ReadonlySet<string>;
}

export async function startGcsService({ tokens }: GcsServiceOptions = {}): Promise<GcsService> {
  const service: Omit<GcsService, 'url' | 'stop'> = { calls: [], buckets: new Map(), uploads: createUploads(), manners: { pageSize: 1000, rewriteBytes: Number.POSITIVE_INFINITY } };
  let url = '';
  const server = createServer((request, response) => { void receive(request, service.manners).then((call) => { answer(call, response); }); });
  const answer = (call: GcsCall, response: ServerResponse): void => {
    service.calls.push(call);
    const given = service.manners.before?.(call);
    if (given === 'cut') { response.destroy(); return; }
    const reply = given ?? respond({ ...service, url, tokens }, call);
    if (call.isCut) { response.destroy(); return; }
    response.writeHead(reply.status, { 'content-length': Buffer.byteLength(reply.body ?? ''), 'x-guploader-uploadid': 'request-1', ...reply.headers }).end(call.method === 'HEAD' ? undefined : reply.body);
  };
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  return {
    ...service, url,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
    },
  };
}

/** Makes a bucket; one that is not public is for those who have a token. */
export function addGcsBucket({ buckets }: Pick<GcsService, 'buckets'>, name: string, options: Partial<GcsBucket> = {}): GcsBucket {
  const bucket: GcsBucket = { name, isVersioned: false, readersPay: false, isPublic: false, objects: new Map(), ...options };
  buckets.set(name, bucket);
  return bucket;
}

/** What a handler works with. */
export interface GcsContext extends Omit<GcsService, 'stop'> { readonly tokens: ReadonlySet<string> | undefined }

export function respond(context: GcsContext, call: GcsCall): GcsReply {
  try {
    return call.query.has('X-Goog-Signature') ? handleSignedUrl(context, call) : handleJson(context, call);
  } catch (error) {
    if (!(error instanceof GcsRefusal)) throw error;
    const { status, reason, message } = error;
    return { status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: JSON.stringify({ error: { code: status, message, errors: [{ message, domain: 'global', reason }] } }) };
  }
}

async function receive(request: IncomingMessage, manners: GcsManners): Promise<GcsCall> {
  const chunks: Buffer[] = [];
  let size = 0;
  let isCut = false;
  try {
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).byteLength;
      if (manners.cutAfter === undefined || size < manners.cutAfter || request.method !== 'PUT') continue;
      isCut = true;
      break;
    }
  } catch {
    // The other side went away in the middle: what came counts.
    isCut = true;
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service');
  return { method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body: Buffer.concat(chunks), isCut };
}
