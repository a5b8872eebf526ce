import { realPath, statFile } from '../disk/read.ts';
import { TowlineError } from '../errors.ts';

/** The folder with `.dvc` in it, at or above `cwd` (absolute), its links resolved. Throws NO_REPOSITORY. */
export function findRoot(cwd: string): string {
  const start = (realPath(cwd) ?? cwd).replaceAll('\\', '/');
  const device = statFile(start)?.device;
  let top = start;
  for (let at = start; ; at = parentOf(at)) {
    const here = statFile(at);
    // DVC stops where another file system begins, and names the last folder it looked at.
    if (here !== undefined && device !== undefined && here.device !== device) break;
    top = at;
    if (statFile(at === '/' ? '/.dvc' : `${at}/.dvc`)?.kind === 'folder') return at;
    if (parentOf(at) === at) break;
  }
  throw new TowlineError('NO_REPOSITORY', `you are not inside of a DVC repository (checked up to mount point '${top}')`, {
    hint: "Go to the folder of the project, or make it one with 'tow init'.",
    context: { reason: 'no-repository', cwd },
  });
}

function parentOf(path: string): string {
  const cut = path.lastIndexOf('/');
  if (cut < 0 || /^[A-Za-z]:\/?$/.test(path)) return path;
  const parent = path.slice(0, cut);
  if (parent === '') return '/';
  return /^[A-Za-z]:$/.test(parent) ? `${parent}/` : parent;
}
