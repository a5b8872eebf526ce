import { gitStatus, prefixInGit } from '../git/refs.ts';
import type { Repo } from '../repo.ts';

/** What Git says of the work tree. */
export interface GitState {
  /** No commit yet. */
  readonly isEmpty: boolean;
  /** Something differs from HEAD, untracked files included where they were asked for. */
  readonly isDirty: boolean;
  /** Relative to the root of the repository. */
  readonly untracked: readonly string[];
}

/** Asks Git; undefined in a repository without it. */
export async function readGitState(repo: Repo, untracked: 'no' | 'all'): Promise<GitState | undefined> {
  const { git } = repo.workspace;
  if (!git) return undefined;
  const prefixed = prefixInGit(git);
  const [{ isEmpty, changes }, prefix] = await Promise.all([gitStatus(git, untracked, prefixed), prefixed]);
  // A repository below the top of Git's is told of changes beside it, too, as DVC tells.
  const beside = changes.length === 0 && prefix !== '' ? await git.run(['status', '--porcelain=v1', '-z', `--untracked-files=${untracked}`]) : undefined;
  return {
    isEmpty,
    isDirty: changes.length > 0 || (beside !== undefined && beside.length > 0),
    untracked: changes.filter(({ index }) => index === '?').map(({ path }) => path),
  };
}
