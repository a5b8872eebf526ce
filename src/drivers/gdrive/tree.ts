import { hasCode, TowlineError } from '../../errors.ts';
import { bytesBody } from './body.ts';
import type { DriveClient } from './client.ts';
import { type DriveFile, FILE_FIELDS, FOLDER_TYPE, isFolder, readFile } from './file.ts';
import { createSearch, type FilePage, type Search } from './search.ts';

/** Paths below one folder of Drive. Drive knows ids only: names are looked up folder by folder, and several things may have one name. */
export interface Tree {
  /** Everything at a path, of whatever kind. */
  at(path: string): Promise<readonly DriveFile[]>;
  /** The ids of the folders at a path, the smallest first; undefined where there is none. */
  folders(path: string): Promise<readonly string[] | undefined>;
  /** The same, with what is missing made. New things go into the first. */
  makeFolders(path: string): Promise<readonly string[]>;
  /** One page of what is at a path; undefined where there is no folder. */
  children(path: string, token: string | undefined): Promise<FilePage | undefined>;
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
  const finding = new Map<string, Promise<readonly string[] | undefined>>();
  const making = new Map<string, Promise<readonly string[]>>();
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
  const folders = async (path: string): Promise<readonly string[] | undefined> => {
    if (path === '') return [root];
    const one = known.get(path);
    if (one !== undefined && now() - one.foundAt < FRESH_MS) return one.ids;
    return await once(finding, path, async () => {
      const { parent, name } = taken(path);
      const parents = await folders(parent);
      const ids = parents && (await search.named({ folders: parents, name })).filter(isFolder).map(({ id }) => id).toSorted();
      return parents === undefined || ids === undefined || ids.length === 0 ? undefined : remember(path, ids, parents);
    });
  };
  const makeFolders = async (path: string): Promise<readonly string[]> => {
    const there = await folders(path);
    if (there) return there;
    // Two that make one folder would make two folders of one name.
    return await once(making, path, async () => {
      const { parent, name } = taken(path);
      const parents = await makeFolders(parent);
      return (await folders(path)) ?? remember(path, [await createFolder(settings, { name, parent: parents[0] ?? root })], parents);
    });
  };
  return {
    folders, makeFolders,
    async at(path) {
      if (path === '') return [await search.root()];
      const { parent, name } = taken(path);
      return (await anew(async () => {
        const parents = await folders(parent);
        return parents && (await search.named({ folders: parents, name }));
      })) ?? [];
    },
    children: (path, token) => anew(async () => {
      const ids = await folders(path);
      return ids && (await search.children(ids, token));
    }),
    forget,
  };
}

function taken(path: string): { readonly parent: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return { parent: path.slice(0, Math.max(at, 0)), name: path.slice(at + 1) };
}

const isAlias = (root: string, ids: readonly string[]): boolean => (root === 'root' || root === 'appDataFolder') && ids.includes(root);

/** Callers that come together share one answer. */
async function once<T>(underWay: Map<string, Promise<T>>, key: string, act: () => Promise<T>): Promise<T> {
  const known = underWay.get(key);
  if (known) return await known;
  const begun = act().finally(() => { underWay.delete(key); });
  underWay.set(key, begun);
  return await begun;
}

/** The search below the root, in the part of Drive where it lies. */
function createRootSearch({ client, root }: TreeSettings, witness: () => readonly string[] | undefined): Search & { root(): Promise<DriveFile> } {
  const where = `gdrive://${root}`;
  let found: Promise<DriveFile> | undefined;
  const findRoot = (): Promise<DriveFile> => (found ??= describeRoot(client, root).catch((error: unknown) => {
    found = undefined;
    throw error;
  }));
  const scope = async (): Promise<Readonly<Record<string, string>>> => {
    if (root === 'appDataFolder') return { spaces: 'appDataFolder' };
    const driveId = root === 'root' ? undefined : (await findRoot()).driveId;
    return driveId === undefined ? { corpora: 'user' } : { corpora: 'drive', driveId };
  };
  return { ...createSearch({ client, where, scope, witness }), root: findRoot };
}

async function describeRoot(client: DriveClient, root: string): Promise<DriveFile> {
  const where = `gdrive://${root}`;
  try {
    const file = readFile(await client.ask({ verb: 'find', where, method: 'GET', path: `/drive/v3/files/${encodeURIComponent(root)}`, query: { fields: FILE_FIELDS, supportsAllDrives: true } }));
    if (!file.isTrashed) return file;
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
    throw new TowlineError('INVALID_CONFIG', `Confirm ${where} exists and you can access it`, { cause: error, hint: "Correct the url of the remote, or share that folder with this user or service account." });
  }
  throw new TowlineError('INVALID_CONFIG', `${where} is in the trash of Google Drive`, { hint: 'Restore it there, or correct the url of the remote.' });
}

async function createFolder({ client, root }: TreeSettings, { name, parent }: { readonly name: string; readonly parent: string }): Promise<string> {
  const body = bytesBody(Buffer.from(JSON.stringify({ name, mimeType: FOLDER_TYPE, parents: [parent] })));
  const answer = await client.ask({
    verb: `make the folder '${name}' in`, where: `gdrive://${root}`, method: 'POST', path: '/drive/v3/files', query: { fields: FILE_FIELDS, supportsAllDrives: true },
    headers: [['content-type', 'application/json; charset=UTF-8']], body,
  });
  return readFile(answer).id;
}
