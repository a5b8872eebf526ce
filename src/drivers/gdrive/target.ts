import { hasCode, TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { bytesBody } from '../../storage/request-body.ts';
import type { DriveRequest } from './client.ts';
import { chosen, type DriveFile, FILE_FIELDS, isObject, readFile } from './file.ts';
import type { Session } from './session.ts';

/** Where bytes are to go: over those of a file that is there, or into a new file. */
export interface Target {
  /** What the service wants to know of it beside its bytes. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly contentType: string;
  readonly existing: DriveFile | undefined;
}

/** Finds the place of a write and makes its folders. Throws UNSUPPORTED for a condition: version 3 of the API knows none. */
export async function findTarget(session: Session, path: Path, options: WriteOptions): Promise<Target> {
  const { tree, where, placeOf } = session;
  const { mode = 'overwrite', contentType = 'application/octet-stream', metadata, signal } = options;
  throwIfAborted(signal);
  if (mode !== 'overwrite') throw new TowlineError('UNSUPPORTED', `${where(path)}: Google Drive knows no conditions on writes`);
  // The service would make a document of it, which has no bytes of its own.
  if (contentType.startsWith('application/vnd.google-apps.')) throw new TowlineError('INVALID_ARGUMENT', `${where(path)}: '${contentType}' is not a type that bytes can have`);
  const place = placeOf(path);
  if (place === '') throw new TowlineError('INVALID_ARGUMENT', `${where(path)} is a folder, not an object`);
  const at = place.lastIndexOf('/');
  const [folder] = await tree.makeFolders(place.slice(0, Math.max(at, 0)), signal);
  const existing = chosen((await tree.at(place, signal)).filter(isObject));
  const described = { mimeType: contentType, ...(metadata && { properties: metadata }) };
  return { existing, contentType, metadata: existing ? described : { name: place.slice(at + 1), parents: [folder], ...described } };
}

/** The request that begins an upload to a target. */
export function uploadRequest(session: Session, path: Path, { target, uploadType }: { readonly target: Target; readonly uploadType: 'multipart' | 'resumable' }): Pick<DriveRequest, 'method' | 'path' | 'query' | 'where'> {
  const { existing } = target;
  return {
    where: session.where(path), method: existing ? 'PATCH' : 'POST', path: `/upload/drive/v3/files${existing ? `/${existing.id}` : ''}`,
    query: { uploadType, fields: FILE_FIELDS, supportsAllDrives: true },
  };
}

/** What was stored, by the answer to an upload. */
export function readStored(session: Session, path: Path, answer: unknown): DriveFile {
  const file = readFile(answer);
  if (!file.isTrashed) return file;
  session.tree.forget();
  throw new TowlineError('UNAVAILABLE', `${session.where(path)}: its folder was put into the trash meanwhile`, { retryable: true });
}

/** A folder or file that was known may be gone by now; found anew, it can be written. */
export async function foundAnew<T>({ tree, where }: Session, path: Path, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND') || error.context['status'] === undefined) throw error;
    tree.forget();
    throw new TowlineError('UNAVAILABLE', `${where(path)}: its folder was removed meanwhile`, { cause: error, retryable: true });
  }
}

/** Refuses what the service says it stored when it is something else; what was new is removed again. */
export async function requireMd5(session: Session, path: Path, { stored, expected, isNew }: { readonly stored: DriveFile; readonly expected: string; readonly isNew: boolean }): Promise<void> {
  if (stored.md5 === undefined || stored.md5 === expected) return;
  if (isNew) (await session.client.send({ verb: 'remove', where: session.where(path), method: 'DELETE', path: `/drive/v3/files/${stored.id}`, query: { supportsAllDrives: true } })).cancel();
  throw new TowlineError('CORRUPT', `${session.where(path)}: the service stored other bytes than were meant (md5 ${stored.md5}, expected ${expected})`, {
    hint: 'Look whether the source is what it should be; if it is, for a proxy that alters uploads.',
  });
}

/** JSON as the body of a request. */
export const jsonBody = (value: unknown): Pick<DriveRequest, 'headers' | 'body'> => ({ headers: [['content-type', 'application/json; charset=UTF-8']], body: bytesBody(Buffer.from(JSON.stringify(value))) });
