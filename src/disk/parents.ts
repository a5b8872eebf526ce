import { dirname, relative, isAbsolute, sep } from 'node:path';
import { TowlineError } from '../errors.ts';
import type { Disk } from './disk.ts';
import { makeFolders } from './folders.ts';
import { exists, realPath } from './read.ts';

/**
 * Makes the folder a file is to be put in, and refuses one outside of `root`: by its name, or because a symbolic link on the
 * way leads out. DVC follows both, so a hostile repository writes wherever its user may. Each folder is checked once.
 */
export function openParents(disk: Disk, root: string): (path: string) => void {
  const checked = new Set<string>();
  return (path) => {
    const parent = dirname(path);
    if (checked.has(parent)) return;
    if (!isInside(root, path)) throw outside(path, root);
    makeFolders(disk, root);
    let nearest = parent;
    while (!exists(nearest)) nearest = dirname(nearest);
    const real = realPath(nearest);
    if (real === undefined || !isInside(realPath(root) ?? root, real)) throw outside(path, root);
    makeFolders(disk, parent);
    checked.add(parent);
  };
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside(path: string, root: string): TowlineError {
  return new TowlineError('PERMISSION_DENIED', `'${path}' would be written outside of '${root}'`, {
    hint: 'Look for a symbolic link among its parent folders and remove it.',
    context: { path },
  });
}
