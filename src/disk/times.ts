import * as fs from 'node:fs';
import { worded } from './errors.ts';
import { noteUnknown } from './watch.ts';

/** When a file was read and changed last. */
export interface FileTimes { readonly accessedMs: number; readonly modifiedMs: number }

/** The times of what the name leads to; undefined when that is absent. */
export function timesOfFile(path: string): FileTimes | undefined {
  noteUnknown();
  const stats = worded('look at', path, () => fs.statSync(path, { throwIfNoEntry: false }));
  return stats && { accessedMs: stats.atimeMs, modifiedMs: stats.mtimeMs };
}

/** Sets them. No byte changes, so a crash can leave nothing half done. False where the file is gone or its owner is another. */
export function setFileTimes(path: string, { accessedMs, modifiedMs }: FileTimes): boolean {
  noteUnknown();
  try {
    fs.utimesSync(path, accessedMs / 1000, modifiedMs / 1000);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'EPERM', 'EACCES', 'EROFS'].includes(String(error.code))) return false;
    throw error;
  }
}

/** Bytes that are free to us on the file system of a folder. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = worded('look at', path, () => fs.statfsSync(path));
  return bavail * bsize;
}
