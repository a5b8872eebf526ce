import type { Entry, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { urlOf } from './address.ts';
import { answeredEntry, entryOf } from './entry.ts';
import { absent, webdavError } from './errors.ts';
import { propfind, resourceAt } from './propfind.ts';
import { isGone, isSuccess, type Server } from './server.ts';

/** Describes an object or a folder: by PROPFIND, and by HEAD where only that tells the etag which comes with the bytes. */
export async function stat(server: Server, path: Path, { signal }: StatOptions = {}): Promise<Entry> {
  const byHead = (): boolean => path !== '' && server.learned.profile?.etagFrom === 'HEAD';
  if (byHead()) return await statByHead(server, path, signal);
  const resource = resourceAt(server, path, await propfind(server, path, { verb: 'stat', depth: 0, signal }));
  if (resource === undefined) throw absent(path, server.displayUrl);
  // The first answer of all tells what the server is.
  return byHead() && !resource.isCollection ? await statByHead(server, path, signal) : entryOf(path, resource, server.learned.profile);
}

async function statByHead(server: Server, path: Path, signal: AbortSignal | undefined): Promise<Entry> {
  const response = await server.send('HEAD', urlOf(server.base, path), { signal });
  if (response.url.pathname.endsWith('/')) {
    response.cancel();
    return { path, kind: 'directory' };
  }
  if (isGone(response)) {
    response.cancel();
    throw absent(path, server.displayUrl);
  }
  if (!isSuccess(response)) throw await webdavError(response, server.attempt('stat', 'HEAD', path));
  response.cancel();
  return answeredEntry(path, response, server.learned.profile);
}
