import { mkdirSync, readFileSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { HOST, removeFolder, temporaryFolder } from './server.ts';

/** What arrived, in order. */
export interface Arrived { readonly method: string; readonly url: string; readonly authorization: string | undefined; readonly range: string | undefined }
export interface FileserverDouble {
  readonly url: string;
  readonly apiUrl: string;
  readonly folder: string;
  readonly arrived: Arrived[];
  /** Tokens given so far are no longer taken. */
  expireTokens(): void;
  stop(): Promise<void>;
}

const USER = { key: 'AK', secret: 'SK' };

/**
 * ClearML's file server, and the one call of its API that gives tokens, as clearml-server's fileserver.py answers (0b769d48): it is on no registry.
 * Its answers are those that docs/formats and ClearML's own source describe.
 */
export async function startFileserver({ isOpen = false, mostBytes = Infinity }: { readonly isOpen?: boolean; readonly mostBytes?: number } = {}): Promise<FileserverDouble> {
  const folder = temporaryFolder('fileserver');
  const arrived: Arrived[] = [];
  let generation = 0;
  const token = (): string => ['{"alg":"none"}', JSON.stringify({ exp: 4_000_000_000, generation }), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');
  const server = createServer((request, response) => {
    const { method = '', url = '/', headers: { authorization, range } } = request;
    arrived.push({ method, url, authorization, range });
    answer(request, response).catch((error: unknown) => { response.writeHead(500).end(String(error)); });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = '/', headers } = request;
    const path = decodeURIComponent(url.replace(/\?.*$/s, ''));
    if (path.endsWith('/auth.login')) return logIn(headers.authorization, response);
    const body = await bodyOf(request);
    if (!isOpen && headers.authorization !== `Bearer ${token()}`) return reply(response, 401, 'token required');
    if (headers['content-encoding'] !== undefined) return reply(response, 415, `Content encoding is not supported (${headers['content-encoding']})`);
    if (method === 'POST') return body.byteLength > mostBytes ? reply(response, 413, 'too large') : store(folder, { body, type: headers['content-type'] ?? '' }, response);
    if (path === '/' && method === 'GET') return reply(response, 200, 'OK');
    const file = join(folder, path);
    const stats = statOf(file);
    if (!file.startsWith(`${folder}/`) || stats?.isFile() !== true) return reply(response, 404, `File ${path.slice(1)} not found`);
    if (method === 'DELETE') {
      rmSync(file);
      return reply(response, 200, JSON.stringify(path.slice(1)));
    }
    if (method !== 'GET' && method !== 'HEAD') return reply(response, 405, 'no');
    return give(file, request, response);
  };
  const logIn = (authorization: string | undefined, response: ServerResponse): void => {
    const isKnown = authorization === `Basic ${Buffer.from(`${USER.key}:${USER.secret}`).toString('base64')}`;
    const meta = { result_code: isKnown ? 200 : 401, result_subcode: 0, result_msg: isKnown ? 'OK' : 'Unauthorized' };
    response.writeHead(meta.result_code, { 'content-type': 'application/json' }).end(JSON.stringify({ meta, data: isKnown ? { token: token() } : {} }));
  };
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  const { port } = server.address() as AddressInfo;
  const url = `http://${HOST}:${port}`;
  return {
    url, apiUrl: url, folder, arrived,
    expireTokens: () => { generation += 1; },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
      removeFolder(folder);
    },
  };
}

/** Node.js 20 throws for a name below a file, whatever it is told of absent ones. */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Several files are allowed; the name of a field is the path. */
function store(folder: string, { body, type }: { readonly body: Buffer; readonly type: string }, response: ServerResponse): void {
  const boundary = /boundary="?([^";]+)/.exec(type)?.[1];
  if (boundary === undefined) return reply(response, 200, '[]');
  const stored: string[] = [];
  let at = body.indexOf(`--${boundary}`);
  for (;;) {
    const from = body.indexOf('\r\n\r\n', at);
    const end = from < 0 ? -1 : body.indexOf(`\r\n--${boundary}`, from);
    if (end < 0) break;
    const name = /; name="([^"]*)"/.exec(body.subarray(at, from).toString())?.[1]?.replace(/^\/+/, '') ?? '';
    const file = join(folder, name);
    if (name === '' || name.endsWith('/') || !file.startsWith(`${folder}/`)) return reply(response, name.endsWith('/') ? 500 : 404, 'no');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body.subarray(from + 4, end));
    stored.push(name);
    at = end + 2;
  }
  return reply(response, 200, JSON.stringify(stored).replace(/[^\u0000-\u007f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

function give(file: string, request: IncomingMessage, response: ServerResponse): void {
  const bytes = readFileSync(file);
  const { mtime } = statSync(file);
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const headers = { etag: `"${mtime.getTime()}-${bytes.byteLength}"`, 'last-modified': mtime.toUTCString(), 'content-type': 'application/octet-stream', 'cache-control': 'public, max-age=300' };
  if (first !== undefined && Number(first) >= bytes.byteLength) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.byteLength}` }).end();
    return;
  }
  const [start, end] = first === undefined ? [0, bytes.byteLength] : [Number(first), Math.min(bytes.byteLength, last === undefined || last === '' ? Infinity : Number(last) + 1)];
  response.writeHead(first === undefined ? 200 : 206, { ...headers, 'content-length': end - start, ...(first !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${bytes.byteLength}` }) });
  response.end(request.method === 'HEAD' ? undefined : bytes.subarray(start, end));
}
