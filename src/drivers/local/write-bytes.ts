import { checkLocalName } from '../../disk/case.ts';
import { createFileWriter } from '../../disk/file-writer.ts';
import { putBytes, putQuickly } from '../../disk/put.ts';
import { createSavingWriter } from '../../disk/saving-writer.ts';
import type { Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { QuickPieces, QuickWriter } from '../../storage/quick.ts';
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
  return bytes.byteLength < folder.syncFrom && isName(folder, path) && putQuickly(disk, fileOf(path), { bytes, mode, isShared });
}

/** The same for many. */
export function quickWriter(folder: LocalFolder): QuickWriter {
  const { disk, mode, isShared, syncFrom } = folder;
  const files = createFileWriter(disk, { mode, isShared });
  const pieces = createSavingWriter(disk, { mode, isShared, syncFrom });
  const begin = (path: Path, size: number): QuickPieces | undefined => (isName(folder, path) ? pieces.begin(folder.fileOf(path), size) : undefined);
  return {
    write(path, bytes, told) {
      const { byteLength } = bytes;
      if (byteLength < syncFrom && isName(folder, path)) {
        files.put(folder.fileOf(path), bytes, told);
        return;
      }
      const file = byteLength < syncFrom ? undefined : begin(path, byteLength);
      file?.write(bytes);
      if (file) file.end(told);
      else told(false);
    },
    begin,
    async end() {
      await Promise.all([files.end(), pieces.end()]);
    },
  };
}

/** A name that this system takes. */
function isName({ platform }: LocalFolder, path: Path): boolean {
  try {
    checkLocalName(path, platform);
    return true;
  } catch {
    return false;
  }
}
