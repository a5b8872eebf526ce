import { hasCode, TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { WriteOptions, Written } from '../../storage/driver.ts';
import { joinPath, parsePath, type Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { arrivedSize } from './arrived-size.ts';
import { copyOnServer } from './copy.ts';
import { discard } from './delete.ts';
import { learnProfile } from './propfind.ts';
import { publish } from './publish.ts';
import { put } from './put.ts';
import type { Server } from './server.ts';

/** Stores one object: under another name first, then moved to its own, unless the server shows no PUT before it is whole. */
export async function write(server: Server, path: Path, { source, ...options }: WriteOptions & { readonly source: Source }): Promise<Written> {
  throwIfAborted(options.signal);
  if (typeof options.mode === 'object') throw new TowlineError('UNSUPPORTED', 'a WebDAV server cannot be trusted to honour If-Match on uploads: many ignore it in silence');
  const isNew = options.mode === 'create';
  await learnProfile(server, options.signal);
  if (isNew) await refuseExisting(server, path, options);
  const canMove = server.learned.moves !== false;
  if (source.origin?.kind === 'object' && canMove) {
    const copied = await underAnotherName(server, path, { options, bring: (name) => copyOnServer(server, { name, path, source, options }) });
    if (copied !== undefined) return { entry: { path, kind: 'file', size: copied }, how: 'copied' };
  }
  const send = async (name: Path): Promise<number | undefined> => {
    const sent = await put(server, { name, path, source, options });
    // Some servers take a body without a length for an empty one, as PHP behind FastCGI does: https://github.com/nextcloud/server/issues/7995 (2026-11-28).
    return source.size === undefined ? await arrivedSize(server, { name, path, expected: sent, signal: options.signal }) : sent;
  };
  const isDirect = !isNew && (server.learned.profile?.putsWhole === true || !canMove);
  const size = (isDirect ? undefined : await underAnotherName(server, path, { options, bring: send })) ?? await send(path);
  return { entry: { path, kind: 'file', ...(size !== undefined && { size }) }, how: 'streamed' };
}

/** Finds out before the first byte; the last word has MOVE. */
async function refuseExisting(server: Server, path: Path, { signal }: WriteOptions): Promise<void> {
  if (server.learned.moves === false) throw cannotCreate();
  try {
    await server.stat(path, signal && { signal });
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return;
    throw error;
  }
  throw new TowlineError('ALREADY_EXISTS', `'${path}' exists already on ${server.displayUrl}`, { context: { path } });
}

const cannotCreate = (): TowlineError => new TowlineError('UNSUPPORTED', 'this WebDAV server does not allow MOVE, and nothing else makes an object only if it is new');

interface Bringing {
  readonly options: WriteOptions;
  /** Puts the bytes under the name and gives their number; undefined where it cannot. */
  bring(name: Path): Promise<number | undefined>;
}

/** Undefined where the bytes did not come that way, or the server refuses MOVE: nothing is left then. */
async function underAnotherName(server: Server, path: Path, { options, bring }: Bringing): Promise<number | undefined> {
  const name = temporaryPath(server, path);
  try {
    const size = await bring(name);
    throwIfAborted(options.signal);
    const isDone = size !== undefined && await publish(server, { from: name, to: path, isNew: options.mode === 'create', signal: options.signal });
    if (isDone) return size;
  } catch (error) {
    await discard(server, name, error);
    throw error;
  }
  await discard(server, name);
  if (options.mode === 'create' && server.learned.moves === false) throw cannotCreate();
  return undefined;
}

/** A new name beside `path`, of the form DVC uses for the same purpose, so that each program knows the other's leftovers. */
function temporaryPath({ randomBytes }: Server, path: Path): Path {
  const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  return joinPath(parsePath(folder), `.${Buffer.from(randomBytes(16)).toString('base64url')}.tmp`);
}
