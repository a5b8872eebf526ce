import { followFile, listFolder } from '../../disk/read.ts';
import { isTemporaryName } from '../../disk/temporary.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import { isPath, type Path } from '../../storage/path.ts';
import { entryOf } from './folder.ts';

/** Entries in one page; each further page reads the folder again. */
const PAGE = 50_000;

/** One level of a folder, sorted. Linked folders are not entered, by DVC neither: they may lead in circles. */
export function list(folder: string, path: Path, { cursor = '', startsWith = '' }: ListOptions = {}): Page<Entry> {
  const names = listFolder(folder)
    .filter(({ name }) => name > cursor && name.startsWith(startsWith) && !isTemporaryName(name) && isPath(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = names.slice(0, PAGE);
  const entries: Entry[] = [];
  for (const { name, kind } of shown) {
    // Both parts are paths, so the whole is.
    const inside = (path === '' ? name : `${path}/${name}`) as Path;
    // A file removed since the folder was read is as absent as one removed before.
    const info = kind === 'folder' ? undefined : followFile(`${folder}/${name}`);
    if (kind === 'folder') entries.push({ path: inside, kind: 'directory' });
    else if (info?.kind === 'file') entries.push(entryOf(inside, info));
  }
  const last = shown.at(-1);
  return { entries, ...(names.length > PAGE && last !== undefined && { cursor: last.name }) };
}
