import { checkLocalName } from '../../disk/case.ts';
import type { Disk } from '../../disk/disk.ts';
import { openFile } from '../../disk/open-range.ts';
import { followFile, listFolder, readInto, statFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { With } from '../../storage/driver.ts';
import { withQuick } from '../../storage/quick.ts';
import { changed, notFound } from './errors.ts';
import { entryOf, type LocalFolder, type LocalSettings } from './folder.ts';
import { copyQuickly } from './copy-files.ts';
import { list } from './list.ts';
import { upload } from './upload.ts';
import { write } from './write.ts';
import { quickWriter, writeQuickly } from './write-bytes.ts';

/** A folder as a storage. Files appear whole under their names; a name of an unfinished one starts with '.' and ends with '.tmp' and is never listed. */
export function createLocalDriver(root: string, settings: LocalSettings): With<'write' | 'list' | 'delete' | 'upload' | 'origin'> {
  const folder: LocalFolder = {
    mode: 0o444, isShared: false, syncFrom: Infinity, isCloned: true, processors: 1, displayUrl: root, ...settings,
    fileOf: (path) => (path === '' ? root : `${root}/${path}`),
  };
  const { disk, displayUrl, platform, fileOf } = folder;
  const driver: ReturnType<typeof createLocalDriver> = {
    displayUrl,
    traits: { writes: 'atomic', listing: 'directory', etagField: 'md5', concurrency: 256, deleteBatch: 1000 },
    async stat(path, options) {
      throwIfAborted(options?.signal);
      const info = followFile(fileOf(path));
      if (info === undefined || info.kind === 'other' || info.kind === 'link') throw notFound(fileOf(path));
      return entryOf(path, info);
    },
    async read(path, { start = 0, end, ifMatch, signal } = {}) {
      throwIfAborted(signal);
      const file = openFile(fileOf(path));
      const entry = entryOf(path, file.info);
      if (file.info.kind !== 'file' || (ifMatch !== undefined && ifMatch !== entry.etag)) {
        file.close();
        throw file.info.kind === 'file' ? changed(fileOf(path)) : notFound(fileOf(path));
      }
      const range = { start, end: Math.min(end ?? Infinity, file.info.size), ...(signal && { signal }) };
      return { entry, body: file.read(range), cancel: file.close };
    },
    async write(path, source, options) {
      checkLocalName(path, platform);
      return await write(folder, path, { ...options, source });
    },
    async list(path, options) {
      throwIfAborted(options?.signal);
      return list(fileOf(path), path, options);
    },
    async delete(names, options) {
      throwIfAborted(options?.signal);
      return names.map((name) => ({ ...name, ...removeFile(disk, fileOf(name.path)) }));
    },
    async upload(path, options) {
      throwIfAborted(options?.signal);
      checkLocalName(path, platform);
      return upload(folder, path, options);
    },
    origin: (path) => ({ kind: 'file', path: fileOf(path) }),
  };
  return withQuick(driver, { write: (path, bytes) => writeQuickly(folder, path, bytes), writer: () => quickWriter(folder), readNow: (path, into) => readInto(fileOf(path), into), fileOf, copyFiles: (copies) => copyQuickly(folder, copies) });
}

/** A folder is no object: deleting it is deleting what is absent, and takes it away when it is empty. Folders that become empty stay, as with DVC. */
function removeFile(disk: Disk, file: string): { readonly error?: Error } {
  try {
    if (statFile(file)?.kind !== 'folder' || listFolder(file).length === 0) disk.remove(file);
    return {};
  } catch (error) {
    if (error instanceof TowlineError) return { error };
    throw error;
  }
}
