import Pool from 'undici/lib/dispatcher/pool.js';
import type { TowlineError } from '../errors.ts';
import { connectionError } from './connection-error.ts';
import { Exchange } from './exchange.ts';
import { abortedError } from './on-abort.ts';
import { createRoutes, type Route, type RouteSettings } from './routes.ts';
import { bytesReadBefore } from './sockets.ts';
import type { TransportParts } from './socket-transport.ts';
import { sendStreamed } from './streamed-exchange.ts';
import type { ConnectionSettings, HttpBody, HttpRequest, HttpResponse, Transport } from './transport.ts';
import { wholeBody } from './whole-body.ts';

/** From this size on a server is asked first whether it wants the body, and larger bodies do not leave in one write. */
const LARGE = 1024 * 1024;
/** Connections found dead by one request before that counts as its failure. */
const MAX_STALE = 4;
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'MKCOL']);

/** HTTP/1.1 on undici's `dispatch` for what fits into one write, and on node:http for larger bodies. */
export function createUndiciTransport({ connections = 256, idleTimeoutSeconds = 60 }: ConnectionSettings, lent: TransportParts): Transport {
  const settings: RouteSettings = { ...lent, connections, idleTimeoutSeconds, maxHeaderBytes: 64 * 1024 };
  const routes = createRoutes(settings, (origin, options) => new Pool(origin, options));
  return {
    async send(request) {
      if (request.signal?.aborted === true) throw abortedError(request);
      const route = routes.get(request.url);
      const body = request.body && (await wholeBody(request.body, request));
      const large = request.body !== undefined && (body === undefined || body.byteLength >= LARGE);
      if (!large && !route.sendsContinueUnasked && request.continuesUnasked !== true) return dispatch(request, { route, body });
      return stream(request, { route, expect: large && !route.ignoresExpect && asksFirst(request.body), settings });
    },
    close: () => routes.close(),
  };
}

interface DispatchParts {
  readonly route: Route;
  readonly body: Uint8Array | undefined;
  readonly tries?: number;
}

async function dispatch(request: HttpRequest, { route, body, tries = 1 }: DispatchParts): Promise<HttpResponse> {
  const translate = (error: unknown): TowlineError => connectionError(error, route.where);
  try {
    return await new Promise<HttpResponse>((resolve, reject) => {
      route.pool.dispatch(
        { method: request.method, path: route.path(request.url), headers: headersOf(request, route), body: body ?? null, reset: false, idempotent: true, blocking: false },
        new Exchange(request, { resolve, reject, translate }),
      );
    });
  } catch (error) {
    if (isUnaskedContinue(error)) route.sendsContinueUnasked = true;
    else if (!isStale(error, bytesReadBefore(error))) throw translate(error);
    if (tries >= MAX_STALE || !IDEMPOTENT.has(request.method) || request.signal?.aborted === true) throw translate(error);
    if (route.sendsContinueUnasked) return stream(request, { route, expect: false, settings: route.settings });
    return dispatch(request, { route, body, tries: tries + 1 });
  }
}

interface StreamParts {
  readonly route: Route;
  readonly expect: boolean;
  readonly settings: RouteSettings;
  readonly tries?: number;
}

async function stream(request: HttpRequest, { route, expect, settings, tries = 1 }: StreamParts): Promise<HttpResponse> {
  const headers = [...pairsOf(request, route), ...bodyHeaders(request), ...(expect ? [['expect', '100-continue'] as const] : [])];
  const result = await sendStreamed(request, {
    agent: route.agent, host: route.host, port: route.port, path: route.path(request.url), headers, idleTimeoutSeconds: settings.idleTimeoutSeconds,
    maxHeaderBytes: settings.maxHeaderBytes, expectContinue: expect,
    onExpectationIgnored: () => { route.ignoresExpect = true; },
    translate: (error) => connectionError(error, route.where),
  });
  if ('error' in result) {
    const again = result.onUsedConnection && isStale(result.error, 1) && IDEMPOTENT.has(request.method) && tries < MAX_STALE && request.signal?.aborted !== true;
    if (!again) throw connectionError(result.error, route.where);
    return stream(request, { route, expect, settings, tries: tries + 1 });
  }
  if (result.status !== 417 || !expect) return result;
  result.cancel();
  route.ignoresExpect = true;
  return stream(request, { route, expect: false, settings });
}

/** Nothing of an answer came, on a connection that had served before: the server had closed it while it was idle. */
function isStale(error: unknown, readBefore: number): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return readBefore > 0;
  const socket = 'socket' in error ? (error.socket as { readonly bytesRead?: number } | null) : null;
  return error.code === 'UND_ERR_SOCKET' && (socket?.bytesRead ?? 0) > 0;
}

/** undici ends the connection at any 100, also at one nobody asked for, which RFC 9110 section 15.2 wants ignored (7.30.2). */
function isUnaskedContinue(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UND_ERR_SOCKET' && error.message === 'bad response';
}

function asksFirst(body: HttpBody | undefined): boolean {
  return body !== undefined && (body.size === undefined || body.size >= LARGE);
}

function headersOf(request: HttpRequest, route: Route): string[] {
  const flat: string[] = [];
  let named = false;
  for (const [name, value] of request.headers) {
    flat.push(name, value);
    named ||= name.length === 10 && name.toLowerCase() === 'user-agent';
  }
  if (!named) flat.push('user-agent', 'towline');
  for (const [name, value] of route.headers(request.url)) flat.push(name, value);
  return flat;
}

function pairsOf(request: HttpRequest, route: Route): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  const flat = headersOf(request, route);
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return pairs.some(([name]) => name.toLowerCase() === 'host') ? pairs : [['host', request.url.host], ...pairs];
}

function bodyHeaders({ body, headers }: HttpRequest): readonly (readonly [string, string])[] {
  if (!body || headers.some(([name]) => name.toLowerCase() === 'content-length')) return [];
  const size = body.bytes?.byteLength ?? body.size;
  return [size === undefined ? ['transfer-encoding', 'chunked'] : ['content-length', String(size)]];
}
