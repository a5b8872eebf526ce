import { basename, dirname } from 'node:path';
import { TowlineError } from '../../errors.ts';
import { followFile } from '../../disk/read.ts';
import { makeFolders } from '../../disk/folders.ts';
import { fromFile } from '../../storage/file-source.ts';
import { parsePath, type Path } from '../../storage/path.ts';
import type { Entry } from '../../storage/driver.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Journal, JournalKey } from '../../storage/transfer/journal.ts';
import type { Task } from '../../storage/transfer/task.ts';
import { transferOne } from '../../storage/transfer/transfer.ts';
import type { Session } from '../session.ts';
import { beginRead, IN_PARTS } from './read-source.ts';

/** The path of the file that is to be written. */
interface To { readonly to: string }
interface ToMode extends To { /** Undefined: that of the local driver's default. */ readonly mode?: string | undefined }
export interface Moving {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}
/** Permission bits of files: those of ClearML's uploads to a folder, and those Python gives to a new file. */
export const [UPLOADED, DOWNLOADED] = ['664', '644'];

/** Fetches an object into a file of this machine, whole or not at all. */
export async function saveObject(session: Session, from: { readonly storage: Storage; readonly path: Path }, moving: Moving & To): Promise<number> {
  const { entry, source, expected } = await beginRead(from.storage, from.path, moving.signal);
  return await saveSource(session, { source, ...(expected && { expected }) }, { ...moving, mode: DOWNLOADED, journal: journalOf(session.journal, entry) });
}

/** Only parts of this very object are taken up again: another of its name and size would be mixed with it. */
function journalOf(journal: Journal, { etag, modifiedAt }: Entry): Journal | undefined {
  const mark = etag ?? modifiedAt;
  if (mark === undefined) return undefined;
  const marked = (key: JournalKey): JournalKey => ({ ...key, target: `${key.target} ${mark}` });
  return { find: (key) => journal.find(marked(key)), save: (key, entry) => { journal.save(marked(key), entry); }, forget: (key) => { journal.forget(marked(key)); } };
}

/** Copies a file of this machine; a clone where the file system makes one. */
export async function saveFile(session: Session, from: string, moving: Moving & ToMode): Promise<number> {
  return await saveSource(session, { source: fileSource(from) }, moving);
}

export function fileSource(path: string): Task['source'] {
  const info = followFile(path);
  if (info === undefined) throw new TowlineError('NOT_FOUND', `there is no file '${path}'`, { context: { path } });
  if (info.kind !== 'file') throw new TowlineError('INVALID_ARGUMENT', `'${path}' is no file`, { context: { path } });
  return fromFile(path, info.size);
}

async function saveSource(session: Session, task: Omit<Task, 'to'>, { to, mode = DOWNLOADED, signal, onBytes, journal }: Moving & ToMode & { readonly journal?: Journal | undefined }): Promise<number> {
  makeFolders(session.lent.disk, dirname(to));
  const folder = await session.folder(dirname(to), mode);
  // The house's own transfer: in parts and resumed where it is large, verified where a digest is known.
  const outcome = await transferOne(folder, { ...task, to: parsePath(basename(to)) }, {
    ...(journal && { journal }), partThreshold: IN_PARTS, wait: session.lent.wait, ...(signal && { signal }), ...(onBytes && { onBytes: (_task, bytes) => { onBytes(bytes); } }),
  });
  if (outcome.error) throw outcome.error;
  return outcome.entry.size ?? outcome.bytes;
}
