import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { urlOf } from './address.ts';
import { webdavError } from './errors.ts';
import { forgetFolderOf, makeFolderOf } from './folders.ts';
import { isGone, isSuccess, type Server } from './server.ts';

/** What is written under which name; `path` is the object's own name, for messages. */
export interface Putting { readonly name: Path; readonly path: Path; readonly source: Source; readonly options: WriteOptions }

/** Sends the bytes and gives their number. */
export async function put(server: Server, { name, path, source, options }: Putting): Promise<number> {
  const { signal, contentType = 'application/octet-stream' } = options;
  let sent = 0;
  const body: HttpBody = {
    size: source.size,
    ...(source.origin?.kind === 'memory' && source.origin.bytes.byteLength === source.size && { bytes: source.origin.bytes }),
    async *open() {
      sent = 0;
      for await (const chunk of source.open(signal && { signal })) {
        sent += chunk.byteLength;
        yield chunk;
      }
    },
  };
  const url = urlOf(server.base, name);
  const response = await inFolder(server, { url, path, signal }, () => server.send('PUT', url, { signal, headers: [['content-type', contentType]], body }));
  if (!isSuccess(response)) throw await webdavError(response, server.attempt('write', 'PUT', path));
  response.cancel();
  return source.size ?? sent;
}

/** Where something is to be made. */
export interface Making { readonly url: URL; readonly path: Path; readonly signal: AbortSignal | undefined }

/** Runs `work`, and again after making the folder it needs. Asking first would cost every write a round trip. */
export async function inFolder(server: Server, { url, path, signal }: Making, work: () => Promise<HttpResponse>): Promise<HttpResponse> {
  let response = await work();
  for (let isKnown = true; isKnown && lacksFolder(response); ) {
    response.cancel();
    throwIfAborted(signal);
    isKnown = await makeFolderOf(server, url, { path, signal });
    response = await work();
    // A folder that was made before and still is not there has been taken away: one more round makes it anew.
    if (isKnown && lacksFolder(response)) forgetFolderOf(server, url);
  }
  return response;
}

/** 409 by RFC 4918; rclone says 404 (1.75). */
const lacksFolder = (response: HttpResponse): boolean => response.status === 409 || isGone(response);
