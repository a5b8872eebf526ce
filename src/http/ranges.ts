import { TowlineError } from '../errors.ts';
import type { HttpResponse } from './transport.ts';

/** The bounds an answer 206 or 416 names; `end` is exclusive. */
export function contentRange(response: HttpResponse): { readonly start?: number; readonly end?: number; readonly total?: number } | undefined {
  const found = /^\s*bytes\s+(?:(\d+)-(\d+)|\*)\/(\d+|\*)\s*$/i.exec(response.header('content-range') ?? '');
  if (!found) return undefined;
  const [, first, last, total] = found;
  return {
    ...(first !== undefined && { start: Number(first), end: Number(last) + 1 }),
    ...(total !== undefined && total !== '*' && { total: Number(total) }),
  };
}

/** The part of an object that was asked for; `end` is exclusive, `path` names it in messages. */
export interface WantedRange { readonly path: string; readonly start: number; readonly end: number | undefined }

/** The header that asks for a range; none where the whole is wanted. */
export function rangeHeader({ start, end }: Omit<WantedRange, 'path'>): readonly (readonly [name: string, value: string])[] {
  return start > 0 || end !== undefined ? [['range', `bytes=${start}-${end === undefined ? '' : end - 1}`]] : [];
}

/** Exactly the bytes that were asked for, out of an answer 206, or 200 from a server that knows no ranges. */
export function rangedBody(response: HttpResponse, wanted: WantedRange): AsyncIterable<Uint8Array> {
  if (response.status === 200) return wanted.start === 0 && wanted.end === undefined ? response.body : slice(response, wanted);
  const range = contentRange(response);
  const isAsked = range?.start === wanted.start && range.end !== undefined && (wanted.end === undefined || range.end <= wanted.end);
  if (!isAsked) {
    throw new TowlineError('CORRUPT', `'${wanted.path}': the server answered with another range (${response.header('content-range') ?? 'none'}) than was asked for`, { context: { path: wanted.path } });
  }
  return exactly(response, { path: wanted.path, size: (range.end ?? 0) - wanted.start });
}

/** The range out of the whole object, which a server that knows no ranges sends. */
async function* slice(response: HttpResponse, { start, end = Number.POSITIVE_INFINITY }: WantedRange): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of response.body) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, Math.min(chunk.byteLength, end - at)));
    at += chunk.byteLength;
    if (part.byteLength > 0) yield part;
    if (at >= end) break;
  }
}

async function* exactly(response: HttpResponse, { path, size }: { readonly path: string; readonly size: number }): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of response.body) {
    count += chunk.byteLength;
    if (count > size) break;
    yield chunk;
  }
  if (count !== size) throw new TowlineError('UNAVAILABLE', `'${path}': the server sent ${count > size ? 'more' : 'less'} than the range it announced`, { retryable: true, context: { path } });
}
