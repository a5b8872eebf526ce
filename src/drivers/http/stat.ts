import { contentRange } from '../../http/ranges.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Entry, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { entryOf } from './entry.ts';
import { httpError } from './errors.ts';
import type { Server } from './server.ts';

/** What servers answer to a HEAD they do not offer: signed URLs are for one method (403), scripts know GET and POST (405, 501). */
const NO_HEAD: ReadonlySet<number> = new Set([403, 405, 501]);

/** Makes `stat`: HEAD, and a GET of one byte where the server has no HEAD, which is remembered. */
export function createStat(server: Omit<Server, 'stat'>): Server['stat'] {
  let hasHead = true;
  const byGet = async (path: Path, { signal }: StatOptions): Promise<Entry> => {
    const response = await server.send('GET', path, { signal, headers: [['range', 'bytes=0-0']] });
    // No byte of an empty object can be asked for.
    const isEmpty = response.status === 416 && contentRange(response)?.total === 0;
    if (!isEmpty && !isSuccess(response)) throw await httpError(response, server.attempt('stat', 'GET', path));
    response.cancel();
    const entry = entryOf(path, response);
    return isEmpty ? { ...entry, size: 0 } : entry;
  };
  return async (path, options = {}) => {
    if (!hasHead) return byGet(path, options);
    const response = await server.send('HEAD', path, { signal: options.signal, headers: [] });
    if (NO_HEAD.has(response.status)) {
      response.cancel();
      const entry = await byGet(path, options);
      hasHead = false;
      return entry;
    }
    if (!isSuccess(response)) throw await httpError(response, server.attempt('stat', 'HEAD', path));
    response.cancel();
    return entryOf(path, response);
  };
}

function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}
