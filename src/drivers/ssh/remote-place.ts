import { TowlineError } from '../../errors.ts';
import { abortable, throwIfAborted } from '../../storage/call.ts';
import type { Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { hasStatus, STATUS, translate } from './errors.ts';
import type { Pool } from './pool.ts';
import type { Attributes } from './sftp-packet.ts';
import { extended, findPath, makeFolder, offers, removeFile, renameFile } from './sftp.ts';
import type { SftpSession } from './sftp-session.ts';

/** The folder of one remote on its server, and how it is reached. Everything the verbs have in common. */
export interface RemotePlace {
  readonly displayUrl: string;
  /** The absolute folder on the server, without '/' at its end. */
  readonly root: string;
  readonly pool: Pool;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Folders being made, so that many writers into a new folder make it once. */
  readonly folders: Map<string, Promise<void>>;
  /** Have the server write each file to its disk before it gets its name. */
  readonly fsync: boolean;
  /** The same for every remote on this server with this login. */
  readonly server: string;
}

/** The absolute name of an object on the server. */
export function serverPath({ root }: RemotePlace, path: Path): string {
  return path === '' ? (root === '' ? '/' : root) : `${root}/${path}`;
}
function folderOf(name: string): string {
  return name.slice(0, Math.max(name.lastIndexOf('/'), 1));
}

/** A new name beside `name`, for a file that is not whole yet; of the form DVC uses, so each program knows the other's leftovers. */
export function temporaryName(place: RemotePlace, name: string): string {
  const folder = folderOf(name);
  return `${folder === '/' ? '' : folder}/.${Buffer.from(place.randomBytes(16)).toString('base64url')}.tmp`;
}

/** Runs one verb: gives its errors words, and lets go at once when the caller gives up. */
export async function attempt<T>(place: RemotePlace, about: { readonly verb: string; readonly path: Path; readonly signal: AbortSignal | undefined }, work: () => Promise<T>): Promise<T> {
  throwIfAborted(about.signal);
  try {
    return await abortable(work(), about.signal);
  } catch (error) {
    throw translate(error, { verb: about.verb, path: about.path, displayUrl: place.displayUrl });
  }
}

/** The entry for what the server says of a file. Version 3 knows seconds only; a rewrite within one second to the same size looks unchanged. */
export function entryOf(path: Path, { kind, size, modifiedSeconds }: Attributes): Entry {
  return {
    path, kind: kind === 'directory' ? 'directory' : 'file',
    ...(kind !== 'directory' && size !== undefined && { size }),
    ...(modifiedSeconds !== undefined && { modifiedAt: modifiedSeconds * 1000 }),
    ...(kind !== 'directory' && size !== undefined && modifiedSeconds !== undefined && { etag: `${modifiedSeconds}-${size}` }),
  };
}

/** Runs `work`, and once more after making the folder of `name` if that was missing. Asking first would cost every write a round trip. */
export async function inFolder<T>(place: RemotePlace, { session, name }: { readonly session: SftpSession; readonly name: string }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!hasStatus(error, STATUS.noSuchFile)) throw error;
    await ensureFolder(place, session, folderOf(name));
    return await work();
  }
}

async function ensureFolder(place: RemotePlace, session: SftpSession, folder: string): Promise<void> {
  const running = place.folders.get(folder);
  if (running) return await running;
  const making = makeFolders(place, session, folder).finally(() => { place.folders.delete(folder); });
  place.folders.set(folder, making);
  await making;
}

async function makeFolders(place: RemotePlace, session: SftpSession, folder: string): Promise<void> {
  try {
    await makeFolder(session, folder);
  } catch (error) {
    if (hasStatus(error, STATUS.noSuchFile) && folder !== '/') {
      await ensureFolder(place, session, folderOf(folder));
      await makeFolder(session, folder).catch(async (again: unknown) => { await tolerateExisting(session, folder, again); });
    } else await tolerateExisting(session, folder, error);
  }
}

