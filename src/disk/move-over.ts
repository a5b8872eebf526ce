import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from './errors.ts';
import { temporaryPath } from './temporary.ts';

/**
 * A rename that replaces. Windows refuses it for a read-only file, some network drives for any (treeverse/dvc-objects#306): there the old
 * file is moved aside first, and back if that did not help. Only within one folder, where who may do the one may do the other.
 */
export function moveOver(from: string, to: string, rename: (from: string, to: string) => void = fs.renameSync): void {
  try {
    rename(from, to);
  } catch (error) {
    const isRefusal = ['EPERM', 'EACCES', 'EEXIST'].includes(systemCode(error) ?? '');
    if (!isRefusal || dirname(from) !== dirname(to) || fs.lstatSync(to, { throwIfNoEntry: false })?.isFile() !== true) throw error;
    const aside = temporaryPath(dirname(to));
    rename(to, aside);
    try {
      rename(from, to);
    } catch (again) {
      rename(aside, to);
      throw again;
    }
    fs.rmSync(aside, { force: true });
  }
}
