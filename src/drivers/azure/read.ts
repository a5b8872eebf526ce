import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { entryOf, isFolder } from './entry.ts';
import type { Session } from './session.ts';
import type { Header } from './shared-key.ts';

export async function stat({ client, keyOf }: Session, path: Path, { versionId, signal }: StatOptions = {}): Promise<Entry> {
  const key = keyOf(path);
  const response = await client.send({ method: 'HEAD', verb: 'look at', key, query: { versionid: versionId }, signal });
  response.cancel();
  requireObject(response, client.where(key));
  return entryOf(path, response, lengthOf(response));
}

export async function read(session: Session, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { client, keyOf } = session;
  const { start = 0, end, ifMatch, versionId, signal } = options;
  const key = keyOf(path);
  checkRange(start, end, client.where(key));
  if (end === start) return nothing(await statMatching(session, path, options));
  const isRanged = start > 0 || end !== undefined;
  const asked: readonly Header[] = [
    ...(isRanged ? [['range', `bytes=${start}-${end === undefined ? '' : end - 1}`] as const] : []),
    ...(ifMatch === undefined ? [] : [['if-match', ifMatch] as const]),
  ];
  let response: HttpResponse;
  try {
    response = await client.send({ method: 'GET', verb: 'read', key, query: { versionid: versionId }, headers: asked, signal });
  } catch (error) {
    // A range behind the end is refused by the service; here it is what it is in a file: nothing.
    if (isRanged && error instanceof TowlineError && error.context['status'] === 416) return nothing(await statMatching(session, path, options));
    throw error;
  }
  requireObject(response, client.where(key));
  return contentOf(path, response, { start, end });
}

function contentOf(path: Path, response: HttpResponse, { start, end }: { readonly start: number; readonly end: number | undefined }): Content {
  const total = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.header('content-range') ?? '');
  if (response.status === 206 && Number(total?.[1] ?? Number.NaN) !== start) {
    response.cancel();
    throw new TowlineError('CORRUPT', 'The server sent another range than it was asked for', { hint: 'Look for a proxy between here and the service.' });
  }
  const size = response.status === 206 ? Number(total?.[2]) : lengthOf(response);
  // A cache on the way may ignore the range and send all.
  const body = response.status === 200 && (start > 0 || end !== undefined) ? cut(response, start, end ?? Number.POSITIVE_INFINITY) : response.body;
  return { entry: entryOf(path, response, size), body, cancel: () => response.cancel() };
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

/** A folder of an account with a hierarchical namespace is no object. */
function requireObject(response: HttpResponse, where: string): void {
  if (!isFolder((name) => response.header(name))) return;
  response.cancel();
  throw new TowlineError('NOT_FOUND', `${where} is a folder, not an object`);
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
