import { TowlineError } from '../../errors.ts';
import { SMALL_BODY, smallBody } from '../../http/small-body.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { wholeContent } from '../../storage/content.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { encodeQuery } from './encoding.ts';
import { entryOf } from './entry.ts';
import type { Session } from './session.ts';
import type { Header } from './sigv4.ts';

const versionQuery = (versionId: string | undefined): string => (versionId === undefined ? '' : encodeQuery({ versionId }));

export async function stat({ client, keyOf, headers }: Session, path: Path, { versionId, signal }: StatOptions = {}): Promise<Entry> {
  const response = await client.send({ method: 'HEAD', verb: 'look at', key: keyOf(path), query: versionQuery(versionId), headers: headers.key, signal });
  response.cancel();
  return entryOf(path, response, { size: lengthOf(response), hidesMd5: headers.hidesMd5 });
}

export async function read(session: Session, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { client, keyOf, headers } = session;
  const { start = 0, end, ifMatch, versionId, signal } = options;
  checkRange(start, end, client.where(keyOf(path)));
  if (end === start) return nothing(await statMatching(session, path, options));
  const isRanged = start > 0 || end !== undefined;
  const asked: readonly Header[] = [
    ...headers.key,
    ...(isRanged ? [['range', `bytes=${start}-${end === undefined ? '' : end - 1}`] as const] : []),
    ...(ifMatch === undefined ? [] : [['if-match', `"${ifMatch}"`] as const]),
  ];
  let response: HttpResponse;
  try {
    response = await client.send({ method: 'GET', verb: 'read', key: keyOf(path), query: versionQuery(versionId), headers: asked, signal });
  } catch (error) {
    // A range behind the end is refused by the service; here it is what it is in a file: nothing.
    if (isRanged && error instanceof TowlineError && error.context['status'] === 416) return nothing(await statMatching(session, path, options));
    throw error;
  }
  return contentOf(path, response, { start, end, hidesMd5: headers.hidesMd5 });
}

function contentOf(path: Path, response: HttpResponse, { start, end, hidesMd5 }: { readonly start: number; readonly end: number | undefined; readonly hidesMd5: boolean }): Content | Promise<Content> {
  const total = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.header('content-range') ?? '');
  if (response.status === 206 && Number(total?.[1] ?? Number.NaN) !== start) {
    response.cancel();
    throw new TowlineError('CORRUPT', 'The server sent another range than it was asked for', { hint: 'Look for a proxy between here and the service.' });
  }
  const size = response.status === 206 ? Number(total?.[2]) : lengthOf(response);
  const entry = entryOf(path, response, { size, hidesMd5 });
  // A cache on the way may ignore the range and send all.
  if (response.status === 200 && (start > 0 || end !== undefined)) return { entry, body: cut(response, start, end ?? Number.POSITIVE_INFINITY), cancel: () => response.cancel() };
  const length = lengthOf(response);
  if (length === undefined || length > SMALL_BODY) return { entry, body: response.body, cancel: () => response.cancel() };
  const bytes = smallBody(response, length);
  return bytes instanceof Promise ? bytes.then((all) => wholeContent(entry, all)) : wholeContent(entry, bytes);
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

async function statMatching(session: Session, path: Path, options: ReadOptions): Promise<Entry> {
  const entry = await stat(session, path, options);
  if (options.ifMatch !== undefined && entry.etag !== options.ifMatch) throw new TowlineError('PRECONDITION_FAILED', `${session.client.where(session.keyOf(path))} has changed`);
  return entry;
}

const nothing = (entry: Entry): Content => ({ entry, body: (async function* (): AsyncIterable<Uint8Array> { /* Nothing to give. */ })(), cancel: () => undefined });

function checkRange(start: number, end: number | undefined, where: string): void {
  const isRange = Number.isSafeInteger(start) && start >= 0 && (end === undefined || (Number.isSafeInteger(end) && end >= start));
  if (!isRange) throw new TowlineError('INVALID_ARGUMENT', `Cannot read ${where}: ${start}-${String(end)} is not a range`);
}

function lengthOf(response: HttpResponse): number | undefined {
  const text = response.header('content-length') ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
