import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TowlineError } from '../errors.ts';

const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** Refuses a name from outside that this machine would not keep as it is. `..` and absolute names are refused before, by `parsePath`. */
export function checkLocalName(relpath: string, platform: string): void {
  const fault = faultOf(relpath, platform);
  if (fault === undefined) return;
  throw new TowlineError('INVALID_ARGUMENT', `${JSON.stringify(relpath)} cannot be a file here: ${fault}`, {
    hint: 'Rename it where it was added, and push again.',
    context: { path: relpath },
  });
}

/** What needs no closer look, except on Windows; all names of objects are so. */
const PLAIN = /^[\w-]{1,64}(?:\/[\w-]{1,64})*$/;

function faultOf(relpath: string, platform: string): string | undefined {
  if (platform !== 'win32' && PLAIN.test(relpath)) return undefined;
  if (relpath.includes('\0')) return 'it holds a NUL character';
  const segments = relpath.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return 'it leaves its folder';
  if (segments.some((segment) => Buffer.byteLength(segment) > 255)) return 'a part of it is longer than 255 bytes';
  if (platform !== 'win32') return undefined;
  if (/[\u0001-\u001f]/.test(relpath)) return 'Windows does not allow control characters in names';
  if (/[\\<>:"|?*]/.test(relpath)) return 'Windows does not allow \\ < > : " | ? * in names';
  if (segments.some((segment) => RESERVED.test(segment))) return 'Windows reserves this name for a device';
  return segments.some((segment) => /[. ]$/.test(segment)) ? 'Windows drops a dot or space at the end' : undefined;
}

/** Names that are one file where case (or the form of accents) does not count, in groups. A folder's name counts as well. */
export function caseTwins(relpaths: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, Set<string>>();
  for (const relpath of relpaths) {
    for (let end = relpath.length; end > 0; end = relpath.lastIndexOf('/', end - 1)) {
      const part = relpath.slice(0, end);
      const key = fold(part);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, new Set([part]));
      else if (group.has(part)) break;
      else group.add(part);
    }
  }
  return [...groups.values()].filter((group) => group.size > 1).map((group) => [...group]);
}

const fold = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase();

/** Whether the file system takes names of a folder that differ only in case for one. Changes nothing to find out. */
export function foldsCase(folder: string): boolean {
  const name = basename(folder);
  const swapped = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  if (swapped === name) return dirname(folder) !== folder && foldsCase(dirname(folder));
  const one = fs.statSync(folder, { throwIfNoEntry: false });
  const other = fs.statSync(join(dirname(folder), swapped), { throwIfNoEntry: false });
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}
