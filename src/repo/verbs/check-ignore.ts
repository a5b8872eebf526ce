import { followFile } from '../../disk/read.ts';
import { pathInRoot } from '../collect/locate.ts';
import type { Repo } from '../repo.ts';

/** A path as it was given, and the rule of a `.dvcignore` that decides about it. */
export interface IgnoreAnswer {
  readonly path: string;
  readonly ignored: boolean;
  /** As `.dvcignore:4:foo*`; one beginning with '!' takes the path back. Absent when none applies. */
  readonly rule?: string;
}

/** Says of paths, relative to `cwd`, whether `.dvcignore` hides them, and by which rule. What lies outside of the repository is not hidden. */
export async function checkIgnore(repo: Repo, { targets, cwd }: { readonly targets: readonly string[]; readonly cwd: string }): Promise<readonly IgnoreAnswer[]> {
  const rules = await repo.workspace.ignore();
  return targets.map((target) => {
    const path = pathInRoot(repo, target, cwd);
    if (path === undefined) return { path: target, ignored: false };
    const isFolder = followFile(`${repo.root}/${path}`)?.kind === 'folder';
    const rule = rules.explain(path, isFolder);
    return { path: target, ignored: rules.ignores(path, isFolder), ...(rule !== undefined && { rule }) };
  });
}
