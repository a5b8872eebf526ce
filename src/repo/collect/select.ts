import type { CallOptions } from '../../storage/call.ts';
import { listCommits } from '../git/refs.ts';
import type { Repo } from '../repo.ts';
import type { Revision } from '../revision.ts';
import { isRepoImport } from '../stage.ts';
import type { SelectedIn } from './by-remote.ts';
import { collectStages } from './stages.ts';
import { matchTargets, type Selected } from './targets.ts';

/** Which outputs, of which revisions. The workspace is always one of them. */
export interface Selection {
  /** As typed; none: all. */
  readonly targets?: readonly string[];
  /** Targets are relative to this folder. */
  readonly cwd: string;
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly glob?: boolean;
}

/** The outputs of `selection` that have data of ours: cached, and with a hash. For a push also: not `push: false`, not imported from another repository. */
export async function selectOutputs(repo: Repo, selection: Selection, options: CallOptions & { readonly for: 'push' | 'fetch' }): Promise<readonly SelectedIn[]> {
  const all: SelectedIn[] = [];
  for (const revision of await revisionsOf(repo, selection)) {
    options.signal?.throwIfAborted();
    const stages = await collectStages(revision);
    const matched = matchTargets(stages, selection.targets ?? [], { ...selection, root: repo.root });
    all.push({ revision, selected: matched.filter((one) => hasData(one) && (options.for === 'fetch' || isPushed(one))) });
  }
  return all;
}

/** The workspace, then each commit that was asked for, once. */
async function revisionsOf(repo: Repo, selection: Selection): Promise<readonly Revision[]> {
  const { allBranches = false, allTags = false, allCommits = false } = selection;
  if (!allBranches && !allTags && !allCommits) return [repo.workspace];
  const names = await listCommits(repo.workspace.git, { branches: allBranches, tags: allTags, commits: allCommits });
  return [repo.workspace, ...(await Promise.all(names.map((name) => repo.commits.open(name))))];
}

/** True for what is ours to keep: cached, inside the repository, and hashed once. */
export const hasData = ({ output }: Selected): boolean => output.cache && output.place === 'repository' && output.hash !== undefined;

/** An import from another repository stays there: whoever lacks it gets it from its source. */
const isPushed = ({ stage, output }: Selected): boolean => output.push && !isRepoImport(stage);
