import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { checkRange, emptyContent, rangedBody, rangeHeader } from '../../storage/ranged-content.ts';
import { chosen, type DriveFile, entryOf, FILE_FIELDS, isObject, readFile } from './file.ts';
import type { Session } from './session.ts';

export async function stat(session: Session, path: Path, options: StatOptions = {}): Promise<Entry> {
  return entryOf(path, await findObject(session, path, options));
}

/** The object of this name. Throws NOT_FOUND, also for a folder or a document of Google. */
export async function findObject(session: Session, path: Path, { versionId, signal }: StatOptions = {}): Promise<DriveFile> {
  const { tree, where, placeOf } = session;
  throwIfAborted(signal);
  if (versionId !== undefined) throw new TowlineError('UNSUPPORTED', `${where(path)}: versions of files on Google Drive are not read`);
  const found = await tree.at(placeOf(path), signal);
  const file = chosen(found.filter(isObject));
  if (file) return file;
  const isDocument = found.some((one) => one.mimeType !== '' && !isObject(one) && one.mimeType !== 'application/vnd.google-apps.folder');
  throw new TowlineError('NOT_FOUND', `Cannot find ${where(path)}: ${isDocument ? 'it is a document of Google or a shortcut, which has no bytes of its own' : 'it does not exist'}`, {
    ...(isDocument && { hint: 'Download it on Google Drive as a file, and store that.' }),
  });
}

export async function read(session: Session, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { start = 0, end, ifMatch, signal } = options;
  checkRange({ start, end }, session.where(path));
  const file = await findObject(session, path, options);
  requireMatch(session, path, { file, ifMatch });
  // The size is known, so that no request asks for what is not there.
  if (end === start || (file.size !== undefined && start >= file.size)) return emptyContent(entryOf(path, file));
  const range = rangeHeader({ start, end });
  const response = await session.client.send({
    verb: 'read', where: session.where(path), method: 'GET', path: `/drive/v3/files/${file.id}`, signal,
    query: { alt: 'media', supportsAllDrives: true, acknowledgeAbuse: session.options.gdrive_acknowledge_abuse === true ? true : undefined },
    headers: [['accept-encoding', 'identity'], ...(range === undefined ? [] : [['range', range] as const])],
  });
  try {
    const { size, body } = rangedBody(response, { start, end });
    return { entry: entryOf(path, await sameSize(session, path, { file, size, ifMatch, signal })), body, cancel: () => { response.cancel(); } };
  } catch (error) {
    response.cancel();
    throw error;
  }
}

interface Matching { readonly file: DriveFile; readonly ifMatch: string | undefined }

function requireMatch({ where }: Session, path: Path, { file, ifMatch }: Matching): void {
  if (ifMatch !== undefined && file.md5 !== ifMatch) throw new TowlineError('PRECONDITION_FAILED', `${where(path)} has changed`, { hint: 'Start again from the beginning.' });
}

/** The bytes may be of a content that was stored after the file was looked at: then it is looked at once more. */
async function sameSize(session: Session, path: Path, { file, size, ifMatch, signal }: Matching & { readonly size: number | undefined; readonly signal: AbortSignal | undefined }): Promise<DriveFile> {
  if (size === undefined || file.size === undefined || size === file.size) return file;
  const now = readFile(await session.client.ask({ verb: 'look at', where: session.where(path), method: 'GET', path: `/drive/v3/files/${file.id}`, query: { fields: FILE_FIELDS, supportsAllDrives: true }, signal }));
  requireMatch(session, path, { file: now, ifMatch });
  if (now.size === size) return now;
  throw new TowlineError('UNAVAILABLE', `${session.where(path)} changes while it is read`, { retryable: true });
}
