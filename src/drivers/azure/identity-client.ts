import { TowlineError } from '../../errors.ts';
import { readText } from '../../http/bounded.ts';
import type { HttpBody, Transport } from '../../http/transport.ts';
import type { Clock } from '../../runtime.ts';
import { linkedController } from '../../storage/call.ts';
import type { IdentityPackage } from './identity-package.ts';

type ClientOptions = NonNullable<ConstructorParameters<IdentityPackage['EnvironmentCredential']>[0]>;
/** What the package sends its requests by. */
export type IdentityClient = NonNullable<ClientOptions['httpClient']>;
type IdentityRequest = Parameters<IdentityClient['sendRequest']>[0];
type IdentityResponse = Awaited<ReturnType<IdentityClient['sendRequest']>>;
type IdentityHeaders = IdentityResponse['headers'];

/** Larger than any token, and than what is known of an authority. */
const ANSWER_BYTES = 1024 * 1024;

/** Lets the package for identities go by our way to the net, so that proxy, TLS settings and limits hold there too. */
export function identityClient(transport: Transport, { wait }: Pick<Clock, 'wait'>): IdentityClient {
  return {
    async sendRequest(request) {
      const { controller, unlink } = linkedController(abortSignal(request));
      const over = new AbortController();
      if (request.timeout > 0) wait(request.timeout, over.signal).then(() => { controller.abort(); }, () => undefined);
      try {
        const body = bodyOf(request);
        const headers = [...request.headers].filter(([name]) => name.toLowerCase() !== 'content-length');
        const response = await transport.send({ method: request.method, url: new URL(request.url), headers, signal: controller.signal, ...(body && { body }) });
        return { request, status: response.status, headers: headersOf(response.headers()), bodyAsText: await readText(response, ANSWER_BYTES) };
      } finally {
        over.abort();
        unlink();
      }
    },
  };
}

function abortSignal({ abortSignal: given }: IdentityRequest): AbortSignal | undefined {
  if (given === undefined || given instanceof AbortSignal) return given;
  const controller = new AbortController();
  given.addEventListener('abort', () => { controller.abort(); });
  return controller.signal;
}

function bodyOf({ body }: IdentityRequest): HttpBody | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== 'string') throw new TowlineError('UNSUPPORTED', 'the package for identities sends a body that is no text');
  const bytes = Buffer.from(body);
  return { size: bytes.byteLength, bytes, open: async function* () { yield bytes; } };
}

function headersOf(pairs: Iterable<readonly [name: string, value: string]>): IdentityHeaders {
  const values = new Map([...pairs].map(([name, value]) => [name.toLowerCase(), value] as [string, string]));
  return {
    get: (name) => values.get(name.toLowerCase()),
    has: (name) => values.has(name.toLowerCase()),
    set: (name, value) => void values.set(name.toLowerCase(), String(value)),
    delete: (name) => void values.delete(name.toLowerCase()),
    toJSON: () => Object.fromEntries(values),
    [Symbol.iterator]: () => values[Symbol.iterator](),
  };
}
