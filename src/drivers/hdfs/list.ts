import { isTemporaryName } from '../../disk/temporary.ts';
import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import { isPath, parsePath, type Path } from '../../storage/path.ts';
import { FILE_TYPE } from './messages.ts';
import { attempt, entryOf, type HdfsPlace, serverPath } from './place.ts';

/** Folders are read side by side until a page has about so many entries; the name node gives a thousand at a time. */
const PAGE_ENTRIES = 8000;
const FOLDERS_AT_ONCE = 16;

/** A folder that is still to be read, from behind a name on. */
interface Pending { readonly path: Path; readonly after: string }

/** One page of all files below `folder`. The cursor holds the folders still to be read, deepest first, so another process can go on. */
export async function listObjects(place: HdfsPlace, folder: Path, options: ListOptions = {}): Promise<Page<Entry>> {
  const { signal, startsWith = '' } = options;
  return await attempt(place, { verb: 'list', path: folder, signal }, async () => {
    // Names come in order, so those that begin so stand together.
    const pending = options.cursor === undefined ? [{ path: folder, after: '' }] : readCursor(options.cursor);
    const entries: Entry[] = [];
    while (pending.length > 0 && entries.length < PAGE_ENTRIES) {
      throwIfAborted(signal);
      const batch = pending.splice(-FOLDERS_AT_ONCE);
      const found = await Promise.all(batch.map(async (one) => await readFolder(place, one, { startsWith: one.path === folder ? startsWith : '', signal })));
      for (const { files, rest, folders } of found) {
        for (const file of files) entries.push(file);
        if (rest !== undefined) pending.push(rest);
        pending.push(...folders);
      }
    }
    return pending.length === 0 ? { entries } : { entries, cursor: JSON.stringify(pending.map(({ path, after }) => [path, after])) };
  });
}

function readCursor(cursor: string): Pending[] {
  const parsed: unknown = JSON.parse(cursor);
  if (!Array.isArray(parsed)) throw new TowlineError('INVALID_ARGUMENT', 'this is no cursor of a listing of HDFS');
  return parsed.map((one: unknown) => {
    const [path, after] = Array.isArray(one) ? (one as readonly unknown[]) : [];
    return { path: parsePath(String(path)), after: String(after) };
  });
}

interface Found { readonly files: readonly Entry[]; readonly folders: readonly Pending[]; readonly rest: Pending | undefined }

async function readFolder(place: HdfsPlace, { path, after }: Pending, { startsWith, signal }: { readonly startsWith: string; readonly signal: AbortSignal | undefined }): Promise<Found> {
  const { dirList } = await place.nameNode.call('getListing', { src: serverPath(place, path), startAfter: Buffer.from(after), needLocation: false }, signal);
  const files: Entry[] = [];
  const folders: Pending[] = [];
  let last = '';
  for (const status of dirList?.partialListing ?? []) {
    // The name of what is listed itself, when it is a file, is empty.
    last = Buffer.from(status.path).toString('utf8');
    const below = path === '' ? last : `${path}/${last}`;
    // A file that is not whole yet has no name of its own; a name that is no path cannot be asked for either.
    if (last === '' || last.includes('/') || !last.startsWith(startsWith) || isTemporaryName(last) || !isPath(below)) continue;
    if (status.fileType === FILE_TYPE.folder) folders.push({ path: below, after: '' });
    else if (status.fileType === FILE_TYPE.file) files.push(entryOf(below, status));
  }
  return { files, folders, rest: (dirList?.remainingEntries ?? 0) > 0 && last !== '' ? { path, after: last } : undefined };
}
