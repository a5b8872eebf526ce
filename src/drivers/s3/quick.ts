import { hash } from 'node:crypto';
import { SMALL_BODY, smallBody } from '../../http/small-body.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { wholeContent } from '../../storage/content.ts';
import type { Path } from '../../storage/path.ts';
import type { Quick } from '../../storage/quick.ts';
import { lengthOf } from '../../storage/ranged-content.ts';
import { bytesBody } from '../../storage/request-body.ts';
import type { Begun } from '../../storage/source.ts';
import { bytesHash } from './body.ts';
import { bareEtag, isEncryptedByKey } from './entry.ts';
import type { S3Request } from './request.ts';
import type { Session } from './session.ts';
import type { Header } from './sigv4.ts';

/** GET and PUT of small objects, as soon as the service has taken a request as we make them. After the first answer that was not expected the plain verbs have the rest. */
export function createQuick(session: () => Session): Quick {
  let isShut = false;
  const attempt = async <T>(act: (session: Session) => Promise<T | undefined>): Promise<T | undefined> => {
    if (isShut) return undefined;
    try {
      return await act(session());
    } catch {
      // The plain verb meets the same, and knows what to do and to say.
      isShut = true;
      return undefined;
    }
  };
  const good = (response: HttpResponse | undefined): HttpResponse | undefined => {
    if (response === undefined || response.status === 200) return response;
    response.cancel();
    isShut ||= response.status !== 404;
    return undefined;
  };
  return {
    read: async (path, { signal }) => await attempt(async ({ client, keyOf, headers }) => {
      const response = good(await client.bare.attempt({ method: 'GET', verb: 'read', key: keyOf(path), headers: headers.key, signal }));
      return response && (await begunOf(path, response));
    }),
    readMany: async ({ next, room, take, land, signal }) => await attempt(async ({ client, keyOf, headers }) => await client.bare.sendSmall({ signal, room, next() {
      const item = isShut ? undefined : next();
      return item && { method: 'GET', verb: 'read', key: keyOf(item.path), headers: headers.key, land: land && ((size) => land(item, size)), take(answer, body) {
        isShut ||= answer?.status !== 200 && answer?.status !== 404;
        take(item, answer?.status === 200 ? body : undefined);
      } };
    } })),
    write: async (path, bytes, { md5 = md5Of(bytes), signal }) => await attempt(async (open) => {
      const { key, headers, payloadHash } = putOf(open, { path, bytes, md5 });
      const response = good(await open.client.bare.attempt({ method: 'PUT', verb: 'write', key, headers, payloadHash, body: bytesBody(bytes), signal }));
      response?.cancel();
      return response !== undefined && !contradicts(open, response, md5);
    }) === true,
    writeMany: async ({ next, room, take, signal }) => await attempt(async (open) => await open.client.bare.sendSmall({ signal, room, next() {
      const item = isShut ? undefined : next();
      if (item === undefined) return undefined;
      const { path, bytes, md5 = md5Of(bytes) } = item;
      const { key, headers, payloadHash } = putOf(open, { path, bytes, md5 });
      return { method: 'PUT', verb: 'write', key, headers, payloadHash, bytes, take(answer) {
        isShut ||= answer?.status !== 200;
        take(item, answer?.status === 200 && !contradicts(open, answer, md5));
      } };
    } })),
  };
}

const md5Of = (bytes: Uint8Array): string => hash('md5', bytes, 'hex');

/** Taken apart and put together by name: spread, an object for each of 10,000 requests is what the engine is slow at. */
function putOf(session: Session, { path, bytes, md5 }: { readonly path: Path; readonly bytes: Uint8Array; readonly md5: string }): Required<Pick<S3Request, 'key' | 'headers' | 'payloadHash'>> {
  const { keyOf, headers } = session;
  const digest: Header = ['content-md5', Buffer.from(md5, 'hex').toString('base64')];
  return { key: keyOf(path), headers: [...headers.write, ...headers.key, digest], payloadHash: bytesHash(bytes, session) };
}

async function begunOf(path: Path, response: HttpResponse): Promise<Begun> {
  const length = lengthOf(response);
  const entry = { path, kind: 'file', size: length } as const;
  if (length === undefined || length > SMALL_BODY) return { entry, body: response.body, cancel: () => { response.cancel(); } };
  return wholeContent({ ...entry, size: length }, await smallBody(response, length));
}

/** A service that does not look at Content-MD5 shows by its ETag what it stored. */
function contradicts({ client, headers }: Session, answer: Pick<HttpResponse, 'header'>, sent: string): boolean {
  const given = answer.header('etag') ?? '';
  if (given.length === sent.length + 2 && given.indexOf(sent) === 1) return false;
  const etag = bareEtag(given).toLowerCase();
  return etag !== sent && etag.length === 32 && !headers.hidesMd5 && client.knownProfile()?.etagIsMd5 === true && !isEncryptedByKey(answer);
}
