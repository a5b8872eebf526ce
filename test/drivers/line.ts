import type { ConnectionSettings, HttpRequest, HttpResponse, SmallRequests } from '../../src/http/transport.ts';
import type { Opening } from '../../src/storage/definition.ts';
import { bytesBody } from '../../src/storage/request-body.ts';

/** What the service of a test answers. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}
/** A request as a service would see it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query as they stand on the wire. */
  readonly target: string;
  readonly origin: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}
/** What went over the line, and what a driver is lent to speak over it. */
export interface Line {
  readonly seen: SeenRequest[];
  readonly warnings: string[];
  readonly connections: ConnectionSettings[];
  opening(env?: Readonly<Record<string, string>>): Opening;
}

/** A service in memory that answers each request by `answer`, so that every byte a driver sends can be looked at. */
export function createLine(answer: (request: SeenRequest, count: number) => Answer, { now = () => Date.UTC(2026, 10, 21) }: { readonly now?: () => number } = {}): Line {
  const seen: SeenRequest[] = [];
  const warnings: string[] = [];
  const connections: ConnectionSettings[] = [];
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    const body: Uint8Array[] = [];
    if (request.body?.bytes) body.push(request.body.bytes);
    else for await (const chunk of request.body?.open() ?? []) body.push(chunk.slice());
    const { url } = request;
    const one: SeenRequest = { method: request.method, target: url.pathname + url.search, origin: url.origin, headers: new Map(request.headers), body: Buffer.concat(body).toString('latin1') };
    seen.push(one);
    return responseOf(answer(one, seen.length), url);
  };
  /** One after the other, so that a test says what has come of which. */
  const sendSmall = async ({ origin, next, room }: SmallRequests): Promise<void> => {
    while (room() > 0) {
      const one = next();
      if (one === undefined) return;
      const answered = await send({ method: one.method, url: new URL(origin.origin + one.target), headers: one.headers, ...(one.body && { body: bytesBody(one.body) }) });
      const body: Uint8Array[] = [];
      for await (const chunk of answered.body) body.push(chunk);
      const whole = Buffer.concat(body);
      const place = answered.status === 200 && whole.byteLength > 65_536 ? one.land?.(whole.byteLength) : undefined;
      if (place) {
        whole.copy(place.memory());
        place.came(whole.byteLength, () => undefined);
      }
      one.take(answered, place ?? whole);
      place?.leave();
    }
  };
  return {
    seen, warnings, connections,
    opening: (env = {}) => ({
      env, now, platform: 'linux', home: '/nowhere', processors: 1, wait: async () => undefined, randomBytes: (count) => new Uint8Array(count),
      warn: ({ text }) => { warnings.push(text); },
      connect: (connection = {}) => {
        connections.push(connection);
        return { send, sendSmall };
      },
    }),
  };
}

function responseOf({ status = 200, headers = {}, body = '' }: Answer, url: URL): HttpResponse {
  const all = new Map(Object.entries({ 'content-length': String(Buffer.byteLength(body)), ...headers }));
  return { status, url, header: (name) => all.get(name.toLowerCase()), headers: () => all, body: (async function* () { yield Buffer.from(body); })(), cancel: () => undefined };
}
