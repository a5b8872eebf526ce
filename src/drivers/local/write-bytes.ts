import { dirname } from 'node:path';
import { checkLocalName } from '../../disk/case.ts';
import type { OpenFile } from '../../disk/disk.ts';
import { systemCode } from '../../disk/errors.ts';
import { exists } from '../../disk/read.ts';
import { temporaryPath } from '../../disk/temporary.ts';
import type { Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { wrongSize } from './errors.ts';
import type { LocalFolder } from './folder.ts';
import { makeRoom, reveal } from './reveal.ts';

/** Stores bytes that are in memory without a promise in between, and without a look at what can be taken for granted: half of what a stream of them costs. */
export function writeBytes(folder: LocalFolder, path: Path, { bytes, size = bytes.byteLength }: { readonly bytes: Uint8Array; readonly size: number | undefined }): Written {
  if (bytes.byteLength !== size) throw wrongSize(path, { expected: size, found: bytes.byteLength });
  return { entry: putBytes(folder, path, { bytes, finish: (temporary) => reveal(folder, temporary, { path, mode: 'overwrite' }) }), how: 'streamed' };
}

/** The same for who asks nothing of the file afterwards. What goes wrong is left to the plain verb, which says what it was. */
export function writeQuickly(folder: LocalFolder, path: Path, bytes: Uint8Array): boolean {
  if (bytes.byteLength >= folder.syncFrom) return false;
  try {
    checkLocalName(path, folder.platform);
    putBytes(folder, path, { bytes, finish: (temporary) => { folder.disk.rename(temporary, folder.fileOf(path)); } });
    return true;
  } catch {
    return false;
  }
}

interface Putting<T> { readonly bytes: Uint8Array; readonly finish: (temporary: string) => T }

function putBytes<T>(folder: LocalFolder, path: Path, { bytes, finish }: Putting<T>): T {
  const { file, temporary } = create(folder, folder.fileOf(path));
  try {
    try {
      file.write(bytes);
    } finally {
      file.close();
    }
    return finish(temporary);
  } catch (error) {
    if (exists(temporary)) folder.disk.remove(temporary);
    throw error;
  }
}

/** The folder is there nearly always: of 10,000 objects all but 256 find it made. */
function create(folder: LocalFolder, target: string): { readonly file: OpenFile; readonly temporary: string } {
  const { disk, mode } = folder;
  const temporary = temporaryPath(dirname(target));
  try {
    return { file: disk.create(temporary, { mode }), temporary };
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  makeRoom(folder, target);
  return { file: disk.create(temporary, { mode }), temporary };
}
