import { openRepo } from '../../src/repo/open.ts';
import type { Lent, Repo } from '../../src/repo/repo.ts';
import type { CaseFolder } from './case-folder.ts';

/** What one command does in the repository of a machine: opened for it, and closed whatever happens. */
export const inRepo = (act: (repo: Repo, machine: CaseFolder) => Promise<void>) => async (lent: Lent, machine: CaseFolder): Promise<void> => {
  const repo = await openRepo(lent, machine.work);
  try {
    await act(repo, machine);
  } finally {
    repo.commits.close();
  }
};
