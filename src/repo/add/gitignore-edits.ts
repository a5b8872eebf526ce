import { basename, dirname } from 'node:path/posix';

import { readText } from '../../disk/read.ts';
import { addGitignoreEntries, removeGitignoreEntries } from '../git/gitignore.ts';
import { gitIgnoredPaths } from '../git/tracked.ts';
import type { Repo } from '../repo.ts';
import type { Edit } from '../stage.ts';

/** The `.gitignore` files that hide `paths` from Git, where it does not ignore them already. */
export async function gitignoreEdits(repo: Repo, paths: readonly string[]): Promise<readonly Edit[]> {
  if (!repo.workspace.git) return [];
  const ignored = await gitIgnoredPaths(repo.workspace.git, paths);
  return editsOf(repo, paths.filter((path) => !ignored.has(path)), addGitignoreEntries);
}

/** The `.gitignore` files without the entries of `paths`. */
export function gitignoreRemovals(repo: Repo, paths: readonly string[]): readonly Edit[] {
  return editsOf(repo, paths, (text, names) => (text === undefined ? undefined : removeGitignoreEntries(text, names)));
}

/** The `.gitignore` files with the entry of `to` in place of that of `from`; both may be in one file. */
export async function gitignoreMoves(repo: Repo, from: string, to: string): Promise<readonly Edit[]> {
  const removals = gitignoreRemovals(repo, [from]);
  const additions = await gitignoreEdits(repo, [to]);
  return [...removals.filter(({ file }) => !additions.some((one) => one.file === file)), ...additions.map((added): Edit => {
    const removed = removals.find(({ file }) => file === added.file);
    return removed ? { ...added, after: addGitignoreEntries(removed.after, [basename(to)]) } : added;
  })];
}

function editsOf(repo: Repo, paths: readonly string[], change: (text: string | undefined, names: readonly string[]) => string | undefined): readonly Edit[] {
  const byFolder = new Map<string, string[]>();
  for (const path of paths) {
    const folder = dirname(path) === '.' ? '' : dirname(path);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), path.slice(folder === '' ? 0 : folder.length + 1)]);
  }
  return [...byFolder].map(([folder, names]): Edit => {
    const file = folder === '' ? '.gitignore' : `${folder}/.gitignore`;
    const before = readText(`${repo.root}/${file}`);
    return { file, before, after: change(before, names) };
  }).filter(({ before, after }) => before !== after);
}
