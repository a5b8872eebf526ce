import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
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
  checkRange(start, end, session.where(path));
  const file = await findObject(session, path, options);
  requireMatch(session, path, { file, ifMatch });
  // The size is known, so that no request asks for what is not there.
  if (end === start || (file.size !== undefined && start >= file.size)) return nothing(entryOf(path, file));
  const isRanged = start > 0 || end !== undefined;
  const response = await session.client.send({
    verb: 'read', where: session.where(path), method: 'GET', path: `/drive/v3/files/${file.id}`, signal,
    query: { alt: 'media', supportsAllDrives: true, acknowledgeAbuse: session.options.gdrive_acknowledge_abuse === true ? true : undefined },
    headers: [['accept-encoding', 'identity'], ...(isRanged ? [['range', `bytes=${start}-${end === undefined ? '' : end - 1}`] as const] : [])],
  });
  try {
    const range = rangeOf(response, { start, end });
    const entry = entryOf(path, await sameSize(session, path, { file, size: range.total, ifMatch, signal }));
    return { entry, body: bodyOf(response, { ...range, wanted: start, end }), cancel: () => { response.cancel(); } };
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

interface Range { readonly start: number; readonly total: number | undefined }

/** What an answer holds: of the whole file from its first byte where it is no 206. */
function rangeOf(response: HttpResponse, { start, end }: { readonly start: number; readonly end: number | undefined }): Range {
  if (response.status !== 206) {
    const length = response.header('content-length') ?? '';
    return { start: 0, total: /^\d+$/.test(length) ? Number(length) : undefined };
  }
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.header('content-range') ?? '') ?? [];
  if (Number(first ?? Number.NaN) !== start || (end !== undefined && Number(last) >= end)) throw new TowlineError('CORRUPT', 'The server sent another range than it was asked for', { hint: 'Look for a proxy between here and Google.' });
  return { start, total: Number(total) };
}

/** Exactly the bytes that were wanted, out of an answer that may begin before them; fewer are an error. */
async function* bodyOf(response: HttpResponse, { start, total, wanted, end = Number.POSITIVE_INFINITY }: Range & { readonly wanted: number; readonly end: number | undefined }): AsyncGenerator<Uint8Array> {
  let at = start;
  for await (const chunk of response.body) {
    const piece = chunk.subarray(Math.max(0, wanted - at), Math.max(0, Math.min(chunk.byteLength, end - at)));
    at += chunk.byteLength;
    if (piece.byteLength > 0) yield piece;
    if (at >= end) break;
  }
  response.cancel();
  if (total !== undefined && at < Math.min(total, end)) throw new TowlineError('UNAVAILABLE', 'the answer was cut off', { retryable: true });
}

const nothing = (entry: Entry): Content => ({ entry, body: (async function* (): AsyncIterable<Uint8Array> { /* Nothing to give. */ })(), cancel: () => undefined });

function checkRange(start: number, end: number | undefined, where: string): void {
  const isRange = Number.isSafeInteger(start) && start >= 0 && (end === undefined || (Number.isSafeInteger(end) && end >= start));
  if (!isRange) throw new TowlineError('INVALID_ARGUMENT', `Cannot read ${where}: ${start}-${String(end)} is not a range`);
}
