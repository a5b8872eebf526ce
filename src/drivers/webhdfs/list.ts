import { isTemporaryName } from '../../disk/temporary.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import { isPath, type Path } from '../../storage/path.ts';
import { entryOf, type FileStatus, parseStatuses } from './file-status.ts';
import { inside, readJson } from './json.ts';
import { about, type About, nameOf, type Place } from './place.ts';

/** The NameNode gives a thousand names at once (dfs.ls.limit), HttpFS all of a folder whatever it is asked (3.4.2, 2026-11-28). */
const MOST_JSON = 64 * 1024 * 1024;

/** Lists folders of one server. Hadoop 2 has no LISTSTATUS_BATCH, which is found out once. */
export function createList(place: Place): (folder: Path, options?: ListOptions) => Promise<Page<Entry>> {
  let hasBatches = true;
  return async (folder, { cursor, startsWith = '', signal } = {}) => {
    const what = about('list', folder, signal);
    const name = nameOf(place, folder);
    try {
      const { statuses, isLast } = await batchOrAll(what, name, cursor);
      const last = statuses.at(-1)?.name;
      return { entries: entriesOf(folder, statuses, startsWith), ...(!isLast && last !== undefined && { cursor: last }) };
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return { entries: [] };
      throw error;
    }
  };

  async function batchOrAll(what: About, name: string, cursor: string | undefined): Promise<Listing> {
    if (!hasBatches) return await listAll(place, name, what);
    try {
      return await listBatch(place, name, { ...what, cursor });
    } catch (error) {
      if (!(error instanceof TowlineError) || !saysUnknownOperation(error)) throw error;
      const listing = await listAll(place, name, what);
      hasBatches = false;
      return listing;
    }
  }
}

interface Listing { readonly statuses: readonly FileStatus[]; readonly isLast: boolean }

async function listBatch({ namenode }: Place, name: string, { cursor, ...what }: About & { readonly cursor: string | undefined }): Promise<Listing> {
  const response = await namenode.ask({ ...what, method: 'GET', op: 'LISTSTATUS_BATCH', name, query: cursor === undefined ? [] : [['startAfter', cursor]] });
  const listing = inside(response, await readJson(response, MOST_JSON), ['DirectoryListing']);
  return { statuses: parseStatuses(response, listing, ['partialListing']), isLast: listing['remainingEntries'] === 0 };
}

async function listAll({ namenode }: Place, name: string, what: About): Promise<Listing> {
  const response = await namenode.ask({ ...what, method: 'GET', op: 'LISTSTATUS', name });
  return { statuses: parseStatuses(response, await readJson(response, MOST_JSON), []), isLast: true };
}

const saysUnknownOperation = (error: TowlineError): boolean => error.code === 'INVALID_ARGUMENT' && /LISTSTATUS_BATCH/.test(error.message);

/** A file that is asked for as a folder is described by itself, without a name. */
function entriesOf(folder: Path, statuses: readonly FileStatus[], startsWith: string): readonly Entry[] {
  return statuses.flatMap((status) => {
    const path = folder === '' ? status.name : `${folder}/${status.name}`;
    if (status.name === '' || status.name.includes('/') || status.kind === 'other' || isTemporaryName(status.name) || !status.name.startsWith(startsWith) || !isPath(path)) return [];
    return [entryOf(path, status)];
  });
}
