import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { metadataIn } from '../../storage/content-headers.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { type ByteRange, checkRange, emptyContent, lengthOf, rangedBody, rangeHeader } from '../../storage/ranged-content.ts';
import { crcOf, entryOf } from './entry.ts';
import type { Header } from './request.ts';
import type { Session } from './session.ts';
import { checkedBody } from './summed-body.ts';

export async function stat({ client, keyOf }: Session, path: Path, options: StatOptions = {}): Promise<Entry> {
  const { versionId, signal } = options;
  const response = await client.send({ method: 'HEAD', verb: 'look at', key: keyOf(path), query: { versionId }, signal });
  response.cancel();
  return { ...entryOf(path, response, lengthOf(response)), ...metadataIn(response, 'x-oss-meta-', options) };
}

export async function read(session: Session, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { client, keyOf } = session;
  const { start = 0, end, ifMatch, versionId, signal } = options;
  const where = client.where(keyOf(path));
  checkRange({ start, end }, where);
  if (end === start) return emptyContent(await statMatching(session, path, options));
  const range = rangeHeader({ start, end });
  const headers: readonly Header[] = [
    // Without it OSS answers a range behind the end with the whole object.
    ...(range === undefined ? [] : [['range', range] as const, ['x-oss-range-behavior', 'standard'] as const]),
    ...(ifMatch === undefined ? [] : [['if-match', `"${ifMatch}"`] as const]),
  ];
  let response: HttpResponse;
  try {
    response = await client.send({ method: 'GET', verb: 'read', key: keyOf(path), query: { versionId }, headers, signal });
  } catch (error) {
    // A range behind the end is refused by the service; here it is what it is in a file: nothing.
    if (range !== undefined && error instanceof TowlineError && error.context['status'] === 416) return emptyContent(await statMatching(session, path, options));
    throw error;
  }
  return contentOf(path, response, { start, end, where });
}

function contentOf(path: Path, response: HttpResponse, { where, ...range }: ByteRange & { readonly where: string }): Content {
  const { size, body } = rangedBody(response, range);
  const entry = entryOf(path, response, size);
  const crc = crcOf(response);
  const isWhole = response.status === 200 && body === response.body;
  return { entry, body: isWhole && crc !== undefined ? checkedBody(body, { crc, size, where }) : body, cancel: () => response.cancel() };
}

async function statMatching(session: Session, path: Path, options: ReadOptions): Promise<Entry> {
  const entry = await stat(session, path, options);
  if (options.ifMatch !== undefined && entry.etag !== options.ifMatch) throw new TowlineError('PRECONDITION_FAILED', `${session.client.where(session.keyOf(path))} has changed`);
  return entry;
}
