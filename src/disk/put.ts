import { dirname } from 'node:path';
import type { Disk, OpenFile } from './disk.ts';
import { systemCode } from './errors.ts';
import { makeFolders } from './folders.ts';
import { exists } from './read.ts';
import { temporaryPath } from './temporary.ts';

/** What a file is put with, whatever its bytes. */
export interface PutRules {
  /** Exact, whatever the umask. */
  readonly mode: number;
  /** Others of the group may write in the folders that are made. */
  readonly isShared: boolean;
}
export interface Putting<T> extends PutRules {
  readonly bytes: Uint8Array;
  /** Gives the whole file its name. */
  finish(temporary: string): T;
}

/** Makes a file of bytes that are in memory, whole or not at all, without a look at what can be taken for granted: half of what a stream of them costs. Throws what the disk says. */
export function putBytes<T>(disk: Disk, target: string, { bytes, finish, ...rules }: Putting<T>): T {
  const { file, temporary } = createBeside(disk, target, rules);
  try {
    try {
      file.write(bytes);
    } finally {
      file.close();
    }
    return finish(temporary);
  } catch (error) {
    if (exists(temporary)) disk.remove(temporary);
    throw error;
  }
}

/** The same under its own name, replacing what is there; false where it could not be done. Who then does it in a plainer way is told why. */
export function putQuickly(disk: Disk, target: string, { bytes, mode, isShared }: Omit<Putting<unknown>, 'finish'>): boolean {
  try {
    putBytes(disk, target, { bytes, mode, isShared, finish: (temporary) => { disk.rename(temporary, target); } });
    return true;
  } catch {
    return false;
  }
}

/** A name for the unfinished file of `target`, in a folder that is there. */
export function makeRoom(disk: Disk, target: string, { isShared }: Pick<PutRules, 'isShared'>): string {
  makeFolders(disk, dirname(target), isShared ? 0o2775 : undefined);
  return temporaryPath(dirname(target));
}

/** An unfinished file, and its name. */
export interface Beside {
  readonly file: OpenFile;
  readonly temporary: string;
}

/** Makes an unfinished file beside `target`. The folder is there nearly always: of 10,000 objects all but 256 find it made. */
export function createBeside(disk: Disk, target: string, { mode, isShared }: PutRules): Beside {
  const temporary = temporaryPath(dirname(target));
  try {
    return { file: disk.create(temporary, { mode }), temporary };
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  makeRoom(disk, target, { isShared });
  return { file: disk.create(temporary, { mode }), temporary };
}
