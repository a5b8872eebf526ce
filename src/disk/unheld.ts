import { hasCode } from '../errors.ts';
import { exists, readFile } from './read.ts';

/**
 * What stands in the lock file at `path` while nobody holds the lock, as far as reading tells: nothing, or the number of a
 * process that is gone. Undefined where somebody may hold it. Who takes the lock writes its number before anything else (zc.lockfile,
 * and we), so nobody has held it between two answers that are the same. A process of another machine or container goes unnoticed.
 */
export function unheldText(path: string, isRunning: (pid: number) => boolean): string | undefined {
  const text = readAlone(path);
  if (text === undefined || text === '') return text;
  const pid = /^ ([1-9]\d{0,8})\n$/.exec(text)?.[1];
  return pid === undefined || isRunning(Number(pid)) ? undefined : text;
}

function readAlone(path: string): string | undefined {
  try {
    return exists(`${path}.towline`) ? undefined : Buffer.from(readFile(path) ?? []).toString('latin1');
  } catch (error) {
    if (hasCode(error, 'PERMISSION_DENIED')) return undefined;
    throw error;
  }
}
