import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/driver.ts';
import type { DriveClient } from './client.ts';
import { type DriveFile, FILE_FIELDS, readFile } from './file.ts';
import { grouped } from './grouped.ts';
import { profile } from './profiles.ts';
import { childrenQuery, type Named, namedQuery } from './query.ts';

/** A page of what is in some folders. */
export interface FilePage { readonly files: readonly DriveFile[]; readonly token: string | undefined }
export interface PageOptions extends CallOptions {
  /** Of the page before. */
  readonly token?: string | undefined;
}
/** Asks what is in folders. */
export interface Search {
  /** What has this very name, in capitals and accents as well. */
  named(question: Named, signal?: AbortSignal): Promise<readonly DriveFile[]>;
  /** One page of what is in folders that share a path. */
  children(folders: readonly string[], options: PageOptions): Promise<FilePage>;
}
/** What is searched, and what is known of it. */
export interface Searched {
  readonly client: DriveClient;
  /** Names the place in messages. */
  readonly where: string;
  /** The parameters of each question: the whole of Drive, one shared drive, or the application's data. */
  scope(signal: AbortSignal | undefined): Promise<Readonly<Record<string, string>>>;
  /** Two folders, of which one is in the other. */
  witness(): readonly string[] | undefined;
}

const PAGE = 1000;
const GROUPS_AT_ONCE = 4;
/** Question marks and all of a question this long still fit into a request line of 16 KiB. */
const LONGEST_QUESTION = 4000;

/** An alias is not what files name as their parent. */
const isAlias = (id: string): boolean => id === 'root' || id === 'appDataFolder';

export function createSearch(searched: Searched): Search {
  const trust = createTrust(searched);
  const named = grouped<Named, readonly DriveFile[]>({
    atOnce: GROUPS_AT_ONCE,
    fits: (group, next) => group.length < profile.namesPerQuestion && isGroupable([...group, next].map(({ folders }) => folders)) && namedQuery([...group, next]).length < LONGEST_QUESTION && trust.allows(),
    async ask(group, signal) {
      const files = await allPages(searched, namedQuery(group), signal);
      if (await isDoubtful(files, group.map(({ folders }) => folders), signal)) return undefined;
      return group.map(({ folders, name }) => files.filter((file) => file.name === name && (group.length === 1 || isIn(file, folders))));
    },
  });
  let most = profile.foldersPerQuestion;
  const firstPages = grouped<readonly string[], FilePage>({
    atOnce: GROUPS_AT_ONCE,
    fits: (group, next) => group.length < most && isGroupable([...group, next]) && trust.allows(),
    async ask(group, signal) {
      const page = await onePage(searched, childrenQuery([...new Set(group.flat())]), { signal });
      if (group.length === 1) return [page];
      if (page.token !== undefined) {
        // Folders as full as these are asked for in smaller groups from now on.
        most = Math.max(1, Math.floor(group.length / 2));
        return undefined;
      }
      if (page.files.length < PAGE / 4) most = Math.min(profile.foldersPerQuestion, most * 2);
      return (await isDoubtful(page.files, group, signal)) ? undefined : group.map((folders) => ({ files: page.files.filter((file) => isIn(file, folders)), token: undefined }));
    },
  });
  const isDoubtful = async (files: readonly DriveFile[], group: readonly (readonly string[])[], signal: AbortSignal): Promise<boolean> => group.length > 1 && files.length === 0 && new Set(group.flat()).size > 1 && !(await trust.holds(signal));
  return {
    named,
    children: (folders, options) => (options.token === undefined ? firstPages(folders, options.signal) : onePage(searched, childrenQuery(folders), options)),
  };
}

const isIn = (file: DriveFile, folders: readonly string[]): boolean => file.parents.some((parent) => folders.includes(parent));
const isGroupable = (group: readonly (readonly string[])[]): boolean => group.length === 1 || !group.flat().some(isAlias);

interface Trust {
  /** False once it is known that questions about several folders find nothing. */
  allows(): boolean;
  /** Whether such a question finds what is there; false where that cannot be told. */
  holds(signal: AbortSignal): Promise<boolean>;
}

function createTrust(searched: Searched): Trust {
  let state: 'unknown' | 'proven' | 'broken' = 'unknown';
  return {
    allows: () => state !== 'broken',
    async holds(signal) {
      if (!profile.doubtsEmptyGroups || state === 'proven') return true;
      const folders = searched.witness();
      if (state === 'broken' || folders === undefined || folders.some(isAlias)) return false;
      const { files } = await onePage(searched, childrenQuery(folders), { signal });
      state = files.length > 0 ? 'proven' : 'broken';
      return files.length > 0;
    },
  };
}

async function allPages(searched: Searched, query: string, signal: AbortSignal): Promise<readonly DriveFile[]> {
  const files: DriveFile[] = [];
  for (let token: string | undefined; ; ) {
    const page = await onePage(searched, query, { token, signal });
    files.push(...page.files);
    if (page.token === undefined) return files;
    token = page.token;
  }
}

async function onePage({ client, where, scope }: Searched, query: string, { token, signal }: PageOptions): Promise<FilePage> {
  const answer = await client.ask({
    verb: 'look into', where, method: 'GET', path: '/drive/v3/files', signal,
    query: { ...(await scope(signal)), q: query, pageSize: PAGE, pageToken: token, fields: `nextPageToken,incompleteSearch,files(${FILE_FIELDS})`, supportsAllDrives: true, includeItemsFromAllDrives: true },
  });
  const { files, nextPageToken, incompleteSearch } = (typeof answer === 'object' && answer !== null ? answer : {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(files)) throw new TowlineError('CORRUPT', `Cannot look into ${where}: the answer holds no list of files`, { hint: 'Look for a proxy between here and Google.' });
  if (incompleteSearch === true) throw new TowlineError('UNAVAILABLE', `Cannot look into ${where}: the service did not search everywhere`, { retryable: true });
  return { files: files.map(readFile), token: typeof nextPageToken === 'string' && nextPageToken !== '' ? nextPageToken : undefined };
}
