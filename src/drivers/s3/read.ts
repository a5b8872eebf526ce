import { TowlineError } from '../../errors.ts';
import { SMALL_BODY, smallBody } from '../../http/small-body.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { metadataIn } from '../../storage/content-headers.ts';
import { wholeContent } from '../../storage/content.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { type ByteRange, checkRange, emptyContent, lengthOf, rangeHeader, rangedBody } from '../../storage/ranged-content.ts';
import { encodeQuery } from './encoding.ts';
import { entryOf } from './entry.ts';
import type { Session } from './session.ts';
import type { Header } from './sigv4.ts';

const versionQuery = (versionId: string | undefined): string => (versionId === undefined ? '' : encodeQuery({ versionId }));

export async function stat({ client, keyOf, headers }: Session, path: Path, options: StatOptions = {}): Promise<Entry> {
  const { versionId, signal } = options;
  const response = await client.send({ method: 'HEAD', verb: 'look at', key: keyOf(path), query: versionQuery(versionId), headers: headers.key, signal });
  response.cancel();
  return { ...entryOf(path, response, { size: lengthOf(response), hidesMd5: headers.hidesMd5 }), ...metadataIn(response, 'x-amz-meta-', options) };
}

export async function read(session: Session, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { client, keyOf, headers } = session;
  const { start = 0, end, ifMatch, versionId, signal } = options;
  checkRange({ start, end }, client.where(keyOf(path)));
  if (end === start) return emptyContent(await statMatching(session, path, options));
  const range = rangeHeader({ start, end });
  const asked: readonly Header[] = [
    ...headers.key,
    ...(range === undefined ? [] : [['range', range] as const]),
    ...(ifMatch === undefined ? [] : [['if-match', `"${ifMatch}"`] as const]),
  ];
  let response: HttpResponse;
  try {
    response = await client.send({ method: 'GET', verb: 'read', key: keyOf(path), query: versionQuery(versionId), headers: asked, signal });
  } catch (error) {
    // A range behind the end is refused by the service; here it is what it is in a file: nothing.
    if (range !== undefined && error instanceof TowlineError && error.context['status'] === 416) return emptyContent(await statMatching(session, path, options));
    throw error;
  }
  return contentOf(path, response, { start, end, hidesMd5: headers.hidesMd5 });
}

function contentOf(path: Path, response: HttpResponse, { hidesMd5, ...range }: ByteRange & { readonly hidesMd5: boolean }): Content | Promise<Content> {
  const { size, body } = rangedBody(response, range);
  const entry = entryOf(path, response, { size, hidesMd5 });
  const length = lengthOf(response);
  // A cache on the way may ignore the range and send all: then the body is cut on its way.
  const isCut = response.status === 200 && (range.start > 0 || range.end !== undefined);
  if (isCut || length === undefined || length > SMALL_BODY) return { entry, body, cancel: () => response.cancel() };
  const bytes = smallBody(response, length);
  return bytes instanceof Promise ? bytes.then((all) => wholeContent(entry, all)) : wholeContent(entry, bytes);
}

async function statMatching(session: Session, path: Path, options: ReadOptions): Promise<Entry> {
  const entry = await stat(session, path, options);
  if (options.ifMatch !== undefined && entry.etag !== options.ifMatch) throw new TowlineError('PRECONDITION_FAILED', `${session.client.where(session.keyOf(path))} has changed`);
  return entry;
}
