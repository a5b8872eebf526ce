import { TowlineError } from '../../errors.ts';
import { isTemporaryName } from '../../disk/temporary.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import { isPath, parsePath, type Path } from '../../storage/path.ts';
import { hasStatus, STATUS } from './errors.ts';
import { attempt, entryOf, type RemotePlace, serverPath } from './remote-place.ts';
import type { SftpSession } from './sftp-session.ts';
import { closeHandle, findPath, type Handle, type NamedAttributes, openFolder, readNames, realPath } from './sftp.ts';

/** Folders are read side by side until a page has about so many entries. */
const PAGE_ENTRIES = 8000;
const FOLDERS_AT_ONCE = 16;
/** So many requests for names are under way for one folder. OpenSSH gives a hundred names each time. */
const READS_AHEAD = 4;

/** One page of all files below `folder`. The cursor holds the folders still to be read, deepest first, so another process can go on. */
export async function listObjects(place: RemotePlace, folder: Path, options: ListOptions = {}): Promise<Page<Entry>> {
  return await attempt(place, { verb: 'list', path: folder, signal: options.signal }, async () => {
    const pending = options.cursor === undefined ? [folder] : readCursor(options.cursor);
    const entries: Entry[] = [];
    let largest = PAGE_ENTRIES / FOLDERS_AT_ONCE;
    while (pending.length > 0 && (entries.length === 0 || entries.length + largest <= PAGE_ENTRIES)) {
      options.signal?.throwIfAborted();
      const fitting = Math.floor((PAGE_ENTRIES - entries.length) / largest);
      const batch = pending.splice(-Math.min(Math.max(fitting, 1), FOLDERS_AT_ONCE));
      const startsWith = (path: Path): string => (path === folder ? (options.startsWith ?? '') : '');
      const found = await Promise.all(batch.map(async (path) => await place.pool.use(async (session) => await readFolder(place, session, { path, startsWith: startsWith(path) }))));
      for (const { files, folders } of found) {
        for (const file of files) entries.push(file);
        pending.push(...folders);
        largest = Math.max(largest, files.length);
      }
    }
    return pending.length === 0 ? { entries } : { entries, cursor: JSON.stringify(pending) };
  });
}

function readCursor(cursor: string): Path[] {
  const parsed: unknown = JSON.parse(cursor);
  if (!Array.isArray(parsed)) throw new TowlineError('INVALID_ARGUMENT', 'this is no cursor of a listing over SSH');
  return parsed.map((one) => parsePath(String(one)));
}

interface Found { readonly files: readonly Entry[]; readonly folders: readonly Path[] }

async function readFolder(place: RemotePlace, session: SftpSession, { path, startsWith }: { readonly path: Path; readonly startsWith: string }): Promise<Found> {
  const files: Entry[] = [];
  const folders: Path[] = [];
  for (const { name, attributes } of await namesIn(session, serverPath(place, path))) {
    // A file that is not whole yet has no name of its own; a name that is no path cannot be asked for either.
    if (!name.startsWith(startsWith) || isTemporaryName(name) || name === '.' || name === '..' || name === '' || name.includes('/')) continue;
    const below = path === '' ? name : `${path}/${name}`;
    if (!isPath(below)) continue;
    const kind = attributes.kind === 'link' ? await followed(place, session, below) : attributes;
    if (kind?.kind === 'directory') folders.push(below);
    else if (kind?.kind === 'file') files.push(entryOf(below, kind));
  }
  return { files, folders };
}

/** The names in a folder; none when it is absent, which some servers say only when asked for the names. */
async function namesIn(session: SftpSession, folder: string): Promise<readonly NamedAttributes[]> {
  try {
    const handle = await openFolder(session, folder);
    try {
      return await allNames(session, handle);
    } finally {
      await closeHandle(session, handle);
    }
  } catch (error) {
    if (hasStatus(error, STATUS.noSuchFile)) return [];
    throw error;
  }
}

async function allNames(session: SftpSession, handle: Handle): Promise<readonly NamedAttributes[]> {
  const names: NamedAttributes[] = [];
  for (;;) {
    const rounds = await Promise.all(Array.from({ length: READS_AHEAD }, async () => await readNames(session, handle)));
    for (const round of rounds) for (const one of round) names.push(one);
    if (rounds.some((round) => round.length === 0)) return names;
  }
}

/** What a link leads to; undefined when that is nothing, or a folder the link stands in itself. */
async function followed(place: RemotePlace, session: SftpSession, path: Path): Promise<NamedAttributes['attributes'] | undefined> {
  const name = serverPath(place, path);
  const found = await findPath(session, name);
  if (found?.kind !== 'directory') return found;
  const [target, folder] = await Promise.all([realPath(session, name), realPath(session, name.slice(0, Math.max(name.lastIndexOf('/'), 1)))]);
  return folder === target || folder.startsWith(target === '/' ? '/' : `${target}/`) ? undefined : found;
}
