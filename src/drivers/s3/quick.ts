import { SMALL_BODY, smallBody } from '../../http/small-body.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { wholeContent } from '../../storage/content.ts';
import type { Path } from '../../storage/path.ts';
import type { Quick } from '../../storage/quick.ts';
import { lengthOf } from '../../storage/ranged-content.ts';
import { bytesBody } from '../../storage/request-body.ts';
import type { Begun } from '../../storage/source.ts';
import { payloadHash } from './body.ts';
import { bareEtag, isEncryptedByKey, md5Base64 } from './entry.ts';
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
    readMany: async ({ next, room, take, signal }) => await attempt(async ({ client, keyOf, headers }) => await client.bare.readSmall({ signal, room, next() {
      const item = isShut ? undefined : next();
      return item && { key: keyOf(item.path), headers: headers.key, take: (status, bytes) => {
        isShut ||= status !== 200 && status !== 404;
        take(item, status === 200 ? bytes : undefined);
      } };
    } })),
    write: async (path, bytes, { md5, signal }) => await attempt(async (open) => {
      const body = bytesBody(bytes);
      const digest: Header = ['content-md5', md5 === undefined ? md5Base64(bytes) : Buffer.from(md5, 'hex').toString('base64')];
      const { client, keyOf, headers } = open;
      const response = good(await client.bare.attempt({ method: 'PUT', verb: 'write', key: keyOf(path), headers: [...headers.write, ...headers.key, digest], body, payloadHash: await payloadHash(body, open), signal }));
      if (response === undefined) return false;
      response.cancel();
      return !contradicts(open, response, digest[1]);
    }) === true,
  };
}

async function begunOf(path: Path, response: HttpResponse): Promise<Begun> {
  const length = lengthOf(response);
  const entry = { path, kind: 'file', size: length } as const;
  if (length === undefined || length > SMALL_BODY) return { entry, body: response.body, cancel: () => { response.cancel(); } };
  return wholeContent({ ...entry, size: length }, await smallBody(response, length));
}

/** A service that does not look at Content-MD5 shows by its ETag what it stored. */
function contradicts({ client, headers }: Session, response: HttpResponse, sent: string): boolean {
  const etag = bareEtag(response.header('etag') ?? '');
  const isMd5 = etag.length === 32 && !headers.hidesMd5 && client.knownProfile()?.etagIsMd5 === true && !isEncryptedByKey(response);
  return isMd5 && Buffer.from(etag, 'hex').toString('base64') !== sent;
}
