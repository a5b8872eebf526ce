import { TowlineError } from '../../errors.ts';
import type { Git } from './git.ts';
import { splitNul } from './git.ts';
import { gitTop } from './ignored.ts';

/** A branch or a tag, and the commit it leads to. */
export interface Ref {
  readonly name: string;
  readonly kind: 'branch' | 'tag';
  readonly commit: string;
}

/** All local branches and all tags that lead to a commit, in the order of their names. */
export async function listRefs(git: Git | undefined): Promise<readonly Ref[]> {
  const format = ['%(refname)', '%(objecttype)', '%(objectname)', '%(*objecttype)', '%(*objectname)'].join('%00');
  const output = await requireGit(git).run(['for-each-ref', `--format=${format}`, 'refs/heads', 'refs/tags']);
  return output.toString('utf8').split('\n').flatMap((line) => {
    const [name = '', type, id = '', innerType, innerId = ''] = line.split('\0');
    // A tag may be an object of its own, or name a tree or a file: only what leads to a commit counts.
    const commit = type === 'commit' ? id : innerType === 'commit' ? innerId : undefined;
    if (commit === undefined) return [];
    return [{ name: name.replace(/^refs\/(?:heads|tags)\//, ''), kind: name.startsWith('refs/heads/') ? ('branch' as const) : ('tag' as const), commit }];
  });
}

export interface CommitSelection {
  readonly branches?: boolean;
  readonly tags?: boolean;
  /** Every commit that HEAD, a branch, a remote branch or a tag leads to, newest first. */
  readonly commits?: boolean;
}

/** The ids of the commits that were asked for, each once. */
export async function listCommits(git: Git | undefined, selection: CommitSelection): Promise<readonly string[]> {
  const refs = selection.branches === true || selection.tags === true ? await listRefs(git) : [];
  const chosen = refs.filter(({ kind }) => (kind === 'branch' ? selection.branches : selection.tags) === true).map(({ commit }) => commit);
  if (selection.commits !== true) return [...new Set(chosen)];
  const head = (await headCommit(git)) === undefined ? [] : ['HEAD'];
  const output = await requireGit(git).run(['rev-list', ...head, '--branches', '--remotes', '--tags']);
  return [...new Set([...output.toString('utf8').split('\n').filter((line) => line !== ''), ...chosen])];
}

/** The id of the commit `name` leads to; throws NOT_FOUND when there is none. */
export async function resolveCommit(git: Git | undefined, name: string): Promise<string> {
  const id = name.startsWith('-') || name.includes('\0') ? '' : await revParse(requireGit(git), `${name}^{commit}`);
  if (id === '') throw unknownRevision(name);
  return id;
}

/** The error for a name that leads to no commit, in DVC's words. */
export function unknownRevision(name: string): TowlineError {
  return new TowlineError('NOT_FOUND', `unknown Git revision '${name}'`, { hint: "'git branch -a' and 'git tag' list what there is; 'git fetch' gets what is new.", context: { revision: name } });
}

/** The commit that is checked out; undefined while there is none. */
export async function headCommit(git: Git | undefined): Promise<string | undefined> {
  const id = await revParse(requireGit(git), 'HEAD^{commit}');
  return id === '' ? undefined : id;
}

/** The path from the top of the Git work tree to the folder Git runs in: '' or 'sub/folder'. */
export async function prefixInGit(git: Git | undefined): Promise<string> {
  const one = requireGit(git);
  if (gitTop(one.folder) === one.folder) return '';
  const output = await one.run(['rev-parse', '--show-prefix']);
  return output.toString('utf8').replace(/\/?\n$/, '');
}

/** One entry of `git status`. */
export interface GitStatus {
  /** Relative to the folder Git runs in. */
  readonly path: string;
  /** The letters of the short format: the index, then the work tree. */
  readonly index: string;
  readonly workTree: string;
}

/** The answer of `git status`. */
export interface GitLook {
  /** No commit yet. */
  readonly isEmpty: boolean;
  readonly changes: readonly GitStatus[];
}

/** What differs from HEAD, in the short format of `git status`. `prefixed`: the answer of {@link prefixInGit}, where somebody has asked for it already. */
export async function gitStatus(git: Git | undefined, untracked: 'no' | 'normal' | 'all' = 'normal', prefixed?: Promise<string>): Promise<GitLook> {
  const one = requireGit(git);
  const [prefix, output] = await Promise.all([prefixed ?? prefixInGit(one), one.run(['status', '--porcelain=v1', '--branch', '--no-ahead-behind', '-z', `--untracked-files=${untracked}`, '--', '.'])]);
  const [branch = '', ...parts] = splitNul(output);
  const entries: GitStatus[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? '';
    const path = part.slice(3);
    entries.push({ index: part.charAt(0), workTree: part.charAt(1), path: prefix === '' ? path : path.slice(prefix.length + 1) });
    // A rename has its old name in the part that follows.
    if (part.startsWith('R') || part.startsWith('C')) at += 1;
  }
  return { isEmpty: branch.startsWith('## No commits yet on '), changes: entries };
}

async function revParse(git: Git, name: string): Promise<string> {
  return (await git.run(['rev-parse', '--verify', '--quiet', name], { answers: [1] })).toString('utf8').trim();
}

/** Git, or the error that there is none. */
export function requireGit(git: Git | undefined): Git {
  if (git !== undefined) return git;
  throw new TowlineError('NOT_FOUND', 'this repository is used without Git, so it has no branches, tags and commits', { context: { reason: 'no-git-repository' } });
}
