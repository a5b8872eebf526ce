import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFakeAuth, type FakeAuth } from './drive-fake-auth.ts';
import { v2, v3 } from './drive-fake-dialects.ts';
import { answerJson, copy, create, describe, download, type FileCall, fileOf, type FilesControls, listFiles, trash, update } from './drive-fake-files.ts';
import { Refused } from './drive-fake-refusal.ts';
import { createDriveStore, type DriveStore } from './drive-fake-store.ts';
import { createFakeUploads, type FakeUploads, readRelated } from './drive-fake-upload.ts';
import { HOST } from './server.ts';

/** A request the fake answered. */
export interface DriveRequestSeen { readonly method: string; readonly path: string; readonly query: URLSearchParams; readonly authorization: string | undefined; readonly range: string | undefined; readonly status: number }
/** A refusal instead of an answer. */
export interface Trouble {
  /** Of "METHOD PATH?QUERY". Default: all but tokens. */
  readonly when?: RegExp;
  readonly status: number;
  readonly reason: string;
  readonly location?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How often. Default once. */
  readonly times?: number;
}
/** Google Drive as tests need it: versions 3 and 2 of the API, uploads, and the authorization server, on one address of this machine. */
export interface DriveFake extends FilesControls {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly store: DriveStore;
  readonly auth: FakeAuth;
  readonly uploads: FakeUploads;
  readonly requests: DriveRequestSeen[];
  trouble(trouble: Trouble): void;
  /** Called before a request is answered, to change something behind a client's back. */
  meanwhile: ((line: string) => void) | undefined;
  stop(): Promise<void>;
}

export async function startDriveFake(): Promise<DriveFake> {
  const troubles: { readonly trouble: Trouble; left: number }[] = [];
  const server = createServer((request, response) => { void answer(request, response); });
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  const { port } = server.address() as AddressInfo;
  const url = `http://${HOST}:${port}`;
  const fake: DriveFake = {
    url, port, host: HOST, store: createDriveStore(), auth: createFakeAuth(), uploads: createFakeUploads(), requests: [], breaksGroups: false, mostPerPage: 1000, meanwhile: undefined,
    trouble: (trouble) => { troubles.push({ trouble, left: trouble.times ?? 1 }); },
    stop: () => new Promise((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }),
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = new URL(request.url ?? '/', url);
    const line = `${request.method ?? ''} ${target.pathname}${target.search}`;
    response.on('finish', () => {
      fake.requests.push({ method: request.method ?? '', path: target.pathname, query: target.searchParams, authorization: request.headers.authorization, range: request.headers.range, status: response.statusCode });
    });
    try {
      fake.meanwhile?.(line);
      const found = troubles.find(({ trouble: { when = /^\w+ (?!\/token)/ }, left }) => left > 0 && when.test(line));
      if (found) {
        found.left--;
        const { status, reason, location, headers } = found.trouble;
        throw new Refused(status, reason, `The test says ${reason}`, { ...(location !== undefined && { location }), ...(headers && { headers }) });
      }
      await route(fake, { request, response, target });
    } catch (error) {
      refuse(request, response, error);
    }
  };
  return fake;
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // The client has gone in the middle of its request.
  if (request.destroyed && !request.complete) return;
  const refused = error instanceof Refused ? error : new Refused(500, 'internalError', error instanceof Error ? error.stack ?? error.message : String(error));
  request.resume();
  const body = refused.body();
  response.writeHead(refused.status, { 'content-type': 'application/json; charset=UTF-8', 'content-length': Buffer.byteLength(body), ...refused.headers }).end(body);
}

interface Incoming { readonly request: IncomingMessage; readonly response: ServerResponse; readonly target: URL }

