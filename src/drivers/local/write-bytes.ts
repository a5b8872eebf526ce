import { checkLocalName } from '../../disk/case.ts';
import { createFileWriter } from '../../disk/file-writer.ts';
import { putBytes, putQuickly } from '../../disk/put.ts';
import type { Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { QuickWriter } from '../../storage/quick.ts';
import { wrongSize } from './errors.ts';
import type { LocalFolder } from './folder.ts';
import { reveal } from './reveal.ts';

/** Stores bytes that are in memory without a promise in between. */
export function writeBytes(folder: LocalFolder, path: Path, { bytes, size = bytes.byteLength }: { readonly bytes: Uint8Array; readonly size: number | undefined }): Written {
  if (bytes.byteLength !== size) throw wrongSize(path, { expected: size, found: bytes.byteLength });
  const { disk, mode, isShared, fileOf } = folder;
  const entry = putBytes(disk, fileOf(path), { bytes, mode, isShared, finish: (temporary) => reveal(folder, temporary, { path, mode: 'overwrite' }) });
  return { entry, how: 'streamed' };
}

/** The same for who asks nothing of the file afterwards. What goes wrong is left to the plain verb, which says what it was. */
export function writeQuickly(folder: LocalFolder, path: Path, bytes: Uint8Array): boolean {
  const { disk, mode, isShared, fileOf } = folder;
  return isPlain(folder, path, bytes) && putQuickly(disk, fileOf(path), { bytes, mode, isShared });
}

/** The same for many. */
export function quickWriter(folder: LocalFolder): QuickWriter {
  const { disk, mode, isShared } = folder;
  const files = createFileWriter(disk, { mode, isShared });
  return {
    write(path, bytes, told) {
      if (isPlain(folder, path, bytes)) files.put(folder.fileOf(path), bytes, told);
      else told(false);
    },
    end: async () => { await files.end(); },
  };
}

/** No file that has to be saved on the medium, and no name that this system does not take. */
function isPlain({ syncFrom, platform }: LocalFolder, path: Path, bytes: Uint8Array): boolean {
  if (bytes.byteLength >= syncFrom) return false;
  try {
    checkLocalName(path, platform);
    return true;
  } catch {
    return false;
  }
}
