import { webhdfs } from '../../src/drivers/webhdfs/index.ts';
import type { ConnectionSettings, HttpRequest, HttpResponse } from '../../src/http/transport.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import type { Answer, SeenRequest } from './s3-wire.ts';

export interface WebhdfsWire {
  readonly seen: SeenRequest[];
  readonly connections: ConnectionSettings[];
  open(options?: Readonly<Record<string, string>>, url?: string): Promise<Required<Driver>>;
}

/** A cluster in memory that answers each request by `answer`, so that every byte a driver sends can be looked at. */
export function createWebhdfsWire(answer: (request: SeenRequest, count: number) => Answer): WebhdfsWire {
  const seen: SeenRequest[] = [];
  const connections: ConnectionSettings[] = [];
  let chance = 0;
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    const body: Uint8Array[] = [];
    if (request.body?.bytes) body.push(request.body.bytes);
    else for await (const chunk of request.body?.open() ?? []) body.push(chunk.slice());
    const { url } = request;
    const one: SeenRequest = { method: request.method, target: url.pathname + url.search, origin: url.origin, headers: new Map(request.headers), body: Buffer.concat(body).toString('latin1') };
    seen.push(one);
    const { status = 200, headers = {}, body: text = '' } = answer(one, seen.length);
    const all = new Map(Object.entries({ 'content-length': String(Buffer.byteLength(text)), 'content-type': 'application/json', ...headers }));
    return { status, url, header: (name) => all.get(name.toLowerCase()), headers: () => all, body: (async function* () { yield Buffer.from(text); })(), cancel: () => undefined };
  };
  return {
    seen, connections,
    async open(options = {}, url = 'webhdfs://namenode:9870/store') {
      const settings = new Map(Object.entries(options).map(([key, value]) => [key, { value, place: 'test' }]));
      return (await webhdfs.open(webhdfs.parse(url), readOptions(webhdfs.options, settings), {
        env: {}, now: () => Date.UTC(2026, 10, 28), platform: 'linux', home: '/nowhere', processors: 1, wait: async () => undefined, randomBytes: (count) => new Uint8Array(count).fill(chance++), warn: () => undefined,
        connect: (connection = {}) => {
          connections.push(connection);
          return { send };
        },
      })) as Required<Driver>;
    },
  };
}

export const statusOf = (length: number, { type = 'FILE', pathSuffix = '', modificationTime = 1 } = {}): object => ({ type, length, pathSuffix, modificationTime, fileId: 7 });
export const json = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });
export const exception = (name: string, message: string, status = 403): Answer => json({ RemoteException: { exception: name, javaClassName: `org.apache.hadoop.${name}`, message } }, status);
export const operationOf = ({ target }: SeenRequest): string => new URLSearchParams(target.slice(target.indexOf('?'))).get('op') ?? '';

/** One object of `bytes`, on a NameNode that leads to a data node for all that carries bytes. */
export function oneObject(bytes = 'hello'): (request: SeenRequest) => Answer {
  return (request) => {
    const op = operationOf(request);
    if (op === 'GETFILESTATUS') return json({ FileStatus: statusOf(bytes.length) });
    if (op === 'RENAME') return {};
    if (op === 'DELETE') return json({ boolean: true });
    if (op === 'LISTSTATUS_BATCH') return json({ DirectoryListing: { partialListing: { FileStatuses: { FileStatus: [statusOf(1, { pathSuffix: 'a' })] } }, remainingEntries: 0 } });
    if (!request.origin.includes('datanode')) return { status: 307, headers: { location: `http://datanode:9864${request.target.replace(/&(user\.name|doas|delegation)=[^&]*/g, '')}&namenoderpcaddress=n&delegation=of-the-namenode` } };
    if (op === 'OPEN') return { body: bytes };
    if (op === 'CREATE') return { status: 201 };
    return json({ FileChecksum: { algorithm: 'x', bytes: '00ff', length: 2 } });
  };
}
