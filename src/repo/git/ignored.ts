import { exists, readText, readTextIfReached, statFile } from '../../disk/read.ts';
import type { Runtime } from '../../runtime.ts';
import { createIgnore } from '../ignore.ts';
import type { Ignore } from '../ignore.ts';

/**
 * Git's ignore rules for the tree below `root`, read from the files themselves: a walk asks for thousands of paths, one after the other.
 * Undefined when `root` is in no Git repository.
 */
export function createGitIgnore(root: string, runtime: Pick<Runtime, 'env' | 'home'>): Ignore | undefined {
  const top = gitTop(root);
  if (top === undefined) return undefined;
  const prefix = root.length > top.length ? `${root.slice(top.length + 1)}/` : '';
  const builtIn = [...rulesIn(globalExcludes(runtime)), ...rulesIn(`${gitFolder(top)}/info/exclude`)];
  const all = createIgnore((path) => readText(`${top}/${path}`), { fileName: '.gitignore', builtIn });
  return {
    ignores: (path, isFolder) => all.ignores(prefix + path, isFolder),
    ignoresIn: (folder) => all.ignoresIn((prefix + folder).replace(/\/$/, '')),
    ignoresHiddenOnly: () => false,
    explain: (path, isFolder) => all.explain(prefix + path, isFolder),
  };
}

/** The folder with `.git` in it, at or above `folder`. */
export function gitTop(folder: string): string | undefined {
  for (let at = folder; ; at = at.slice(0, at.lastIndexOf('/'))) {
    if (exists(`${at}/.git`)) return at;
    if (!at.includes('/')) return undefined;
  }
}

/** In a linked work tree and in a submodule `.git` is a file that says where the folder is. */
function gitFolder(top: string): string {
  const path = `${top}/.git`;
  if (statFile(path)?.kind !== 'file') return path;
  const target = /^gitdir: (.+)$/m.exec(readText(path) ?? '')?.[1]?.trim() ?? path;
  const folder = target.startsWith('/') ? target : `${top}/${target}`;
  const common = readText(`${folder}/commondir`)?.trim();
  if (common === undefined) return folder;
  return common.startsWith('/') ? common : `${folder}/${common}`;
}

/** `core.excludesFile` of the user's configuration, or the place Git looks at without it. */
function globalExcludes({ env, home }: Pick<Runtime, 'env' | 'home'>): string {
  const config = env['XDG_CONFIG_HOME'] ?? `${home}/.config`;
  for (const file of [`${home}/.gitconfig`, `${config}/git/config`]) {
    const written = /^\s*excludesfile\s*=\s*"?(.+?)"?\s*$/im.exec(readTextIfReached(file) ?? '')?.[1];
    if (written !== undefined) return written.replace(/^~(?=\/)/, home);
  }
  return `${config}/git/ignore`;
}

function rulesIn(path: string): string[] {
  return (readTextIfReached(path) ?? '').split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
