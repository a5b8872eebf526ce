import { TowlineError } from '../../errors.ts';
import { isRelpath } from '../../storage/path.ts';
import type { Located } from '../stage.ts';

/** Where `written` leads from `folder` (both '/'-separated). Nothing is looked up; an absolute path, a URL and a path that leaves the repository are external. */
export function locatePath(written: string, folder: string, file: string): Located {
  if (isUrl(written) || written.startsWith('/') || /^[A-Za-z]:[\\/]/.test(written)) return { path: written, place: 'external', written };
  const path = joinInside(folder, written);
  if (path === undefined) return { path: written, place: 'external', written };
  if (path !== '' && !isRelpath(path)) {
    throw new TowlineError('CORRUPT', `'./${file}' tracks a path with a NUL character: ${JSON.stringify(written)}`, {
      hint: 'No file can have that name.',
      context: { file, path: written },
    });
  }
  return { path, place: 'repository', written };
}

/** True for `scheme://...`. */
export function isUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

/** `relative` seen from `folder`, both inside the repository; undefined when it leaves the repository. */
export function joinInside(folder: string, relative: string): string | undefined {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** The path that leads from `folder` to `path`, '.' when they are the same. */
export function relativePath(folder: string, path: string): string {
  const from = folder === '' ? [] : folder.split('/');
  const to = path === '' ? [] : path.split('/');
  let same = 0;
  while (same < from.length && same < to.length && from[same] === to[same]) same += 1;
  return [...from.slice(same).map(() => '..'), ...to.slice(same)].join('/') || '.';
}

/** The folder of a file; '' is the root. */
export function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '';
}
