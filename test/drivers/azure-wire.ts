import { azure } from '../../src/drivers/azure/index.ts';
import type { ConnectionSettings, HttpRequest, HttpResponse } from '../../src/http/transport.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import type { Answer, SeenRequest, WireOptions } from './s3-wire.ts';

export interface AzureWire {
  readonly seen: SeenRequest[];
  readonly warnings: string[];
  readonly connections: ConnectionSettings[];
  /** An account key is there unless the options say '' or another login. */
  open(options?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>, url?: string): Promise<Required<Driver>>;
}

/** A blob service in memory that answers each request by `answer`, so that every byte a driver sends can be looked at. */
export function createAzureWire(answer: (request: SeenRequest, count: number) => Answer, { now = () => Date.UTC(2026, 10, 21) }: WireOptions = {}): AzureWire {
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
    const { status = 200, headers = {}, body: text = '' } = answer(one, seen.length);
    const all = new Map(Object.entries({ 'content-length': String(Buffer.byteLength(text)), ...headers }));
    return { status, url, header: (name) => all.get(name.toLowerCase()), headers: () => all, body: (async function* () { yield Buffer.from(text); })(), cancel: () => undefined };
  };
  return {
    seen, warnings, connections,
    async open(options = {}, env = {}, url = 'azure://box/pre') {
      const given = { account_name: 'acct', account_key: Buffer.from('hidden-secret').toString('base64'), ...options };
      const settings = new Map(Object.entries(given).filter(([, value]) => value !== '').map(([key, value]) => [key, { value, place: 'test' }]));
      return (await azure.open(azure.parse(url), readOptions(azure.options, settings), {
        env, now, platform: 'linux', home: '/nowhere', processors: 1, wait: async () => undefined, randomBytes: (count) => new Uint8Array(count).fill(1),
        warn: ({ text }) => { warnings.push(text); },
        connect: (connection = {}) => {
          connections.push(connection);
          return { send };
        },
      })) as Required<Driver>;
    },
  };
}
