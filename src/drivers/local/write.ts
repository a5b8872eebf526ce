import { dirname } from 'node:path';
import { copyFile } from '../../disk/copy.ts';
import type { OpenFile } from '../../disk/disk.ts';
import { systemCode } from '../../disk/errors.ts';
import { makeFolders } from '../../disk/folders.ts';
import { isUnsupportedLink } from '../../disk/link-types.ts';
import { exists, followFile } from '../../disk/read.ts';
import { temporaryPath } from '../../disk/temporary.ts';
import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { Entry, WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { alreadyExists, noConditions, notFound, wrongSize } from './errors.ts';
import { entryOf, type LocalFolder } from './folder.ts';

/** Stores one object: a clone where the file system makes one, else a copy, else what the source gives. */
export async function write(folder: LocalFolder, path: Path, { source, ...options }: WriteOptions & { readonly source: Source }): Promise<Written> {
  throwIfAborted(options.signal);
  checkMode(folder, path, options.mode);
  const target = folder.fileOf(path);
  const temporary = makeRoom(folder, target);
  try {
    const how = (await takeOver(folder, temporary, { source, ...options })) ?? (await stream(folder, temporary, { source, path, ...options }));
    throwIfAborted(options.signal);
    return { entry: reveal(folder, temporary, { path, mode: options.mode }), how };
  } finally {
    // Renamed by now, unless something failed.
    if (exists(temporary)) folder.disk.remove(temporary);
  }
}

/** Refuses what cannot be kept before the first byte. */
export function checkMode(folder: LocalFolder, path: Path, mode: WriteOptions['mode']): void {
  if (typeof mode === 'object') throw noConditions(folder.displayUrl);
  if (mode === 'create' && exists(folder.fileOf(path))) throw alreadyExists(folder.fileOf(path));
}

/** A name for the unfinished file of `target`, in a folder that is there. */
export function makeRoom({ disk, isShared }: LocalFolder, target: string): string {
  makeFolders(disk, dirname(target), isShared ? 0o2775 : undefined);
  return temporaryPath(dirname(target));
}

/** Gives a whole temporary file its name. */
export function reveal({ disk, fileOf, syncFrom, displayUrl }: LocalFolder, temporary: string, { path, mode }: { readonly path: Path; readonly mode: WriteOptions['mode'] }): Entry {
  const target = fileOf(path);
  if (mode === 'create') {
    // A rename would replace what another has put there since; a hard link does not.
    linkNew();
    disk.remove(temporary);
  } else disk.rename(temporary, target);
  const info = followFile(target);
  if (info === undefined) throw notFound(target);
  if (info.size >= syncFrom) disk.syncFolder(dirname(target));
  return entryOf(path, info);

  function linkNew(): void {
    try {
      disk.link(temporary, target, 'hardlink');
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw alreadyExists(target);
      if (!isUnsupportedLink(error)) throw error;
      throw new TowlineError('UNSUPPORTED', `${displayUrl} cannot make a file only if it is absent: its file system has no hard links`, { cause: error });
    }
  }
}

async function takeOver(folder: LocalFolder, temporary: string, { source, signal }: WriteOptions & { readonly source: Source }): Promise<Written['how'] | undefined> {
  const { disk, mode, isCloned, syncFrom } = folder;
  if (source.origin?.kind !== 'file') return undefined;
  const from = source.origin.path;
  const size = followFile(from)?.size ?? 0;
  if (source.size !== undefined && size !== source.size) return undefined;
  if (isCloned && cloned(folder, from, temporary)) return 'linked';
  await copyFile(disk, from, { to: temporary, mode, isSynced: size >= syncFrom, signal });
  return 'copied';
}

/** A small file is copied: a clone of it costs more. */
function cloned({ disk, mode }: LocalFolder, from: string, temporary: string): boolean {
  if ((followFile(from)?.size ?? 0) < 64 * 1024) return false;
  try {
    disk.link(from, temporary, 'reflink');
  } catch (error) {
    if (!isUnsupportedLink(error)) throw error;
    return false;
  }
  disk.chmod(temporary, mode);
  return true;
}

async function stream({ disk, mode, syncFrom }: LocalFolder, temporary: string, { source, path, signal }: WriteOptions & { readonly source: Source; readonly path: Path }): Promise<'streamed'> {
  const file = disk.create(temporary, { mode });
  try {
    if (source.size !== undefined && source.size > 1024 * 1024) file.resize(source.size);
    const found = await pour(source, file, { signal });
    if (source.size !== undefined && found !== source.size) throw wrongSize(path, { expected: source.size, found });
    if (found >= syncFrom) file.sync();
    return 'streamed';
  } finally {
    file.close();
  }
}

/** Writes what `source` gives from `start` on; returns how many bytes that were. */
export async function pour(source: Source, file: OpenFile, { start = 0, signal }: { readonly start?: number; readonly signal?: AbortSignal | undefined }): Promise<number> {
  let count = 0;
  for await (const chunk of source.open(signal && { signal })) {
    throwIfAborted(signal);
    if (source.size !== undefined && count + chunk.byteLength > source.size) return count + chunk.byteLength;
    file.write(chunk, start + count);
    count += chunk.byteLength;
  }
  return count;
}