/** Version 3 has no status for 'exists': another writer may have been faster. */
async function tolerateExisting(session: SftpSession, folder: string, error: unknown): Promise<void> {
  const found = hasStatus(error, STATUS.failure) || hasStatus(error, STATUS.permissionDenied) ? await findPath(session, folder) : undefined;
  if (found?.kind !== 'directory') throw error;
}

/** Gives a whole file its name. What stood there before is replaced in one step where the server can, and is never lost where it cannot. */
export async function publish(place: RemotePlace, session: SftpSession, { from, to, isNew }: { readonly from: string; readonly to: string; readonly isNew: boolean }): Promise<void> {
  if (isNew) return await publishNew(session, from, to);
  if (offers(session, 'posix-rename@openssh.com')) return await extended(session, 'posix-rename@openssh.com', [from, to]);
  for (let tries = 1; !(await replaced(place, session, { from, to, isLast: tries === EXCHANGE_TRIES })); tries += 1);
}

/** A link is the one call that never replaces, on every server that has it: some let plain renames do so. */
async function publishNew(session: SftpSession, from: string, to: string): Promise<void> {
  requireCreate(session);
  try {
    await extended(session, 'hardlink@openssh.com', [from, to]);
  } catch (error) {
    if (await findPath(session, to)) throw new TowlineError('ALREADY_EXISTS', `'${to}' exists already on the server`, { cause: error });
    if (hasStatus(error, STATUS.failure) || hasStatus(error, STATUS.unsupported)) throw new TowlineError('UNSUPPORTED', 'the file system of the server has no hard links, so a file cannot be made only if it is new', { cause: error });
    throw error;
  }
  await removeFile(session, from);
}

/** Throws before the first byte when this server cannot promise that 'create' replaces nothing. */
export function requireCreate(session: SftpSession): void {
  if (!offers(session, 'hardlink@openssh.com')) throw new TowlineError('UNSUPPORTED', 'this SFTP server cannot promise to make a file only if it is new');
}

/** Other writers of the same name may be at it, each undoing a step of the other. */
const EXCHANGE_TRIES = 50;

/**
 * Without a rename that replaces, the old file keeps a name until the new one has its own, and gets its name back if that fails.
 * False when another writer came between and it is to be tried again.
 */
async function replaced(place: RemotePlace, session: SftpSession, { from, to, isLast }: { readonly from: string; readonly to: string; readonly isLast: boolean }): Promise<boolean> {
  try {
    await renameFile(session, from, to);
    return true;
  } catch (error) {
    if (isLast || !hasStatus(error, STATUS.failure)) throw error;
    const found = await findPath(session, to);
    if (found === undefined) return false;
    if (found.kind !== 'file') throw error;
  }
  const aside = temporaryName(place, to);
  try {
    await renameFile(session, to, aside);
  } catch (error) {
    if (hasStatus(error, STATUS.noSuchFile)) return false;
    throw error;
  }
  try {
    await renameFile(session, from, to);
  } catch {
    await putBack(session, aside, to);
    return false;
  }
  await removeIfThere(session, aside);
  return true;
}

/** The old file goes back, or goes away when a newer one has taken its place; between the two the place may look free and be taken. */
async function putBack(session: SftpSession, aside: string, to: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await renameFile(session, aside, to);
    } catch (error) {
      if (await findPath(session, to)) return await removeIfThere(session, aside);
      if (tries === EXCHANGE_TRIES) throw error;
    }
  }
}

export async function removeIfThere(session: SftpSession, name: string): Promise<void> {
  try {
    await removeFile(session, name);
  } catch (error) {
    if (!hasStatus(error, STATUS.noSuchFile)) throw error;
  }
}

/** Takes away what a failed write left, as far as the connection still allows. Its own failure is no news: the one that led here is reported. */
export async function discard(session: SftpSession, names: readonly string[]): Promise<void> {
  for (const name of names) if (session.isOpen()) await removeIfThere(session, name).catch(() => undefined);
}
