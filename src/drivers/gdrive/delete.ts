import { hasCode, TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { CallOptions, DeleteResult, ObjectName } from '../../storage/driver.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import type { Path } from '../../storage/path.ts';
import { bytesBody } from '../../storage/request-body.ts';
import { type DriveFile, isFolder, isObject } from './file.ts';
import type { Session } from './session.ts';

const AT_ONCE = 8;

/** Deletes objects one by one, all that have the name: else another of them would take its place. */
export async function deleteObjects(session: Session, names: readonly ObjectName[], { signal }: CallOptions = {}): Promise<readonly DeleteResult[]> {
  throwIfAborted(signal);
  if (session.root === 'appDataFolder' && session.options.gdrive_trash_only === true) {
    throw new TowlineError('INVALID_CONFIG', "gdrive_trash_only: files of the application's data folder cannot be put into the trash", { hint: "Unset 'gdrive_trash_only' of the remote." });
  }
  return await inParallel(names, AT_ONCE, async (name) => {
    try {
      if (name.versionId !== undefined) throw new TowlineError('UNSUPPORTED', `${session.where(name.path)}: versions of files on Google Drive are not deleted`);
      await deleteOne(session, name.path, signal);
      return name;
    } catch (error) {
      // Being stopped is the batch's end; every other failure is that of one name, which may be tried again if it is alone.
      if (hasCode(error, 'ABORTED') || !(error instanceof Error) || names.length === 1) throw error;
      return { ...name, error };
    }
  });
}

async function deleteOne(session: Session, path: Path, signal: AbortSignal | undefined): Promise<void> {
  const place = session.placeOf(path);
  if (place === '') throw new TowlineError('INVALID_ARGUMENT', `${session.where(path)} is the folder of the remote itself and is not deleted`);
  const found = await session.tree.at(place, signal);
  for (const file of found.filter(isObject)) await remove(session, path, { file, signal, isForTrash: session.options.gdrive_trash_only === true });
  const folders = found.filter(isFolder);
  if (folders.length === 0 || !(await isEmpty(session, place, signal))) return;
  // What somebody else puts into a folder in this very moment is found in the trash, where deleting the folder would delete it for good.
  for (const file of folders) await remove(session, path, { file, signal, isForTrash: session.root !== 'appDataFolder' });
  session.tree.forget();
}

async function isEmpty({ tree }: Session, place: string, signal: AbortSignal | undefined): Promise<boolean> {
  for (let token: string | undefined; ; ) {
    const page = await tree.children(place, { token, ...(signal && { signal }) });
    if (page && page.files.length > 0) return false;
    token = page?.token;
    if (token === undefined) return true;
  }
}

interface Removal {
  readonly file: DriveFile;
  readonly isForTrash: boolean;
  readonly signal: AbortSignal | undefined;
}

async function remove({ client, where }: Session, path: Path, { file, isForTrash, signal }: Removal): Promise<void> {
  const request = { where: where(path), path: `/drive/v3/files/${file.id}`, signal } as const;
  try {
    const response = isForTrash
      ? await client.send({ ...request, verb: 'put into the trash', method: 'PATCH', query: { fields: 'id', supportsAllDrives: true }, headers: [['content-type', 'application/json; charset=UTF-8']], body: bytesBody(Buffer.from('{"trashed":true}')) })
      : await client.send({ ...request, verb: 'delete', method: 'DELETE', query: { supportsAllDrives: true } });
    response.cancel();
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
  }
}
