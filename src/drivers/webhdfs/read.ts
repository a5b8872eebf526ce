import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { entryOf, type FileStatus } from './file-status.ts';
import { getChecksum, getStatus } from './operations.ts';
import { about, type About, nameOf, type Place, refuseVersion } from './place.ts';

/**
 * Up to here a whole object is gathered before `read` resolves: when the connection breaks, the read itself fails and can be repeated.
 * A larger one goes on where it broke, for which it needs an etag, which costs requests of its own.
 */
const SMALL = 256 * 1024;

export async function stat(place: Place, path: Path, { versionId, signal, withoutEtag = false }: StatOptions = {}): Promise<Entry> {
  refuseVersion(versionId);
  const what = about('look at', path, signal);
  const status = await getStatus(place, nameOf(place, path), what);
  if (status.kind === 'other') throw neither(place, path);
  return entryOf(path, status, withoutEtag || status.kind === 'directory' ? undefined : await getChecksum(place, nameOf(place, path), what));
}

export async function read(place: Place, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { start = 0, end, ifMatch, versionId, signal } = options;
  refuseVersion(versionId);
  const what = about('read', path, signal);
  if (start > 0 || end !== undefined || ifMatch !== undefined) return await readDescribed(place, what, options);
  const response = await open(place, what, {});
  const bytes = await gatherSmall(response, path);
  if (bytes === undefined) return await readDescribed(place, what, options);
  return { entry: { path, kind: 'file', size: bytes.byteLength }, body: (async function* () { yield bytes; })(), cancel: () => undefined };
}

/** The whole body when it is small. HttpFS does not say a length before more than some 32 KiB (3.4.2, 2026-11-28), so it may take some bytes to know. */
async function gatherSmall(response: HttpResponse, path: Path): Promise<Uint8Array | undefined> {
  const size = lengthOf(response);
  const kept: Uint8Array[] = [];
  let count = 0;
  if (size === undefined || size <= SMALL) {
    for await (const chunk of size === undefined ? response.body : exactly(response, { path, size })) {
      count += chunk.byteLength;
      if (count > SMALL) break;
      kept.push(Buffer.from(chunk));
    }
  }
  if (count <= SMALL && (size ?? 0) <= SMALL) return Buffer.concat(kept, count);
  response.cancel();
  return undefined;
}

/** Opens a part of an object whose entry is that of the bytes: nothing tells them apart but looking before and after. */
async function readDescribed(place: Place, what: About, { start = 0, end = Number.POSITIVE_INFINITY, ifMatch }: ReadOptions): Promise<Content> {
  const name = nameOf(place, what.path);
  const before = await getStatus(place, name, what);
  if (before.kind !== 'file') throw neither(place, what.path);
  const range = { start, end: Math.min(end, before.length) };
  const opening = range.end > range.start ? open(place, what, range) : Promise.resolve(undefined);
  try {
    // With `ifMatch` the checksum is asked for once the bytes are open: another object that took the name between is noticed.
    const response = ifMatch === undefined ? undefined : await opening;
    const etag = await getChecksum(place, name, what);
    const opened = response ?? await opening;
    if (ifMatch === undefined) await requireSame(place, before, what);
    else if (etag !== ifMatch) throw new TowlineError('PRECONDITION_FAILED', `'${what.path}' on ${place.displayUrl} is no longer what it was`, { hint: 'Start again from the beginning.', context: { path: what.path } });
    const entry = entryOf(what.path, before, etag);
    if (opened === undefined) return { entry, body: (async function* () { /* Nothing lies in the range. */ })(), cancel: () => undefined };
    return { entry, body: exactly(opened, { path: what.path, size: range.end - range.start }), cancel: () => opened.cancel() };
  } catch (error) {
    opening.then((response) => response?.cancel(), () => undefined);
    throw error;
  }
}

async function requireSame(place: Place, before: FileStatus, what: About): Promise<void> {
  const after = await getStatus(place, nameOf(place, what.path), what);
  if (after.identity === before.identity) return;
  throw new TowlineError('UNAVAILABLE', `'${what.path}' on ${place.displayUrl} was replaced while it was opened`, { retryable: true, context: { path: what.path } });
}

async function open({ namenode, ...place }: Place, what: About, { start = 0, end }: { readonly start?: number; readonly end?: number }): Promise<HttpResponse> {
  const query = [...(start > 0 ? [['offset', String(start)] as const] : []), ...(end === undefined ? [] : [['length', String(end - start)] as const])];
  return await namenode.ask({ ...what, method: 'GET', op: 'OPEN', name: nameOf({ namenode, ...place }, what.path), query });
}

/** The body, and an error when it has not the length it must have. */
async function* exactly(response: HttpResponse, { path, size }: { readonly path: Path; readonly size: number }): AsyncGenerator<Uint8Array> {
  let count = 0;
  try {
    for await (const chunk of response.body) {
      count += chunk.byteLength;
      if (count > size) break;
      yield chunk;
    }
    if (count !== size) throw new TowlineError('UNAVAILABLE', `'${path}': the server sent ${count > size ? 'more' : 'less'} than the ${size} bytes that were asked for`, { retryable: true, context: { path } });
  } finally {
    response.cancel();
  }
}

function lengthOf(response: HttpResponse): number | undefined {
  const text = response.header('content-length') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function neither(place: Place, path: Path): TowlineError {
  return new TowlineError('NOT_FOUND', `'${path}' on ${place.displayUrl} is no file`, { context: { path } });
}
