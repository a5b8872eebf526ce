import type { Repo } from '../repo.ts';
import { stagePaths } from './tracked.ts';

/** Gives changed files to Git where `core.autostage` asks for it; says whether it did. */
export async function autostage(repo: Repo, files: readonly string[]): Promise<boolean> {
  const { git } = repo.workspace;
  const isWanted = (await repo.workspace.config()).get('core', 'autostage')?.value.toLowerCase() === 'true';
  if (!git || !isWanted || files.length === 0) return false;
  await stagePaths(git, files);
  return true;
}
