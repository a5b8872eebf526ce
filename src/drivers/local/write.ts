import { copyFile } from '../../disk/copy.ts';
import type { OpenFile } from '../../disk/disk.ts';
import { CLONE_FROM, isUnsupportedLink } from '../../disk/link-types.ts';
import { makeRoom } from '../../disk/put.ts';
import { exists, followFile } from '../../disk/read.ts';
import { saveAlong } from '../../disk/save-along.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { alreadyExists, noConditions, wrongSize } from './errors.ts';
import type { LocalFolder } from './folder.ts';
import { reveal, settleName } from './reveal.ts';
import { writeBytes } from './write-bytes.ts';

/** Stores one object: a clone where the file system makes one, else a copy, else what the source gives. */
export async function write(folder: LocalFolder, path: Path, { source, ...options }: WriteOptions & { readonly source: Source }): Promise<Written> {
  throwIfAborted(options.signal);
  checkMode(folder, path, options.mode);
  const target = folder.fileOf(path);
  if (source.origin?.kind === 'memory' && options.mode !== 'create' && source.origin.bytes.byteLength < folder.syncFrom) {
    return writeBytes(folder, path, { bytes: source.origin.bytes, size: source.size });
  }
  const temporary = makeRoom(folder.disk, target, folder);
  try {
    const how = (await takeOver(folder, temporary, { source, ...options })) ?? (await stream(folder, temporary, { source, path, ...options }));
    throwIfAborted(options.signal);
    const entry = reveal(folder, temporary, { path, mode: options.mode });
    await settleName(folder, entry);
    return { entry, how };
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

/** A small file is copied. */
function cloned({ disk, mode }: LocalFolder, from: string, temporary: string): boolean {
  if ((followFile(from)?.size ?? 0) < CLONE_FROM) return false;
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
  const along = saveAlong(file);
  try {
    if (source.size !== undefined && source.size > 1024 * 1024) file.resize(source.size);
    const found = await pour(source, file, { signal, ...(syncFrom < Infinity && { onWritten: (bytes) => { along.wrote(bytes); } }) });
    if (source.size !== undefined && found !== source.size) throw wrongSize(path, { expected: source.size, found });
    await along.end();
    if (found >= syncFrom) await file.settle();
    return 'streamed';
  } finally {
    // What goes wrong here as well has been said, or comes after a failure that is to be said.
    await along.end().catch(() => undefined);
    file.close();
  }
}

interface Pouring {
  readonly start?: number;
  readonly signal?: AbortSignal | undefined;
  onWritten?(bytes: number): void;
}

/** Writes what `source` gives from `start` on; returns how many bytes that were. */
export async function pour(source: Source, file: OpenFile, { start = 0, signal, onWritten }: Pouring): Promise<number> {
  let count = 0;
  for await (const chunk of source.open(signal && { signal })) {
    throwIfAborted(signal);
    if (source.size !== undefined && count + chunk.byteLength > source.size) return count + chunk.byteLength;
    file.write(chunk, start + count);
    count += chunk.byteLength;
    onWritten?.(chunk.byteLength);
  }
  return count;
}
