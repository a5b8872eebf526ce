import type { ConnectionSettings, HttpRequest, HttpResponse } from '../../src/http/transport.ts';
import { s3 } from '../../src/drivers/s3/index.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';

/** What the service of a test answers. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
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
export interface Wire {
  readonly seen: SeenRequest[];
  readonly warnings: string[];
  readonly connections: ConnectionSettings[];
  open(options?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>, url?: string): Promise<Driver>;
}
export interface WireOptions {
  readonly now?: () => number;
}

/** A service in memory that answers each request by `answer`, so that every byte a driver sends can be looked at. */
export function createWire(answer: (request: SeenRequest, count: number) => Answer, { now = () => Date.UTC(2026, 10, 21) }: WireOptions = {}): Wire {
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
  return {
    seen, warnings, connections,
    async open(options = {}, env = {}, url = 's3://bucket/pre') {
      const settings = new Map(Object.entries({ access_key_id: 'AKID', secret_access_key: 'hidden-secret', region: 'eu-west-1', ...options }).map(([key, value]) => [key, { value, place: 'test' }]));
      return await s3.open(s3.parse(url), readOptions(s3.options, settings), {
        env, now, platform: 'linux', home: '/nowhere', processors: 1, wait: async () => undefined, randomBytes: (count) => new Uint8Array(count),
        warn: ({ text }) => { warnings.push(text); },
        connect: (connection = {}) => {
          connections.push(connection);
          return { send };
        },
      });
    },
  };
}

function responseOf({ status = 200, headers = {}, body = '' }: Answer, url: URL): HttpResponse {
  const all = new Map(Object.entries({ 'content-length': String(Buffer.byteLength(body)), ...headers }));
  return { status, url, header: (name) => all.get(name.toLowerCase()), headers: () => all, body: (async function* () { yield Buffer.from(body); })(), cancel: () => undefined };
}
