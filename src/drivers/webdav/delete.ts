import { hasCode, TowlineError } from '../../errors.ts';
import type { CallOptions, DeleteResult, ObjectName } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { urlOf } from './address.ts';
import { webdavError } from './errors.ts';
import { membersOf } from './list.ts';
import { leadsToFolder, propfind, resourceAt } from './propfind.ts';
import { isGone, isSuccess, type Server } from './server.ts';

/** Deletes one object. To WebDAV a folder is deleted with all that is in it, so nothing is deleted that may be one. */
export async function remove(server: Server, { path, versionId }: ObjectName, { signal }: CallOptions = {}): Promise<DeleteResult> {
  if (versionId !== undefined) return { path, versionId, error: new TowlineError('UNSUPPORTED', 'a WebDAV server keeps no versions that could be named') };
  try {
    await removeFile(server, path, signal);
    return { path };
  } catch (error) {
    // Being stopped is the batch's end; every other failure is that of one name.
    if (hasCode(error, 'ABORTED') || !(error instanceof TowlineError)) throw error;
    return { path, error };
  }
}

async function removeFile(server: Server, path: Path, signal: AbortSignal | undefined): Promise<void> {
  if (path === '') return;
  if (server.learned.profile?.deletesShallow === true) {
    const response = await server.send('DELETE', urlOf(server.base, path), { signal, headers: [['depth', '0']] });
    if (isSuccess(response) || isGone(response)) return response.cancel();
    if (response.status !== 400 && response.status !== 409 && !leadsToFolder(response)) throw await webdavError(response, server.attempt('delete', 'DELETE', path));
    // It is a folder, or something is wrong that shows below.
    response.cancel();
  }
  const found = await kindOf(server, path, signal);
  if (found === 'file') await send(server, path, { isFolder: false, signal });
  // Those that hold something stay. The server cannot be asked to look and delete in one step.
  else if (found === 'folder' && (await membersOf(server, path, signal)).length === 0) {
    if (server.learned.profile?.hidesDotNames === true) throw new TowlineError('UNSUPPORTED', `'${path}' on ${server.displayUrl} is a folder that looks empty, but this server does not list names that begin with a dot`, { hint: 'Remove it on the server itself.' });
    await send(server, path, { isFolder: true, signal });
  }
}

async function kindOf(server: Server, path: Path, signal: AbortSignal | undefined): Promise<'file' | 'folder' | 'nothing'> {
  try {
    const found = resourceAt(server, path, await propfind(server, path, { verb: 'delete', depth: 0, signal }));
    return found?.isCollection === true ? 'folder' : 'file';
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return 'nothing';
    throw error;
  }
}

async function send(server: Server, path: Path, { isFolder, signal }: { readonly isFolder: boolean; readonly signal: AbortSignal | undefined }): Promise<void> {
  const response = await server.send('DELETE', urlOf(server.base, path, { isFolder }), { signal });
  if (!isSuccess(response) && !isGone(response)) throw await webdavError(response, server.attempt('delete', 'DELETE', path));
  response.cancel();
}

const TRIES = 6;
const FIRST_PAUSE_MS = 50;

/** Takes away what a failed write left, a name that only it knew. Its own failure is no news: `cause`, which led here, is reported. */
export async function discard(server: Server, name: Path, cause?: unknown): Promise<void> {
  const wasAnswered = cause === undefined || (cause instanceof TowlineError && cause.context['status'] !== undefined);
  try {
    for (let tries = 1, looks = 0; ; tries++) {
      const response = await server.send('DELETE', urlOf(server.base, name), { signal: undefined });
      response.cancel();
      if (isGone(response)) looks += 1;
      // A server that has not noticed yet that an upload is broken keeps it locked (rclone 1.75), or begins with it only after this (webdav-server 2.6): then it must be gone twice.
      const mayCome = !wasAnswered && (isSuccess(response) || (isGone(response) && looks < 2));
      if (tries === TRIES || !(mayCome || response.status === 423)) return;
      await server.wait(FIRST_PAUSE_MS * 2 ** (tries - 1));
    }
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
  }
}
