import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { metadataIn } from '../../storage/content-headers.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { type ByteRange, checkRange, emptyContent, lengthOf, rangedBody, rangeHeader } from '../../storage/ranged-content.ts';
import { entryOf, isFolder } from './entry.ts';
import type { Session } from './session.ts';
import type { Header } from './shared-key.ts';

export async function stat({ client, keyOf }: Session, path: Path, options: StatOptions = {}): Promise<Entry> {
  const { versionId, signal } = options;
  const key = keyOf(path);
  const response = await client.send({ method: 'HEAD', verb: 'look at', key, query: { versionid: versionId }, signal });
  response.cancel();
  requireObject(response, client.where(key));
  return { ...entryOf(path, response, lengthOf(response)), ...metadataIn(response, 'x-ms-meta-', options) };
}

export async function read(session: Session, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { client, keyOf } = session;
  const { start = 0, end, ifMatch, versionId, signal } = options;
  const key = keyOf(path);
  checkRange({ start, end }, client.where(key));
  if (end === start) return emptyContent(await statMatching(session, path, options));
  const range = rangeHeader({ start, end });
  const asked: readonly Header[] = [
    ...(range === undefined ? [] : [['range', range] as const]),
    ...(ifMatch === undefined ? [] : [['if-match', ifMatch] as const]),
  ];
  let response: HttpResponse;
  try {
    response = await client.send({ method: 'GET', verb: 'read', key, query: { versionid: versionId }, headers: asked, signal });
  } catch (error) {
    // A range behind the end is refused by the service; here it is what it is in a file: nothing.
    if (range !== undefined && error instanceof TowlineError && error.context['status'] === 416) return emptyContent(await statMatching(session, path, options));
    throw error;
  }
  requireObject(response, client.where(key));
  return contentOf(path, response, { start, end });
}

function contentOf(path: Path, response: HttpResponse, range: ByteRange): Content {
  const { size, body } = rangedBody(response, range);
  return { entry: entryOf(path, response, size), body, cancel: () => response.cancel() };
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
