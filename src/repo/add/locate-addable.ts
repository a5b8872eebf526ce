import { dirname, resolve } from 'node:path';

import { followFile, statFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { locateTarget } from '../collect/locate.ts';
import type { Repo } from '../repo.ts';

/** A target as typed in `cwd`, relative to the root. Refuses, in DVC's words, one behind a link to a folder, and one whose folder is absent. */
export function locateAddable(repo: Repo, target: string, cwd: string): string {
  const absolute = resolve(cwd, target);
  if (!absolute.startsWith(`${repo.root}/`)) return locateTarget(repo, target, cwd);
  const isLinkedFolder = (path: string): boolean => statFile(path)?.kind === 'link' && followFile(path)?.kind === 'folder';
  for (let path = absolute; path !== repo.root; path = dirname(path)) {
    if (isLinkedFolder(path)) throw new TowlineError('INVALID_ARGUMENT', 'Cannot add files inside symlinked directories to DVC. See <https://dvc.org/doc/user-guide/troubleshooting#add-symlink> for more information.');
  }
  const folder = dirname(absolute);
  const there = followFile(folder);
  if (there?.kind === 'folder') return locateTarget(repo, target, cwd);
  throw new TowlineError('NOT_FOUND', `stage working dir '${folder}' ${there === undefined ? 'does not exist' : 'is not directory'}`);
}
