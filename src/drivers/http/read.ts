import { TowlineError } from '../../errors.ts';
import { rangedBody, rangeHeader } from '../../http/ranges.ts';
import type { Content, Entry, ReadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { entryOf } from './entry.ts';
import { httpError } from './errors.ts';
import type { Server } from './server.ts';

/** Reads an object or a range of it, also from a server that knows no ranges. */
export async function read(server: Server, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { start = 0, end, ifMatch } = options;
  if (end !== undefined && end <= start) return nothing(await server.stat(path, options), options);
  const wantsRange = start > 0 || end !== undefined;
  const response = await server.send('GET', path, {
    signal: options.signal,
    headers: [
      ...rangeHeader({ start, end }),
      // A weak etag never matches here (RFC 9110 section 13.1.1): it is compared below.
      ...(ifMatch !== undefined && ifMatch.startsWith('"') ? [['if-match', ifMatch] as const] : []),
    ],
  });
  if (response.status === 416 && wantsRange) {
    response.cancel();
    return nothing(await server.stat(path, options), options);
  }
  if (response.status !== 200 && !(response.status === 206 && wantsRange)) throw await httpError(response, server.attempt('read', 'GET', path));
  const entry = entryOf(path, response);
  try {
    checkMatch(entry, ifMatch);
    return { entry, body: rangedBody(response, { path, start, end }), cancel: () => response.cancel() };
  } catch (error) {
    response.cancel();
    throw error;
  }
}

/** Nothing lies in the range, but the object does. */
function nothing(entry: Entry, { ifMatch }: ReadOptions): Content {
  checkMatch(entry, ifMatch);
  return { entry, body: (async function* () { /* no bytes */ })(), cancel: () => undefined };
}

/** Servers without preconditions answer as if none had been set, so the answer is looked at as well. */
function checkMatch({ etag, path }: Entry, ifMatch: string | undefined): void {
  if (ifMatch === undefined || etag === ifMatch) return;
  throw new TowlineError('PRECONDITION_FAILED', etag === undefined ? `'${path}' cannot be read on: the server names no version of it` : `'${path}' is no longer what it was`, {
    hint: 'Start again from the beginning.', context: { path },
  });
}
