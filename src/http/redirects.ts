import { TowlineError } from '../errors.ts';
import { redactUrl } from './redact.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

/** How far redirects are followed. */
export interface RedirectOptions {
  /** Default 10. */
  readonly limit?: number;
  /** More headers that are secrets and never leave the origin they were meant for, in lower case. */
  readonly secretHeaders?: readonly string[];
}

const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Only these say that the same request is meant there: after the others browsers send a GET, and an upload would be lost. */
const SAME_METHOD: ReadonlySet<number> = new Set([307, 308]);
const ALWAYS_SECRET = ['authorization', 'proxy-authorization', 'cookie'];

/**
 * Follows redirects: GET and HEAD by 301, 302, 303, 307 and 308, other methods by 307 and 308 only, with their body opened anew.
 * Another redirect of those is given back as the answer it is. Credentials stay with their origin; https never becomes http.
 */
export function followRedirects(transport: Transport, { limit = 10, secretHeaders = [] }: RedirectOptions = {}): Transport {
  const secrets = new Set([...ALWAYS_SECRET, ...secretHeaders.map((name) => name.toLowerCase())]);
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    let current = request;
    for (let followed = 0; ; followed += 1) {
      const response = await transport.send(current);
      const to = target(response, current);
      if (to === undefined) return response;
      response.cancel();
      if (followed >= limit) throw refused(current.url, `more than ${limit} redirects`, 'Open the URL in a browser: it may lead in a circle or to a login page.');
      if (current.url.protocol === 'https:' && to.protocol !== 'https:') {
        throw refused(current.url, `a redirect from https to ${redactUrl(to)} is not followed, it would be readable on the way`, 'Have the server corrected, or use the http URL itself if you mean it.');
      }
      const headers = to.origin === current.url.origin ? current.headers : current.headers.filter(([name]) => !secrets.has(name.toLowerCase()) && name.toLowerCase() !== 'host');
      current = { ...current, url: to, headers };
    }
  };
  return { ...transport, send };
}

/** Where the answer leads, or undefined where it is final. */
function target(response: HttpResponse, { method, url }: HttpRequest): URL | undefined {
  const { status } = response;
  if (!FOLLOWED.has(status) || !(method === 'GET' || method === 'HEAD' || SAME_METHOD.has(status))) return undefined;
  const location = response.header('location');
  if (location === undefined) return undefined;
  const to = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  if (to === undefined || !/^https?:$/.test(to.protocol)) {
    response.cancel();
    throw refused(url, `a redirect to '${redactUrl(location).slice(0, 200)}' cannot be followed`, 'Set the URL of the remote to where the data are.');
  }
  // User info in a Location would be credentials that nobody here gave.
  to.username = '';
  to.password = '';
  if (to.hash === '') to.hash = url.hash;
  return to;
}

function refused(from: URL, what: string, hint: string): TowlineError {
  return new TowlineError('UNAVAILABLE', `${redactUrl(from)}: ${what}`, { hint, context: { url: redactUrl(from) } });
}
