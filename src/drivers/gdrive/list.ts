import { throwIfAborted } from '../../storage/call.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import { isPath, type Path } from '../../storage/path.ts';
import { chosen, type DriveFile, entryOf, isFolder, isObject } from './file.ts';
import type { Session } from './session.ts';

/** Names that earlier pages of a listing held, by the token of the page to come: things of one name may stand on two pages. */
export type SeenNames = Map<string, ReadonlySet<string>>;
/** Listings that are remembered; one that was left early is forgotten for newer ones. */
const REMEMBERED = 64;

/** One page of one level, each path once. Of things of one name the one with the smallest id on the page counts. */
export async function list(session: Session, folder: Path, { cursor, startsWith = '', signal, seen }: ListOptions & { readonly seen: SeenNames }): Promise<Page<Entry>> {
  throwIfAborted(signal);
  const page = await session.tree.children(session.placeOf(folder), { token: cursor, ...(signal && { signal }) });
  if (page === undefined) return { entries: [] };
  const before = cursor === undefined ? undefined : seen.get(cursor);
  if (cursor !== undefined) seen.delete(cursor);
  const names = byKindAndName(page.files.filter((file) => file.name.startsWith(startsWith) && (isFolder(file) || isObject(file))));
  const entries = [...names].flatMap(([key, files]) => (before?.has(key) === true ? [] : entriesOf(session, folder, files)));
  if (page.token === undefined) return { entries };
  remember(seen, page.token, new Set([...(before ?? []), ...names.keys()]));
  return { entries, cursor: page.token };
}

function byKindAndName(files: readonly DriveFile[]): ReadonlyMap<string, readonly DriveFile[]> {
  const groups = new Map<string, DriveFile[]>();
  for (const file of files) {
    const key = `${isFolder(file) ? 'd' : 'f'} ${file.name}`;
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  return groups;
}

function entriesOf({ where, warnOnce }: Session, folder: Path, files: readonly DriveFile[]): readonly Entry[] {
  const file = chosen(files);
  if (file === undefined) return [];
  if (file.name.includes('/') || !isPath(file.name) || file.name === '') {
    warnOnce({ code: 'UNUSABLE_NAME', text: `${where(folder)}: files whose names are no paths are left out, such as ${JSON.stringify(file.name.slice(0, 200))}` });
    return [];
  }
  // Both parts are paths, so the whole is.
  const path = (folder === '' ? file.name : `${folder}/${file.name}`) as Path;
  return [isFolder(file) ? { path, kind: 'directory' } : entryOf(path, file)];
}

function remember(seen: SeenNames, token: string, names: ReadonlySet<string>): void {
  const oldest = seen.keys().next().value;
  if (seen.size >= REMEMBERED && oldest !== undefined) seen.delete(oldest);
  seen.set(token, names);
}
