import { basename, join } from 'node:path';
import { removeTree } from '../../disk/folders.ts';
import { followFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { unpack } from '../../storage/archive/unpack.ts';
import { archiveSuffix } from '../cache/names.ts';
import type { CacheEntry } from '../cache/layout.ts';
import { type Cache, whileInUse } from '../cache/open-cache.ts';
import { partAt } from '../config/values.ts';
import { contentTypeOf } from '../places/content-type.ts';
import { directAccess } from '../places/direct-access.ts';
import type { Target } from '../places/target.ts';
import { pathOf, type Session } from '../session.ts';
import { type Moving, saveFile, saveObject } from './save.ts';

export interface CopyOptions extends Moving {
  readonly cacheContext?: string | undefined;
  /** Default true: an archive becomes the folder of what it holds. */
  readonly extractArchive?: boolean | undefined;
  /** Part of the name of an archive's folder. */
  readonly name?: string | undefined;
  /** Fetches anew what is there already, and extracts it anew. */
  readonly forceDownload?: boolean | undefined;
}

/** The path of a copy of an object, or of a folder of what an archive holds. What lies on this machine is given where it lies. Throws NOT_FOUND. */
export async function getCopy(session: Session, cache: Cache, { url, ...options }: CopyOptions & { readonly url: string }): Promise<string> {
  const context = options.cacheContext ?? 'global';
  const entry = cache.layout.entry(url, context);
  const archive = options.extractArchive === false ? undefined : entry.archiveFolder(options.name);
  const fast = options.forceDownload === true ? undefined : hit(cache, entry);
  if (fast !== undefined && archive === undefined) return fast;
  const target = await session.target(url, 'read');
  const direct = directPath(session, cache, { url, target });
  const file = direct ?? fast ?? (await fetched(session, cache, { entry, target, context, options }));
  if (followFile(file)?.kind === 'folder') return file;
  const kind = archive?.kind ?? (direct !== undefined && options.extractArchive !== false ? archiveSuffix(basename(direct), direct)?.kind : undefined);
  if (archive === undefined || kind === undefined) return file;
  return await extracted(session, cache, { file, folder: archive.path, kind, options });
}

/** A file of the cache that is whole: unfinished ones have other names. */
function hit({ layout, needsBytes }: Cache, { folder, name }: CacheEntry): string | undefined {
  const path = join(folder, name);
  if (needsBytes && (followFile(path)?.size ?? 0) === 0) return undefined;
  return layout.touch(path) ? path : undefined;
}

/** Where an object lies on this machine, if it is to be taken from there: always in ClearML's default mode, by `storage.direct_access` in the other. */
function directPath({ config }: Session, { mode }: Cache, { url, target }: { readonly url: string; readonly target: Target }): string | undefined {
  if (target.kind !== 'local') return undefined;
  if (mode === 'space' && !directAccess(partAt(config, 'sdk.storage').list('direct_access')).isDirect(url, contentTypeOf(target.path))) return undefined;
  if (followFile(target.path) === undefined) throw new TowlineError('NOT_FOUND', `there is no file '${target.path}'`, { context: { path: target.path } });
  return target.path;
}

interface Fetching { readonly entry: CacheEntry; readonly target: Target; readonly context: string; readonly options: CopyOptions }

/** Only one process fetches; those who waited find what it fetched. */
async function fetched(session: Session, cache: Cache, { entry, target, context, options }: Fetching): Promise<string> {
  const path = join(entry.folder, entry.name);
  if (options.forceDownload !== true) {
    const underWay = cache.fetching.get(path);
    if (underWay !== undefined) return await underWay;
  }
  const work = whileInUse(cache, path, async () => {
    cache.makeFolder(entry.folder);
    return await cache.claims.whileMine(path, options.signal, async () => {
      const found = options.forceDownload === true ? undefined : hit(cache, entry);
      if (found !== undefined) return found;
      cache.makeRoom(context);
      if (target.kind === 'local') await saveFile(session, target.path, { ...options, to: path });
      else await saveObject(session, { storage: await session.open(target), path: pathOf(target) }, { ...options, to: path });
      return path;
    });
  });
  cache.fetching.set(path, work);
  try {
    return await work;
  } finally {
    if (cache.fetching.get(path) === work) cache.fetching.delete(path);
  }
}

interface Extracting { readonly file: string; readonly folder: string; readonly kind: 'zip' | 'tar'; readonly options: CopyOptions }

/** The folder appears whole: it grows under another name beside it. */
async function extracted(session: Session, cache: Cache, { file, folder, kind, options }: Extracting): Promise<string> {
  const { disk, platform, randomBytes } = session.lent;
  const isThere = (): boolean => options.forceDownload !== true && followFile(folder)?.kind === 'folder' && cache.layout.touch(folder);
  if (isThere()) return folder;
  return await whileInUse(cache, folder, async () => await cache.claims.whileMine(folder, options.signal, async () => {
    if (isThere()) return folder;
    const growing = `${folder}_${Buffer.from(randomBytes(8)).toString('hex')}`;
    cache.makeFolder(growing);
    try {
      await unpack({ file, kind, folder: growing, disk, platform, signal: options.signal });
      if (followFile(folder) !== undefined) {
        const old = `${growing}.old`;
        disk.rename(folder, old);
        disk.rename(growing, folder);
        removeTree(disk, old);
      } else disk.rename(growing, folder);
    } finally {
      removeTree(disk, growing);
    }
    return folder;
  }));
}
