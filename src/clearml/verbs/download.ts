import { join } from 'node:path';
import { checkLocalName } from '../../disk/case.ts';
import { followFile } from '../../disk/read.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { concurrently } from '../../storage/concurrently.ts';
import { parsePath } from '../../storage/path.ts';
import { globPattern } from '../places/direct-access.ts';
import { decodeName } from '../places/http-place.ts';
import type { Target } from '../places/target.ts';
import { pathOf, type Session } from '../session.ts';
import { type Listed, listObjects } from './look.ts';
import { type Moving, saveFile, saveObject } from './save.ts';

export interface DownloadOptions extends Moving {
  /** Default: the folder `global` of the cache. */
  readonly localFolder?: string | undefined;
  /** Default false: a file that is there and has bytes is taken as it is. */
  readonly overwrite?: boolean | undefined;
}

/** Saves an object below a folder, by its whole name on the storage, and gives the path. */
export async function download(session: Session, url: string, options: DownloadOptions = {}): Promise<string> {
  const target = await session.target(url, 'read');
  const path = join(folderOf(session, options), savedName(target));
  return await save(path, options, async () => {
    if (target.kind === 'local') await saveFile(session, target.path, { ...options, to: path });
    else await saveObject(session, { storage: await session.open(target), path: pathOf(target) }, { ...options, to: path });
  });
}

const folderOf = (session: Session, { localFolder }: DownloadOptions): string => (localFolder === undefined ? join(session.cacheRoot, 'storage_manager', 'global') : session.absolute(localFolder));

/** A name from outside becomes a path here only when it is one: it never leaves the folder. */
function savedName(target: Target): string {
  if (target.kind === 'local') return target.path.replace(/^(?:[A-Za-z]:)?[\\/]+/, '');
  const name = target.isSingle === true ? decodeName(target.name) : target.name;
  // ClearML saves what lies on other web servers below the name of the host.
  const path = target.isSingle === true && target.remote.driver === undefined ? `${target.base.replace(/^[^/]*\/\//, '')}/${name}` : name;
  if (path === '' || path.endsWith('/')) throw new TowlineError('INVALID_ARGUMENT', `'${target.base}/${target.name}' names no object`, { hint: 'For a folder use downloadFolder, or --recursive.' });
  return parsePath(path);
}

async function save(path: string, { overwrite = false }: DownloadOptions, fetch: () => Promise<void>): Promise<string> {
  if (!overwrite && (followFile(path)?.size ?? 0) > 0) return path;
  await fetch();
  return path;
}

export interface DownloadFolderOptions extends DownloadOptions {
  /** Python's fnmatch on the whole URL: '*' crosses '/'. */
  readonly matchWildcard?: string | undefined;
  readonly maxWorkers?: number | undefined;
}
export interface Downloaded { readonly folder: string; readonly done: readonly string[]; readonly failed: readonly { readonly path: string; readonly error: Error }[] }

/** Saves every object whose URL begins with `url`; what was there before stays. On this machine a folder is copied. */
export async function downloadFolder(session: Session, url: string, options: DownloadFolderOptions = {}): Promise<Downloaded> {
  const folder = folderOf(session, options);
  const target = await session.target(url, 'read');
  const matches = globPattern(options.matchWildcard ?? '*');
  const storage = target.kind === 'local' ? undefined : await session.open(target);
  const jobs = options.maxWorkers ?? Math.min(64, storage?.driver.traits.concurrency ?? 8);
  const done: string[] = [];
  const failed: { path: string; error: Error }[] = [];
  const prefix = target.kind === 'local' ? `${savedName(target)}/` : '';
  for await (const { path, error } of concurrently(matching(session, url, { matches, signal: options.signal }), { jobs, ...(options.signal && { signal: options.signal }) }, async ({ entry }, signal) => {
    const saved = join(folder, prefix + entry.path);
    try {
      checkLocalName(entry.path, session.lent.platform);
      await save(saved, options, async () => {
        if (target.kind === 'local') await saveFile(session, join(target.path, entry.path), { ...options, to: saved });
        else if (storage) await saveObject(session, { storage, path: entry.path }, { ...options, signal, to: saved });
      });
      return { path: saved };
    } catch (cause) {
      if (hasCode(cause, 'ABORTED') || !(cause instanceof Error)) throw cause;
      return { path: saved, error: cause };
    }
  })) {
    if (error === undefined) done.push(path);
    else failed.push({ path, error });
  }
  return { folder, done, failed };
}

async function* matching(session: Session, url: string, { matches, signal }: { readonly matches: (url: string) => boolean; readonly signal: AbortSignal | undefined }): AsyncGenerator<Listed> {
  for await (const listed of listObjects(session, url, { signal })) if (matches(listed.url)) yield listed;
}
