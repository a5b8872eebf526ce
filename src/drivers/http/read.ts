import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Content, Entry, ReadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { contentRange, entryOf } from './entry.ts';
import { httpError } from './errors.ts';
import type { Server } from './server.ts';

/** Reads an object or a range of it, also from a server that knows no ranges. */
export async function read(server: Server, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { start = 0, end, ifMatch } = options;
  if (end !== undefined && end <= start) return nothing(await server.stat(path, options), options);
  const wantsRange = start > 0 || end !== undefined;
  const response = await server.send('GET', path, {
    signal: options.signal,
    headers: [
      ...(wantsRange ? [['range', `bytes=${start}-${end === undefined ? '' : end - 1}`] as const] : []),
      // A weak etag never matches here (RFC 9110 section 13.1.1): it is compared below.
      ...(ifMatch !== undefined && ifMatch.startsWith('"') ? [['if-match', ifMatch] as const] : []),
    ],
  });
  if (response.status === 416 && wantsRange) {
    response.cancel();
    return nothing(await server.stat(path, options), options);
  }
  if (response.status !== 200 && !(response.status === 206 && wantsRange)) throw await httpError(response, server.attempt('read', 'GET', path));
  const entry = entryOf(path, response);
  try {
    checkMatch(entry, ifMatch);
    return { entry, body: bodyOf(response, { path, start, end }), cancel: () => response.cancel() };
  } catch (error) {
    response.cancel();
    throw error;
  }
}

/** Nothing lies in the range, but the object does. */
function nothing(entry: Entry, { ifMatch }: ReadOptions): Content {
  checkMatch(entry, ifMatch);
  return { entry, body: (async function* () { /* no bytes */ })(), cancel: () => undefined };
}

/** Servers without preconditions answer as if none had been set, so the answer is looked at as well. */
function checkMatch({ etag, path }: Entry, ifMatch: string | undefined): void {
  if (ifMatch === undefined || etag === ifMatch) return;
  throw new TowlineError('PRECONDITION_FAILED', etag === undefined ? `'${path}' cannot be read on: the server names no version of it` : `'${path}' is no longer what it was`, {
    hint: 'Start again from the beginning.', context: { path },
  });
}

interface Wanted { readonly path: Path; readonly start: number; readonly end: number | undefined }

function bodyOf(response: HttpResponse, wanted: Wanted): AsyncIterable<Uint8Array> {
  if (response.status === 200) return wanted.start === 0 && wanted.end === undefined ? response.body : slice(response, wanted);
  const range = contentRange(response);
  const isAsked = range?.start === wanted.start && range.end !== undefined && (wanted.end === undefined || range.end <= wanted.end);
  if (!isAsked) {
    throw new TowlineError('CORRUPT', `'${wanted.path}': the server answered with another range (${response.header('content-range') ?? 'none'}) than was asked for`, { context: { path: wanted.path } });
  }
  return exactly(response, { path: wanted.path, size: (range.end ?? 0) - wanted.start });
}

/** The range out of the whole object, which a server that knows no ranges sends. */
async function* slice(response: HttpResponse, { start, end = Number.POSITIVE_INFINITY }: Wanted): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of response.body) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, Math.min(chunk.byteLength, end - at)));
    at += chunk.byteLength;
    if (part.byteLength > 0) yield part;
    if (at >= end) break;
  }
}

async function* exactly(response: HttpResponse, { path, size }: { readonly path: Path; readonly size: number }): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of response.body) {
    count += chunk.byteLength;
    if (count > size) break;
    yield chunk;
  }
  if (count !== size) throw new TowlineError('UNAVAILABLE', `'${path}': the server sent ${count > size ? 'more' : 'less'} than the range it announced`, { retryable: true, context: { path } });
}