async function route(fake: DriveFake, { request, response, target }: Incoming): Promise<void> {
  const { pathname, searchParams: query } = target;
  if (pathname === '/token') {
    const { status, body } = fake.auth.token(new URLSearchParams((await bodyOf(request)).toString()));
    const text = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) }).end(text);
    return;
  }
  if (/^\/o\/oauth2\/(v2\/)?auth$/.test(pathname)) {
    const page = fake.auth.loginPage(query);
    if ('location' in page) response.writeHead(302, { location: page.location }).end();
    else response.writeHead(400, { 'content-type': 'text/html' }).end(page.refusal);
    return;
  }
  const [, upload, version, rest = ''] = /^(\/upload)?\/drive\/(v2|v3)\/(.*)$/.exec(pathname) ?? [];
  if (version === undefined) throw new Refused(404, 'notFound', `Not Found: ${pathname}`);
  const dialect = version === 'v2' ? v2 : v3;
  const call: FileCall = { dialect, store: fake.store, query, request, response };
  const session = query.get('upload_id');
  // The address of an upload is a secret by itself.
  if (upload !== undefined && session !== null) return await continueUpload(fake, call, session);
  const email = fake.auth.whoHas(request.headers.authorization);
  if (email === undefined) throw new Refused(401, 'authError', 'Invalid Credentials', { location: 'Authorization', headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/"' } });
  if (rest === 'about') return answerJson(call, { kind: 'drive#about', user: { emailAddress: email, displayName: email } }, undefined);
  const [kind, id, verb] = rest.split('/');
  if (kind !== 'files') throw new Refused(404, 'notFound', `Not Found: ${pathname}`);
  if (upload !== undefined) await beginUpload(fake, call, id);
  else if (id === undefined) await collection(fake, call);
  else await oneFile(call, decodeURIComponent(id), verb);
}

async function collection(fake: DriveFake, call: FileCall): Promise<void> {
  if (call.request.method === 'GET') listFiles(call, fake);
  else describe(call, create(call, await jsonOf(call.request)));
}

async function oneFile(call: FileCall, id: string, verb: string | undefined): Promise<void> {
  const { method } = call.request;
  const file = fileOf(call, id);
  if (method === 'GET') return call.query.get('alt') === 'media' ? download(call, file) : describe(call, file);
  if (method === 'POST' && verb === 'copy') return describe(call, copy(call, file, await jsonOf(call.request)));
  if (method === 'POST' && (verb === 'trash' || verb === 'untrash') && call.dialect.version === 'v2') {
    trash(file, verb === 'trash');
    return describe(call, file);
  }
  if (method === 'PATCH' || (method === 'PUT' && call.dialect.version === 'v2')) return describe(call, update(call, file, { metadata: await jsonOf(call.request) }));
  if (method !== 'DELETE') throw new Refused(405, 'httpMethodNotAllowed', 'Method Not Allowed');
  call.store.remove(file);
  call.response.writeHead(204).end();
}

/** POST for a new file, PATCH (PUT in version 2) for the bytes of one that is there. */
async function beginUpload({ uploads }: DriveFake, call: FileCall, id: string | undefined): Promise<void> {
  const { query, request, response, dialect } = call;
  const existing = id === undefined ? undefined : fileOf(call, id);
  const store = (metadata: Readonly<Record<string, unknown>>, bytes: Buffer): Readonly<Record<string, unknown>> =>
    dialect.render(existing ? update(call, existing, { metadata, bytes }) : create(call, metadata, bytes), call.store);
  const type = query.get('uploadType');
  if (type === 'multipart') {
    const { metadata, bytes, type: mimeType } = readRelated(await bodyOf(request), request.headers['content-type'] ?? '');
    return answerJson(call, store({ mimeType, ...metadata }, bytes));
  }
  if (type === 'media') return answerJson(call, store({ mimeType: request.headers['content-type'] }, await bodyOf(request)));
  if (type !== 'resumable') throw new Refused(400, 'badRequest', `uploadType: ${String(type)}`);
  const metadata = { mimeType: request.headers['x-upload-content-type'], ...(await jsonOf(request)) };
  const announced = request.headers['x-upload-content-length'];
  const session = uploads.begin(announced === undefined ? undefined : Number(announced), (bytes) => store(metadata, bytes));
  const location = new URL(`http://${request.headers.host ?? HOST}/upload/drive/${dialect.version}/files?${query.toString()}`);
  location.searchParams.set('upload_id', session);
  response.writeHead(200, { location: location.href, 'content-length': 0 }).end();
}

async function continueUpload({ uploads }: DriveFake, call: FileCall, id: string): Promise<void> {
  const { request, response } = call;
  if (request.method === 'DELETE') {
    uploads.cancel(id);
    response.writeHead(499, { 'content-length': 0 }).end();
    return;
  }
  const answer = await uploads.receive(id, request);
  if (answer.status === 200) answerJson(call, answer.stored);
  else response.writeHead(308, { 'content-length': 0, ...(answer.range !== undefined && { range: answer.range }) }).end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function jsonOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = (await bodyOf(request)).toString();
  return text === '' ? {} : JSON.parse(text) as Record<string, unknown>;
}
