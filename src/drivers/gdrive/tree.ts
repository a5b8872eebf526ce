import { hasCode, TowlineError } from '../../errors.ts';
import { createSharedWork } from '../../http/shared-work.ts';
import { bytesBody } from '../../storage/request-body.ts';
import type { DriveClient } from './client.ts';
import { type DriveFile, FILE_FIELDS, FOLDER_TYPE, isFolder, readFile } from './file.ts';
import { createSearch, type FilePage, type PageOptions, type Search } from './search.ts';

/** Paths below one folder of Drive. Drive knows ids only: names are looked up folder by folder, and several things may have one name. */
export interface Tree {
  /** Everything at a path, of whatever kind. */
  at(path: string, signal?: AbortSignal): Promise<readonly DriveFile[]>;
  /** The ids of the folders at a path, with what is missing made. New things go into the first, the smallest. */
  makeFolders(path: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** One page of what is at a path; undefined where there is no folder. */
  children(path: string, options?: PageOptions): Promise<FilePage | undefined>;
  /** What is known of folders may be wrong: it is asked anew. */
  forget(): void;
}
export interface TreeSettings {
  readonly client: DriveClient;
  /** An id, 'root' or 'appDataFolder'. */
  readonly root: string;
  readonly now: () => number;
}

/** Another program may put a second folder beside one we know, or one into the trash: after so long the name is looked up again. */
const FRESH_MS = 300_000;

interface Known { readonly ids: readonly string[]; readonly foundAt: number }

export function createTree(settings: TreeSettings): Tree {
  const { root, now } = settings;
  const known = new Map<string, Known>();
  const finding = createSharedWork<readonly string[] | undefined>();
  const making = createSharedWork<readonly string[]>();
  let witness: readonly string[] | undefined;
  const search = createRootSearch(settings, () => witness);
  const remember = (path: string, ids: readonly string[], parents: readonly string[]): readonly string[] => {
    known.set(path, { ids, foundAt: now() });
    witness ??= parents.length === 1 && !isAlias(root, parents) ? [...parents, ...ids] : undefined;
    return ids;
  };
  const forget = (): void => { known.clear(); };
  /** A folder that was known may be gone, and another may have its name by now. */
  const anew = async <T>(act: () => Promise<T | undefined>): Promise<T | undefined> => {
    for (let isAgain = false; ; isAgain = true) {
      try {
        return await act();
      } catch (error) {
        if (!hasCode(error, 'NOT_FOUND')) throw error;
        forget();
        if (isAgain) return undefined;
      }
    }
  };
  const folders = async (path: string, signal: AbortSignal | undefined): Promise<readonly string[] | undefined> => {
    if (path === '') return [root];
    const one = known.get(path);
    if (one !== undefined && now() - one.foundAt < FRESH_MS) return one.ids;
    return await finding(path, signal, async (shared) => {
      const { parent, name } = taken(path);
      const parents = await folders(parent, shared);
      const ids = parents && (await search.named({ folders: parents, name }, shared)).filter(isFolder).map(({ id }) => id).toSorted();
      return parents === undefined || ids === undefined || ids.length === 0 ? undefined : remember(path, ids, parents);
    });
  };
  const makeFolders = async (path: string, signal?: AbortSignal): Promise<readonly string[]> => {
    const there = await folders(path, signal);
    if (there) return there;
    // Two that make one folder would make two folders of one name.
    return await making(path, signal, async (shared) => {
      const { parent, name } = taken(path);
      const parents = await makeFolders(parent, shared);
      return (await folders(path, shared)) ?? remember(path, [await createFolder(settings, { name, parent: parents[0] ?? root, signal: shared })], parents);
    });
  };
  return {
    makeFolders, forget,
    async at(path, signal) {
      if (path === '') return [await search.root(signal)];
      const { parent, name } = taken(path);
      return (await anew(async () => {
        const parents = await folders(parent, signal);
        return parents && (await search.named({ folders: parents, name }, signal));
      })) ?? [];
    },
    children: (path, options = {}) => anew(async () => {
      const ids = await folders(path, options.signal);
      return ids && (await search.children(ids, options));
    }),
  };
}

function taken(path: string): { readonly parent: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return { parent: path.slice(0, Math.max(at, 0)), name: path.slice(at + 1) };
}

const isAlias = (root: string, ids: readonly string[]): boolean => (root === 'root' || root === 'appDataFolder') && ids.includes(root);

/** The search below the root, in the part of Drive where it lies. */
function createRootSearch({ client, root }: TreeSettings, witness: () => readonly string[] | undefined): Search & { root(signal: AbortSignal | undefined): Promise<DriveFile> } {
  const where = `gdrive://${root}`;
  const finding = createSharedWork<DriveFile>();
  let found: DriveFile | undefined;
  const findRoot = async (signal: AbortSignal | undefined): Promise<DriveFile> => (found ??= await finding(root, signal, (shared) => describeRoot(client, root, shared)));
  const scope = async (signal: AbortSignal | undefined): Promise<Readonly<Record<string, string>>> => {
    if (root === 'appDataFolder') return { spaces: 'appDataFolder' };
    const driveId = root === 'root' ? undefined : (await findRoot(signal)).driveId;
    return driveId === undefined ? { corpora: 'user' } : { corpora: 'drive', driveId };
  };
  // A file that is the root itself changes; only where it lies does not.
  return { ...createSearch({ client, where, scope, witness }), root: (signal) => describeRoot(client, root, signal) };
}

async function describeRoot(client: DriveClient, root: string, signal: AbortSignal | undefined): Promise<DriveFile> {
  const where = `gdrive://${root}`;
  try {
    const file = readFile(await client.ask({ verb: 'find', where, method: 'GET', path: `/drive/v3/files/${encodeURIComponent(root)}`, query: { fields: FILE_FIELDS, supportsAllDrives: true }, signal }));
    if (!file.isTrashed) return file;
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
    throw new TowlineError('INVALID_CONFIG', `Confirm ${where} exists and you can access it`, { cause: error, hint: "Correct the url of the remote, or share that folder with this user or service account." });
  }
  throw new TowlineError('INVALID_CONFIG', `${where} is in the trash of Google Drive`, { hint: 'Restore it there, or correct the url of the remote.' });
}

async function createFolder({ client, root }: TreeSettings, { name, parent, signal }: { readonly name: string; readonly parent: string; readonly signal: AbortSignal }): Promise<string> {
  const body = bytesBody(Buffer.from(JSON.stringify({ name, mimeType: FOLDER_TYPE, parents: [parent] })));
  const answer = await client.ask({
    verb: `make the folder '${name}' in`, where: `gdrive://${root}`, method: 'POST', path: '/drive/v3/files', query: { fields: FILE_FIELDS, supportsAllDrives: true },
    headers: [['content-type', 'application/json; charset=UTF-8']], body, signal,
  });
  return readFile(answer).id;
}
