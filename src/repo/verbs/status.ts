import type { CallOptions } from '../../storage/call.ts';
import { refuseBusy, usedBy } from '../busy.ts';
import { dependencyChanges, type DependencyChanges } from '../collect/dependency-changes.ts';
import { type Observed, observe } from '../collect/observe.ts';
import { type Change, outputChange } from '../collect/output-change.ts';
import { collectStages } from '../collect/stages.ts';
import { matchWithStages } from '../collect/targets.ts';
import type { Repo } from '../repo.ts';
import { isImport, isRepoImport, isVersionedImport, type Output, type Stage } from '../stage.ts';
import { isCommandChanged } from '../pipeline/locked.ts';
import type { SourceChange } from '../sources/source-change.ts';
import { stageHash } from '../files/stage-hash.ts';

/** Which stages to look at. */
export interface StatusRequest {
  readonly targets?: readonly string[];
  readonly cwd: string;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  /** Sources of imports are not asked whether they have something newer (`--no-updates`). */
  readonly noUpdates?: boolean;
}

export type { Change };

/** The file a stage stands in, and its name where the file holds several. */
export type StageName = Pick<Stage, 'file' | 'name'>;

/** What is not as it was recorded, of one stage. Paths are relative to the repository. */
export interface StageStatus {
  readonly stage: StageName;
  readonly changedDependencies: DependencyChanges;
  /** Of an import: where it comes from, as people read it. */
  readonly changedSources: Readonly<Record<string, SourceChange>>;
  readonly changedOutputs: Readonly<Record<string, Change>>;
  /** 'always changed': it runs every time; 'changed checksum': the `.dvc` file is not what its own md5 says. */
  readonly remarks: readonly ('always changed' | 'changed command' | 'changed checksum')[];
}

/** What came of a comparison. */
export interface LocalStatus {
  /** Only those with a change. */
  readonly stages: readonly StageStatus[];
  /** Frozen stages that were looked at: their dependencies are not compared. */
  readonly frozen: readonly StageName[];
  /** Nothing is tracked in this repository yet. */
  readonly isEmpty: boolean;
}

/** Compares the workspace with the `.dvc` files and `dvc.lock`. */
export async function status(repo: Repo, request: StatusRequest, call: CallOptions = {}): Promise<LocalStatus> {
  const stages = await collectStages(repo.workspace);
  const { selected, stages: chosen } = matchWithStages(stages, request.targets ?? [], { ...request, root: repo.root });
  const used = usedBy(chosen);
  await refuseBusy(repo, { reads: [...used.dependencies, ...used.outputs] });
  const narrowed = new Map(selected.map((one) => [one.output, one.inner]));
  const outputs = chosen.flatMap((stage) => stage.outputs.filter((output) => output.place === 'repository' && (request.targets === undefined || request.targets.length === 0 || narrowed.has(output))));
  const observed = await observe(repo, outputs, call);
  const results: StageStatus[] = [];
  for (const stage of chosen) {
    const one = await stageStatus(repo, stage, { ...call, observed, cwd: request.cwd, withUpdates: request.noUpdates !== true });
    if (Object.keys(one.changedDependencies).length + Object.keys(one.changedSources).length + Object.keys(one.changedOutputs).length + one.remarks.length > 0) results.push(one);
  }
  repo.cache.saveMemory();
  return { stages: results, frozen: chosen.filter((stage) => stage.frozen && !isPinned(stage)), isEmpty: stages.length === 0 };
}

/** An import of one version of something is frozen by its nature, and nobody is told. */
const isPinned = (stage: Stage): boolean => isRepoImport(stage) || isVersionedImport(stage);

async function stageStatus(repo: Repo, stage: Stage, options: CallOptions & { readonly observed: ReadonlyMap<Output, Observed>; readonly cwd: string; readonly withUpdates: boolean }): Promise<StageStatus> {
  const { observed, cwd, withUpdates, ...call } = options;
  const changedOutputs: Record<string, Change> = {};
  for (const output of stage.outputs) {
    const now = observed.get(output);
    const change = now && (await outputChange(repo, output, { ...call, now }));
    if (change) changedOutputs[output.path] = change;
  }
  const changedDependencies = stage.frozen || isImport(stage) ? {} : await dependencyChanges(repo, stage, call);
  // What asks other places is a third of this program, and few stages are imports.
  const changedSources = isImport(stage) ? await (await import('../sources/source-change.ts')).sourceChanges(repo, stage, { ...call, cwd, withUpdates }) : {};
  return { stage, changedDependencies, changedSources, changedOutputs, remarks: await remarksOn(repo, stage) };
}

async function remarksOn(repo: Repo, stage: Stage): Promise<StageStatus['remarks']> {
  const isAlways = stage.alwaysChanged || (stage.command !== undefined && stage.dependencies.length + stage.outputs.length === 0);
  const isOther = stage.name === undefined ? isMarkedWrong(stage) : await isCommandChanged(repo.workspace, stage);
  const other = stage.name === undefined ? ('changed checksum' as const) : ('changed command' as const);
  return [...(isAlways ? ['always changed' as const] : []), ...(isOther ? [other] : [])];
}

/** What `dvc add` makes has no md5 of its own; an import, or an old stage with a command, has that of its text. */
const isMarkedWrong = (stage: Stage): boolean => stage.md5 !== (stage.command === undefined && !isImport(stage) ? undefined : stageHash(stage));
