import type { TowlineError } from '../errors.ts';
import { connectionError, IdleError } from './connection-error.ts';
import { ConnectionPool } from './connection-pool.ts';
import { abortedError } from './on-abort.ts';
import { createGathering } from './gather-answers.ts';
import type { ProxyChoice } from './proxy.ts';
import { createReadBuffers } from './read-buffers.ts';
import { requestHead } from './request-head.ts';
import { sendSmall } from './small-requests.ts';
import type { OpenSocket } from './sockets.ts';
import { type Outcome, SocketExchange } from './socket-exchange.ts';
import type { ConnectionSettings, HttpRequest, HttpResponse, Transport } from './transport.ts';
import { originOf, type Way, wayTo } from './way.ts';
import { wholeBody } from './whole-body.ts';

/** From this size on a server is asked first whether it wants the body. */
const LARGE = 1024 * 1024;
/** Bodies in memory up to this size leave in one write. */
const ONE_WRITE = 256 * 1024;
/** Connections found dead by one request before that counts as its failure. */
const MAX_STALE = 4;
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'MKCOL']);

/** What a transport stands on: how connections are opened, and which go through a proxy. */
export interface TransportParts {
  readonly openSocket: OpenSocket;
  readonly proxyFor: ProxyChoice;
  /** Milliseconds of the clock. */
  readonly now: () => number;
  /** Stops this thread for so many milliseconds. Absent where others work on it. */
  readonly pause?: ((milliseconds: number) => void) | undefined;
}
/** The way to one origin, its connections, and what was learned of the server. */
interface Route {
  readonly way: Way;
  readonly pool: ConnectionPool;
  ignoresExpect: boolean;
}

/** HTTP/1.1 on connections of our own. */
export function createSocketTransport({ connections = 256, idleTimeoutSeconds = 60 }: ConnectionSettings, { openSocket, proxyFor, now, pause }: TransportParts): Transport {
  const routes = new Map<string, Route>();
  const buffers = createReadBuffers();
  const watch = createWatch(idleTimeoutSeconds, () => routes.values());
  const routeTo = (url: URL): Route => {
    const origin = originOf(url);
    const known = routes.get(origin);
    if (known) return known;
    const way = wayTo(url, proxyFor);
    const route: Route = { way, pool: new ConnectionPool({ target: way.target, openSocket, buffers, limit: connections, now, onOpen: watch }), ignoresExpect: false };
    routes.set(origin, route);
    return route;
  };
  return {
    async send(request) {
      if (request.signal?.aborted === true) throw abortedError(request);
      const route = routeTo(request.url);
      const given = request.body && wholeBody(request.body, request);
      const whole = given instanceof Promise ? await given : given;
      return await exchange(request, { route, whole, tries: 1 });
    },
    sendSmall(requests) {
      const { way, pool } = routeTo(requests.origin);
      // A proxy that is asked for the whole URL wants more than the small head has.
      return way.origin === originOf(requests.origin) ? sendSmall(requests, pool, pause && createGathering({ pause, now })) : undefined;
    },
    async close() {
      for (const { pool } of routes.values()) pool.close();
    },
  };
}

interface Try {
  readonly route: Route;
  /** The body where all of it is in memory. */
  readonly whole: Uint8Array | undefined;
  readonly tries: number;
}

async function exchange(request: HttpRequest, given: Try): Promise<HttpResponse> {
  const { route, whole } = given;
  const { body } = request;
  const size = whole?.byteLength ?? body?.size;
  const isLarge = body !== undefined && (size === undefined || size >= LARGE);
  const expects = isLarge && !route.ignoresExpect;
  const head = requestHead(request, route.way, { body: body && (size ?? 'chunked'), expects });
  const isStreamed = body !== undefined && (whole === undefined || whole.byteLength > ONE_WRITE);
  const outgoing = isStreamed ? { head, streamed: body, onExpectationIgnored: expects ? () => { route.ignoresExpect = true; } : undefined } : { head, bytes: whole };
  const answer = await new Promise<HttpResponse | Lost>((resolve, reject) => {
    const translate = (error: unknown): TowlineError => connectionError(error, route.way.where);
    const outcome: Outcome = { resolve, translate, reject: (error, isStale) => { if (isStale && mayRepeat(request, given)) resolve(LOST); else reject(translate(error)); } };
    new SocketExchange(request, outgoing, { outcome, pool: route.pool });
  });
  if (answer instanceof Lost) {
    route.pool.dropIdle();
    return exchange(request, { ...given, tries: given.tries + 1 });
  }
  if (answer.status !== 417 || !expects) return answer;
  answer.cancel();
  route.ignoresExpect = true;
  return exchange(request, given);
}

/** The server had closed a connection while it was idle, and did not see the request. */
class Lost {}
const LOST = new Lost();

function mayRepeat({ method, signal }: HttpRequest, { tries }: Try): boolean {
  return IDEMPOTENT.has(method) && tries < MAX_STALE && signal?.aborted !== true;
}

/** Looks at all connections with one timer, eight times in the time allowed: a timer for each exchange would cost more than the exchange. */
function createWatch(idleSeconds: number, routes: () => Iterable<Route>): () => void {
  const tickSeconds = Math.min(1, idleSeconds / 8);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    let isNeeded = false;
    for (const { pool } of routes()) {
      isNeeded = pool.watch(tickSeconds, (connection) => {
        if (connection.quietSeconds > idleSeconds) connection.fail(new IdleError(`nothing moved for ${idleSeconds} s`));
      }) || isNeeded;
    }
    if (isNeeded) return;
    clearInterval(timer);
    timer = undefined;
  };
  return () => {
    timer ??= setInterval(look, tickSeconds * 1000).unref();
  };
}
