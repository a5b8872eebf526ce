import { TowlineError } from '../errors.ts';
import type { HttpRequest } from './transport.ts';
import type { Way } from './way.ts';

/** How the body of a request is announced: so many bytes, in chunks, or not at all. */
export type Announced = number | 'chunked' | undefined;

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;
/** A line break or NUL in a value would be read as more headers, and a character beyond Latin-1 would be cut to another. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Methods whose requests mean something without a body, too, so that its absence is said. */
const NEEDS_LENGTH: ReadonlySet<string> = new Set(['PUT', 'POST', 'PATCH']);

/** The head of a request as it goes over the wire. */
export function requestHead({ method, url, headers }: HttpRequest, way: Way, { body, expects }: { readonly body: Announced; readonly expects: boolean }): string {
  if (!TOKEN.test(method)) throw unfit(`the method ${JSON.stringify(method)}`);
  let text = '';
  let hasHost = false;
  let hasAgent = false;
  let hasLength = false;
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) throw unfit(`the name ${JSON.stringify(name)} of a header`);
    if (!VALUE.test(value)) throw unfit(`the value of the header '${name}'`);
    text += `${name}: ${value}\r\n`;
    if (name.length === 4) hasHost ||= name.toLowerCase() === 'host';
    else if (name.length === 10) hasAgent ||= name.toLowerCase() === 'user-agent';
    else if (name.length === 14) hasLength ||= name.toLowerCase() === 'content-length';
  }
  if (!hasHost) text = `host: ${url.host}\r\n${text}`;
  if (!hasAgent) text += 'user-agent: towline\r\n';
  for (const [name, value] of way.proxyHeaders) text += `${name}: ${value}\r\n`;
  if (body === 'chunked') text += 'transfer-encoding: chunked\r\n';
  else if (!hasLength && (body !== undefined || NEEDS_LENGTH.has(method))) text += `content-length: ${body ?? 0}\r\n`;
  return `${method} ${way.path(url)} HTTP/1.1\r\n${text}${expects ? 'expect: 100-continue\r\n' : ''}\r\n`;
}

const unfit = (what: string): TowlineError => new TowlineError('INVALID_ARGUMENT', `${what} cannot be sent: it holds a character that no header can`);
