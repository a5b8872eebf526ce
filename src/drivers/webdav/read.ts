import { TowlineError } from '../../errors.ts';
import { rangedBody, rangeHeader } from '../../http/ranges.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Content, Entry, ReadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { urlOf } from './address.ts';
import { answeredEntry, isSameEtag } from './entry.ts';
import { absent, webdavError } from './errors.ts';
import { isGone, type Server } from './server.ts';

/** Reads an object or a range of it. */
export async function read(server: Server, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { start = 0, end, signal } = options;
  if (end !== undefined && end <= start) return nothing(await fileAt(server, path, options), options);
  // Asked before the bytes: an etag from after them could be that of another object, and a broken read would go on in it.
  const before = server.learned.bodyHasEtag === false ? await fileAt(server, path, options) : undefined;
  const range = rangeHeader({ start, end });
  const response = await server.send('GET', urlOf(server.base, path), { signal, headers: range });
  if (response.status === 416 && range.length > 0) {
    response.cancel();
    return nothing(await fileAt(server, path, options), options);
  }
  await refuseOthers(server, path, response);
  try {
    const answered = answeredEntry(path, response, server.learned.profile);
    const entry = answered.etag === undefined && before?.etag !== undefined ? { ...answered, etag: before.etag } : answered;
    if (entry.etag === undefined && server.learned.bodyHasEtag === undefined && await hasEtagElsewhere(server, path, options)) {
      response.cancel();
      return await read(server, path, options);
    }
    checkMatch(entry, options.ifMatch);
    return { entry, body: rangedBody(response, { path, start, end }), cancel: () => response.cancel() };
  } catch (error) {
    response.cancel();
    throw error;
  }
}

/** Found out once, at the first body that comes without an etag. */
async function hasEtagElsewhere({ stat, learned }: Server, path: Path, { signal }: ReadOptions): Promise<boolean> {
  const { etag } = await stat(path, signal && { signal });
  learned.bodyHasEtag = etag === undefined;
  return etag !== undefined;
}

async function fileAt(server: Server, path: Path, { signal }: ReadOptions): Promise<Entry> {
  const entry = await server.stat(path, signal && { signal });
  if (entry.kind === 'directory') throw absent(path, server.displayUrl);
  return entry;
}

/** A folder may be answered with a page that lists it, at its name with a slash at the end: that is no object. */
async function refuseOthers(server: Server, path: Path, response: HttpResponse): Promise<void> {
  if (isGone(response) || response.url.pathname.endsWith('/')) {
    response.cancel();
    throw absent(path, server.displayUrl);
  }
  if (response.status === 200 || response.status === 206) return;
  const error = await webdavError(response, server.attempt('read', 'GET', path));
  // webdav-server answers 405 for a folder (2.6.2).
  if (response.status === 405) await fileAt(server, path, {});
  throw error;
}

/** Nothing lies in the range, but the object does. */
function nothing(entry: Entry, { ifMatch }: ReadOptions): Content {
  checkMatch(entry, ifMatch);
  return { entry, body: (async function* () { /* no bytes */ })(), cancel: () => undefined };
}

/** Compared here, and not by the server: to If-Match a weak etag is always another one (RFC 9110 section 13.1.1), and many servers ignore it. */
function checkMatch({ etag, path }: Entry, ifMatch: string | undefined): void {
  if (ifMatch === undefined || isSameEtag(etag, ifMatch)) return;
  throw new TowlineError('PRECONDITION_FAILED', etag === undefined ? `'${path}' cannot be read on: the server names no version of it` : `'${path}' is no longer what it was`, {
    hint: 'Start again from the beginning.', context: { path },
  });
}
