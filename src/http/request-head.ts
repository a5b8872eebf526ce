import { TowlineError } from '../errors.ts';
import type { HttpRequest, SmallRequest } from './transport.ts';
import type { Way } from './way.ts';

/** How the body of a request is announced: so many bytes, in chunks, or not at all. */
export type Announced = number | 'chunked' | undefined;

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;
/** A line break or NUL in a value would be read as more headers, and a character beyond Latin-1 would be cut to another. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** A path and query, percent-encoded. */
const TARGET = /^\/[\x21-\x7e]*$/;
/** Methods whose requests mean something without a body, too, so that its absence is said. */
const NEEDS_LENGTH: ReadonlySet<string> = new Set(['PUT', 'POST', 'PATCH']);

/** The head of a request as it goes over the wire. */
export function requestHead({ method, url, headers }: HttpRequest, way: Way, { body, expects }: { readonly body: Announced; readonly expects: boolean }): string {
  const { text, hasLength } = headerLines(headers, url.host);
  let more = '';
  for (const [name, value] of way.proxyHeaders) more += `${name}: ${value}\r\n`;
  if (body === 'chunked') more += 'transfer-encoding: chunked\r\n';
  else if (!hasLength) more += lengthLine(method, body);
  return `${requestLine(method, way.path(url))}${text}${more}${expects ? 'expect: 100-continue\r\n' : ''}\r\n`;
}

/** The head of one that goes straight to its server, with its body. */
export function smallHead({ method, target, headers, body }: SmallRequest, host: string): string {
  if (!TARGET.test(target)) throw unfit(`the path ${JSON.stringify(target)}`);
  const { text, hasLength } = headerLines(headers, host);
  return `${requestLine(method, target)}${text}${hasLength ? '' : lengthLine(method, body?.byteLength)}\r\n`;
}

function lengthLine(method: string, size: number | undefined): string {
  return size !== undefined || NEEDS_LENGTH.has(method) ? `content-length: ${size ?? 0}\r\n` : '';
}

function requestLine(method: string, target: string): string {
  if (!TOKEN.test(method)) throw unfit(`the method ${JSON.stringify(method)}`);
  return `${method} ${target} HTTP/1.1\r\n`;
}

function headerLines(headers: HttpRequest['headers'], host: string): { readonly text: string; readonly hasLength: boolean } {
  let text = '';
  let values = '';
  let hasHost = false;
  let hasAgent = false;
  let hasLength = false;
  for (const [name, value] of headers) {
    if (!seenNames.has(name)) learnName(name);
    values += value;
    text += `${name}: ${value}\r\n`;
    if (name.length === 4) hasHost ||= name.toLowerCase() === 'host';
    else if (name.length === 10) hasAgent ||= name.toLowerCase() === 'user-agent';
    else if (name.length === 14) hasLength ||= name.toLowerCase() === 'content-length';
  }
  // All at once, as one test for each costs more than the characters.
  if (!VALUE.test(values)) throw unfit(`the value of the header '${headers.find(([, value]) => !VALUE.test(value))?.[0] ?? ''}'`);
  if (!hasHost) text = `host: ${host}\r\n${text}`;
  if (!hasAgent) text += 'user-agent: towline\r\n';
  return { text, hasLength };
}

/** Names that are none of a user's own are the same few in every request. */
const seenNames = new Set<string>();
const MOST_NAMES = 1000;

function learnName(name: string): void {
  if (!TOKEN.test(name)) throw unfit(`the name ${JSON.stringify(name)} of a header`);
  if (seenNames.size < MOST_NAMES) seenNames.add(name);
}

const unfit = (what: string): TowlineError => new TowlineError('INVALID_ARGUMENT', `${what} cannot be sent: it holds a character that no header can`);
