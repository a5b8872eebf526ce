import { TowlineError } from '../../errors.ts';
import { redactUrl } from '../../http/redact.ts';
import type { HttpBody, HttpRequest, HttpResponse, Transport } from '../../http/transport.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Path } from '../../storage/path.ts';
import { type Doing, webhdfsError } from './errors.ts';

/** One operation of WebHDFS. */
export interface Operation extends CallOptions {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly op: string;
  /** An absolute name in HDFS. */
  readonly name: string;
  readonly query?: readonly (readonly [name: string, value: string])[];
  /** Sent to where the first answer leads, as WebHDFS wants it: the NameNode takes no bytes. */
  readonly body?: HttpBody;
  /** For messages. */
  readonly verb: string;
  readonly path: Path;
}
/** The server of a remote. */
export interface Namenode {
  /** Resolves with an answer of 2xx only. */
  ask(operation: Operation): Promise<HttpResponse>;
  close(): Promise<void>;
}
export interface NamenodeSettings {
  readonly transport: Transport;
  /** `http(s)://host:port/webhdfs/v1`. */
  readonly base: string;
  /** What stands in for `base`, as `data_proxy_target` says. */
  readonly target: string | undefined;
  /** Go with every request to it. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  readonly displayUrl: string;
  readonly now: () => number;
}

export function createNamenode(settings: NamenodeSettings): Namenode {
  const { transport, now, displayUrl } = settings;
  const home = new URL(proxied(settings.base, settings));
  let takesBytesItself = false;
  const exchange = async ({ signal, ...operation }: Operation): Promise<HttpResponse> => {
    const { method, body } = operation;
    const send = (request: Pick<HttpRequest, 'url' | 'body'>): Promise<HttpResponse> => transport.send({ method, ...request, headers: headersOf(request.body), continuesUnasked: request.body !== undefined, ...(signal && { signal }) });
    if (body && takesBytesItself) return await send({ url: urlOf({ ...operation, query: [...(operation.query ?? []), ['data', 'true']] }, settings), body });
    const first = await send({ url: urlOf(operation, settings) });
    const to = redirectTarget(first, operation.name, settings);
    if (to === undefined) {
      if (body && first.status < 300) throw unasked(first, displayUrl);
      return first;
    }
    first.cancel();
    // HttpFS leads to itself with this mark; knowing that saves the first half of every upload.
    takesBytesItself ||= body !== undefined && to.origin === home.origin && to.searchParams.get('data') === 'true' && to.searchParams.get('namenoderpcaddress') === null;
    return await send({ url: to, ...(body && { body }) });
  };
  return {
    async ask(operation) {
      const response = await exchange(operation);
      if (response.status >= 200 && response.status < 300) return response;
      const doing: Doing = { verb: operation.verb, path: operation.path, displayUrl };
      throw await webhdfsError(response, doing, now());
    },
    close: async () => transport.close?.(),
  };
}

/** HttpFS refuses bytes that are called anything else (3.4.2, 2026-11-28). */
const headersOf = (body: HttpBody | undefined): HttpRequest['headers'] => [['accept-encoding', 'identity'], ...(body ? [['content-type', 'application/octet-stream'] as const] : [])];

function urlOf({ op, name, query = [] }: Pick<Operation, 'op' | 'name' | 'query'>, settings: NamenodeSettings): URL {
  const search = [['op', op] as const, ...query, ...settings.parameters].map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
  return new URL(`${proxied(settings.base + encodeName(name), settings)}?${search}`);
}

function encodeName(name: string): string {
  try {
    return name.split('/').map((segment) => encodeURIComponent(segment)).join('/');
  } catch (cause) {
    throw new TowlineError('INVALID_ARGUMENT', `'${name}' is not a name that can stand in a URL`, { cause });
  }
}

/** DVC puts the target in the place of the NameNode's own address, in what it asks and in where it is led. */
function proxied(url: string, { base, target }: Pick<NamenodeSettings, 'base' | 'target'>): string {
  return target !== undefined && (url === base || url.startsWith(`${base}/`)) ? target + url.slice(base.length) : url;
}

/** Where the answer leads; undefined where it is the answer itself. */
export function redirectTarget(response: HttpResponse, name: string, settings: Pick<NamenodeSettings, 'base' | 'target'>): URL | undefined {
  const location = response.header('location');
  if (response.status < 300 || response.status > 399 || location === undefined) return undefined;
  const text = proxied(location, settings);
  const to = URL.canParse(text, response.url.href) ? new URL(text, response.url) : undefined;
  const isFit = to !== undefined && /^https?:$/.test(to.protocol) && !(response.url.protocol === 'https:' && to.protocol === 'http:');
  if (isFit) {
    // User info in a Location would be credentials that nobody here gave.
    to.username = '';
    to.password = '';
    return asNamed(to, name);
  }
  response.cancel();
  throw new TowlineError('UNAVAILABLE', `${redactUrl(response.url)}: a redirect to '${redactUrl(location).slice(0, 200)}' is not followed`, {
    hint: 'Have the data nodes speak https, too (dfs.http.policy), or reach them by a gateway: data_proxy_target.',
  });
}

/** Java's URI composes accents (https://docs.oracle.com/javase/8/docs/api/java/net/URI.html#toASCIIString--), so the NameNode leads to another file than was asked for (3.4.2, 2026-11-28). */
function asNamed(to: URL, name: string): URL {
  const composed = encodeName(name.normalize('NFC'));
  if (composed !== encodeName(name) && to.pathname.endsWith(composed)) to.pathname = to.pathname.slice(0, -composed.length) + encodeName(name);
  return to;
}

function unasked(response: HttpResponse, displayUrl: string): TowlineError {
  response.cancel();
  return new TowlineError('UNSUPPORTED', `${displayUrl} does not say where the bytes of an upload go`, { hint: 'Look for a proxy between here and the NameNode that follows redirects by itself.' });
}
