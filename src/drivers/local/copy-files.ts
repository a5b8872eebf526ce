import { mapJobs } from '../../disk/batch.ts';
import { carryFiles } from '../../disk/carry.ts';
import type { QuickCopies } from '../../storage/quick.ts';
import type { LocalFolder } from './folder.ts';

/** Copies files of this machine into the folder, several at once where they are many. What goes wrong is left to the plain verb, which says what it was. */
export async function copyQuickly({ disk, mode, isShared, syncFrom, isCloned, processors, fileOf }: LocalFolder, { name, files, signal, onBytes, onDone }: QuickCopies): Promise<void> {
  const jobs = mapJobs(files, ({ path, ...copy }) => ({ ...copy, to: fileOf(path) }));
  await carryFiles(disk, jobs, { name, mode, isShared, syncFrom, isCloned, processors, signal, onDone, onAdvance: (_files, bytes) => onBytes(bytes) });
}
