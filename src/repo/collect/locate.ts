import { relative, resolve, sep } from 'node:path';

import { realPath } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Repo } from '../repo.ts';

/** A target as typed in `cwd`, as a path relative to the root. The folder it lies in may be a link; the name itself is kept. Throws for what lies outside. */
export function locateTarget(repo: Repo, target: string, cwd: string): string {
  const absolute = resolve(cwd, target);
  const folder = realPath(resolve(absolute, '..')) ?? resolve(absolute, '..');
  const path = relative(repo.root, resolve(folder, absolute.slice(absolute.lastIndexOf('/') + 1))).split(sep).join('/');
  if (path !== '..' && !path.startsWith('../')) return path;
  throw new TowlineError('INVALID_ARGUMENT', `Cached output(s) outside of DVC project: ${absolute}. See <https://dvc.org/doc/user-guide/data-management/importing-external-data> for more info.`);
}

/** The target relative to the root, '' for the root itself; undefined outside. */
export function pathInRoot(repo: Repo, target: string, cwd: string): string | undefined {
  const path = relative(repo.root, resolve(realPath(cwd) ?? cwd, target)).replaceAll('\\', '/');
  return path === '..' || path.startsWith('../') ? undefined : path;
}
