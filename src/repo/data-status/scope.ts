import { exists } from '../../disk/read.ts';
import { hasCode } from '../../errors.ts';
import { pathInRoot } from '../collect/locate.ts';
import { matchTargets } from '../collect/targets.ts';
import type { Repo } from '../repo.ts';
import type { Stage } from '../stage.ts';

/** The part of a repository that was asked for. */
export interface Scope {
  /** True for a path at or below a target. */
  covers(path: string): boolean;
  /** True for a path that holds, or may hold, something asked for. */
  reaches(path: string): boolean;
}

/**
 * The scope of `targets`, as typed in `cwd`: a tracked path, a folder with tracked paths in it, a path inside a tracked directory, a `.dvc` file,
 * a stage; also any other path that is there, which may be untracked. Throws NOT_FOUND for what is none of these. No targets: everything.
 */
export function scopeOf(repo: Repo, stages: readonly Stage[], { targets, cwd }: { readonly targets: readonly string[]; readonly cwd: string }): Scope {
  if (targets.length === 0) return { covers: () => true, reaches: () => true };
  const tracked = stages.flatMap(({ outputs }) => outputs.map(({ path }) => path));
  const wanted = [...new Set(targets.flatMap((target) => pathsOf(repo, target, { stages, tracked, cwd })))];
  const covers = (path: string): boolean => wanted.some((one) => isWithin(path, one));
  return { covers, reaches: (path) => covers(path) || wanted.some((one) => isWithin(one, path)) };
}

function pathsOf(repo: Repo, target: string, known: { readonly stages: readonly Stage[]; readonly tracked: readonly string[]; readonly cwd: string }): readonly string[] {
  const path = pathInRoot(repo, target, known.cwd);
  if (path !== undefined && known.tracked.some((one) => isWithin(one, path) || isWithin(path, one))) return [path];
  try {
    return matchTargets(known.stages, [target], { root: repo.root, cwd: known.cwd }).map(({ output }) => output.path);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND') && path !== undefined && exists(`${repo.root}/${path}`)) return [path];
    throw error;
  }
}

const isWithin = (path: string, folder: string): boolean => folder === '' || path === folder || path.startsWith(`${folder}/`);
