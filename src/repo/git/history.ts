import { TowlineError } from '../../errors.ts';
import type { Git } from './git.ts';
import { listCommits, listRefs, requireGit, resolveCommit } from './refs.ts';

/** Commits whose data is to stay. */
export interface History {
  readonly branches?: boolean;
  readonly tags?: boolean;
  readonly commits?: boolean;
  /** Experiments of DVC, kept under `refs/exps`. */
  readonly experiments?: boolean;
  readonly revision?: string;
  /** From each branch and from `revision` so many commits back, each by its first parent; below 1: all. Default 1. */
  readonly count?: number;
  /** 'yyyy-mm-dd': every commit from this day on, in the time zone of this machine. */
  readonly since?: string;
}

/** The ids of the commits that were asked for, each once. Throws NOT_FOUND for a revision that is none, INVALID_ARGUMENT for a day that is none. */
export async function listHistory(from: Git | undefined, { branches, tags, commits, experiments, revision, count = 1, since }: History): Promise<readonly string[]> {
  const git = requireGit(from);
  const chosen = [...(await listCommits(git, { ...(tags === true && { tags }), ...(commits === true && { commits }) }))];
  if (branches === true) for (const ref of await listRefs(git)) if (ref.kind === 'branch') chosen.push(...(await backFrom(git, ref.commit, count)));
  if (revision !== undefined) chosen.push(...(await backFrom(git, await resolveCommit(git, revision), count)));
  if (since !== undefined) chosen.push(...(await commitsSince(git, since)));
  if (experiments === true) chosen.push(...(await linesOf(git, ['for-each-ref', '--format=%(objectname)', 'refs/exps'])));
  return [...new Set(chosen)];
}

async function backFrom(git: Git, commit: string, count: number): Promise<readonly string[]> {
  return await linesOf(git, ['rev-list', '--first-parent', ...(count > 0 ? [`--max-count=${count}`] : []), commit]);
}

async function commitsSince(git: Git, day: string): Promise<readonly string[]> {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00`).getTime() : Number.NaN;
  if (Number.isNaN(start)) throw new TowlineError('INVALID_ARGUMENT', `'${day}' is no day`, { hint: 'Write it as yyyy-mm-dd.', context: { usage: true } });
  // Git's own '--since' stops at the first older commit of a line of history; a rebased one may stand before newer ones.
  const rows = await linesOf(git, ['log', '--all', '--format=%H %ct']);
  return rows.flatMap((row) => {
    const [id = '', seconds = ''] = row.split(' ');
    return Number(seconds) * 1000 >= start ? [id] : [];
  });
}

async function linesOf(git: Git, args: readonly string[]): Promise<readonly string[]> {
  return (await git.run(args)).toString('utf8').split('\n').filter((line) => line !== '');
}
