import { TowlineError } from '../../errors.ts';
import { readText } from '../../http/bounded.ts';
import { followRedirects } from '../../http/redirects.ts';
import type { TokenCache } from '../../http/token-cache.ts';
import type { HttpBody, HttpRequest, HttpResponse, Transport } from '../../http/transport.ts';
import { type Doing, refused } from './errors.ts';
import type { Hosts } from './settings.ts';

type Header = readonly [name: string, value: string];
/** One request to the API. */
export interface DriveRequest extends Doing {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** `/drive/v3/...`, or the whole address of an upload that was begun. */
  readonly path: string | URL;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: readonly Header[];
  readonly body?: HttpBody;
  /** Statuses beside 2xx that are answers and no refusals. */
  readonly accepts?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}
/** Speaks to the API: addresses, logs in, sends, and turns refusals into errors. */
export interface DriveClient {
  readonly origin: string;
  send(request: DriveRequest): Promise<HttpResponse>;
  /** Sends, and gives the JSON of the answer. */
  ask(request: DriveRequest): Promise<unknown>;
  close(): Promise<void>;
}

/** A page of a thousand files with what is asked about each is below 1 MiB. */
const ANSWER_BYTES = 16 * 1024 * 1024;

/** What a client is made of. */
export interface ClientSettings {
  readonly transport: Transport;
  readonly login: TokenCache;
  readonly now: () => number;
}

export function createClient(hosts: Hosts, { transport, login, now }: ClientSettings): DriveClient {
  const exchange = followRedirects(transport);
  const sendOnce = async (request: DriveRequest, token: string): Promise<HttpResponse> => {
    const url = addressOf(request, hosts.api);
    // The address of an upload comes from an answer: the login goes with it to its own host only.
    const headers = url.origin === hosts.api ? [['authorization', `Bearer ${token}`] as const, ...(request.headers ?? [])] : request.headers ?? [];
    return await exchange.send({ method: request.method, url, headers, ...(request.body && { body: request.body }), ...(request.signal && { signal: request.signal }) } satisfies HttpRequest);
  };
  const send = async (request: DriveRequest): Promise<HttpResponse> => {
    for (let isAgain = false; ; isAgain = true) {
      const token = login.current() ?? (await login.get(request.signal));
      const response = await sendOnce(request, token);
      if ((response.status >= 200 && response.status < 300) || request.accepts?.includes(response.status) === true) return response;
      if (response.status !== 401 || isAgain) throw await refused(response, request, now());
      // A token may end early: it was revoked, or the clock of this machine is slow.
      response.cancel();
      login.discard(token);
    }
  };
  return {
    origin: hosts.api,
    send,
    async ask(request) {
      const text = await readText(await send(request), ANSWER_BYTES);
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        throw new TowlineError('UNAVAILABLE', `Cannot ${request.verb} ${request.where}: the answer is no JSON`, { cause, hint: 'Look for a proxy or a login page between here and Google.' });
      }
    },
    close: async () => transport.close?.(),
  };
}

function addressOf({ path, query = {} }: DriveRequest, origin: string): URL {
  const url = typeof path === 'string' ? new URL(`${origin}${path}`) : path;
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}
