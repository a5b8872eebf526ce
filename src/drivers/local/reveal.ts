import { dirname } from 'node:path';
import { systemCode } from '../../disk/errors.ts';
import { isUnsupportedLink } from '../../disk/link-types.ts';
import { followFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Entry, WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { alreadyExists, notFound } from './errors.ts';
import { entryOf, type LocalFolder } from './folder.ts';

/** Resolves when the name of a file that has to be safe is on the medium, like the file itself. */
export async function settleName({ disk, fileOf, syncFrom }: LocalFolder, { path, size = 0 }: Entry): Promise<void> {
  if (size >= syncFrom) await disk.settleFolder(dirname(fileOf(path)));
}

/** Gives a whole temporary file its name. Who has saved the file saves the name, too: see `settleName`. */
export function reveal({ disk, fileOf, displayUrl }: LocalFolder, temporary: string, { path, mode }: { readonly path: Path; readonly mode: WriteOptions['mode'] }): Entry {
  const target = fileOf(path);
  if (mode === 'create') {
    // A rename would replace what another has put there since; a hard link does not.
    linkNew();
    disk.remove(temporary);
  } else disk.rename(temporary, target);
  const info = followFile(target);
  if (info === undefined) throw notFound(target);
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
