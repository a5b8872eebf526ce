import { followFile, listFolder } from '../../disk/read.ts';
import { isTemporaryName } from '../../disk/temporary.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import { isPath, joinPath, type Path } from '../../storage/path.ts';
import { entryOf } from './folder.ts';

/** Entries in one page; each further page reads the folder again. */
const PAGE = 50_000;

/** One level of a folder, sorted. Linked folders are not entered, by DVC neither: they may lead in circles. */
export function list(folder: string, path: Path, { cursor = '', startsWith = '' }: ListOptions = {}): Page<Entry> {
  const names = listFolder(folder)
    .filter(({ name }) => name > cursor && name.startsWith(startsWith) && !isTemporaryName(name) && isPath(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = names.slice(0, PAGE);
  const entries = shown.flatMap(({ name, kind }) => {
    if (kind === 'folder') return [{ path: joinPath(path, name), kind: 'directory' } as const];
    // A file removed since the folder was read is as absent as one removed before.
    const info = followFile(`${folder}/${name}`);
    return info?.kind === 'file' ? [entryOf(joinPath(path, name), info)] : [];
  });
  const last = shown.at(-1);
  return { entries, ...(names.length > PAGE && last !== undefined && { cursor: last.name }) };
}
