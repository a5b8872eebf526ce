import { TowlineError } from '../errors.ts';
import type { HttpResponse } from '../http/transport.ts';
import type { Content, Entry } from './driver.ts';

/** A part of an object. */
export interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number | undefined;
}
/** An answer as the range that was asked for. */
export interface RangedBody {
  /** Of the whole object. */
  readonly size: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Throws INVALID_ARGUMENT for what is no range. */
export function checkRange({ start, end }: ByteRange, where: string): void {
  const isRange = Number.isSafeInteger(start) && start >= 0 && (end === undefined || (Number.isSafeInteger(end) && end >= start));
  if (!isRange) throw new TowlineError('INVALID_ARGUMENT', `Cannot read ${where}: ${start}-${String(end)} is not a range`);
}


/** The value of `Range`; undefined for the whole object. */
export const rangeHeader = ({ start, end }: ByteRange): string | undefined => (start > 0 || end !== undefined ? `bytes=${start}-${end === undefined ? '' : end - 1}` : undefined);

/** What an answer of 200 or 206 holds of the range; CORRUPT when it is another one. */
export function rangedBody(response: HttpResponse, { start, end }: ByteRange): RangedBody {
  const total = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.header('content-range') ?? '');
  if (response.status === 206 && Number(total?.[1] ?? Number.NaN) !== start) {
    response.cancel();
    throw new TowlineError('CORRUPT', 'The server sent another range than it was asked for', { hint: 'Look for a proxy between here and the service.' });
  }
  const size = response.status === 206 ? Number(total?.[2]) : lengthOf(response);
  // A cache on the way may ignore the range and send all.
  return { size, body: response.status === 200 && (start > 0 || end !== undefined) ? cut(response, start, end ?? Number.POSITIVE_INFINITY) : response.body };
}

async function* cut(response: HttpResponse, start: number, end: number): AsyncIterable<Uint8Array> {
  let position = 0;
  for await (const chunk of response.body) {
    const from = Math.max(0, start - position);
    const to = Math.min(chunk.byteLength, end - position);
    position += chunk.byteLength;
    if (to > from) yield chunk.subarray(from, to);
    if (position >= end) break;
  }
  response.cancel();
}

/** Content without a byte: what a range behind the end holds, as in a file. */
export const emptyContent = (entry: Entry): Content => ({ entry, body: (async function* (): AsyncIterable<Uint8Array> { /* Nothing to give. */ })(), cancel: () => undefined });

/** The announced length of the body. */
export function lengthOf(response: HttpResponse): number | undefined {
  const text = response.header('content-length') ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
