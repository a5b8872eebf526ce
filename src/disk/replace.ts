import { dirname, resolve } from 'node:path';
import { TowlineError } from '../errors.ts';
import type { Disk } from './disk.ts';
import { exists, readLink, statFile } from './read.ts';
import { growingFolder, refusesMove, temporaryPath } from './temporary.ts';

export interface ReplaceOptions {
  /** Default: the mode the file has, or 0666 less the umask for a new one. */
  readonly mode?: number;
  /** Default true: on return the new bytes survive a power cut. False where many files are written that can be made again. */
  readonly durable?: boolean;
  /** A folder on the same device where the new file grows, so that a crash leaves nothing beside the old one. Default: beside it. */
  readonly unfinished?: string | undefined;
  /** The name under which the new file grows, for who has to find it after a crash. One that is there is such a leftover, and goes. Default: a name nobody has had. */
  readonly through?: string;
}

/** Writes a whole small file in one step: a reader, or a crash, sees the old bytes or the new. A linked file is replaced where it lies. */
// oxlint-disable-next-line max-params -- the bytes are the thing done, not an option of it
export function replaceFile(disk: Disk, path: string, bytes: Uint8Array | string, { mode, durable = true, unfinished, through }: ReplaceOptions = {}): void {
  const target = targetOf(path);
  const kept = mode ?? statFile(target)?.mode;
  const folder = growingFolder(target, unfinished);
  const temporary = through ?? temporaryPath(folder);
  if (through !== undefined) disk.remove(through);
  try {
    const file = disk.create(temporary, kept === undefined ? {} : { mode: kept });
    try {
      file.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      if (durable) file.sync();
    } finally {
      file.close();
    }
    disk.rename(temporary, target);
  } catch (error) {
    // Where nothing could be made, a refused removal would hide why.
    if (exists(temporary)) disk.remove(temporary);
    if (folder === dirname(target) || !refusesMove(error)) throw error;
    return replaceFile(disk, path, bytes, { durable, ...(mode !== undefined && { mode }) });
  }
  if (durable) disk.syncFolder(dirname(target));
}

function targetOf(path: string): string {
  let target = path;
  for (let hops = 0; hops < 40; hops += 1) {
    const text = readLink(target);
    if (text === undefined) return target;
    target = resolve(dirname(target), text);
  }
  throw new TowlineError('INVALID_ARGUMENT', `'${path}' is a symbolic link that leads to itself`, { context: { path } });
}
