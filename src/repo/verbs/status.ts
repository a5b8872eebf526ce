import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import type { CallOptions } from '../../storage/call.ts';
import { type Observed, observe } from '../collect/observe.ts';
import { collectStages } from '../collect/stages.ts';
import { matchWithStages } from '../collect/targets.ts';
import { newOutput } from '../new-stage.ts';
import type { Repo } from '../repo.ts';
import { changedParams } from '../pipeline/changed-params.ts';
import { type Dependency, isImport, isRepoImport, type Output, type Stage } from '../stage.ts';
import { isCommandChanged } from '../pipeline/locked.ts';
import { joinInside } from '../files/place.ts';
import { stageHash } from '../files/stage-hash.ts';

/** Which stages to look at. */
export interface StatusRequest {
  readonly targets?: readonly string[];
  readonly cwd: string;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
}

export type Change = 'modified' | 'deleted' | 'new' | 'not in cache';

/** The file a stage stands in, and its name where the file holds several. */
export type StageName = Pick<Stage, 'file' | 'name'>;

/** What is not as it was recorded, of one stage. Paths are relative to the repository. */
export interface StageStatus {
  readonly stage: StageName;
  readonly changedDependencies: Readonly<Record<string, Change | Readonly<Record<string, string>>>>;
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
  const narrowed = new Map(selected.map((one) => [one.output, one.inner]));
  const outputs = chosen.flatMap((stage) => stage.outputs.filter((output) => output.place === 'repository' && (request.targets === undefined || request.targets.length === 0 || narrowed.has(output))));
  const observed = await observe(repo, outputs, call);
  const results: StageStatus[] = [];
  for (const stage of chosen) {
    const one = await stageStatus(repo, stage, { ...call, observed });
    if (Object.keys(one.changedDependencies).length + Object.keys(one.changedOutputs).length + one.remarks.length > 0) results.push(one);
  }
  repo.cache.saveMemory();
  return { stages: results, frozen: chosen.filter((stage) => stage.frozen && !isPinned(stage)), isEmpty: stages.length === 0 };
}

/** An import of one version of something is frozen by its nature, and nobody is told. */
const isPinned = (stage: Stage): boolean => isRepoImport(stage) || (isImport(stage) && stage.dependencies.some((one) => (one.kind === 'path' || one.kind === 'url') && (one.files !== undefined || one.meta.version_id !== undefined)));

async function stageStatus(repo: Repo, stage: Stage, options: CallOptions & { readonly observed: ReadonlyMap<Output, Observed> }): Promise<StageStatus> {
  const { observed, ...call } = options;
  const changedOutputs: Record<string, Change> = {};
  for (const output of stage.outputs) {
    const now = observed.get(output);
    const change = now && (await outputChange(repo, output, { ...call, now }));
    if (change) changedOutputs[output.path] = change;
  }
  const changedDependencies = stage.frozen || isImport(stage) ? {} : await dependencyChanges(repo, stage, call);
  return { stage, changedDependencies, changedOutputs, remarks: await remarksOn(repo, stage) };
}

async function remarksOn(repo: Repo, stage: Stage): Promise<StageStatus['remarks']> {
  const isAlways = stage.alwaysChanged || (stage.command !== undefined && stage.dependencies.length + stage.outputs.length === 0);
  const isOther = stage.name === undefined ? isMarkedWrong(stage) : await isCommandChanged(repo.workspace, stage);
  const other = stage.name === undefined ? ('changed checksum' as const) : ('changed command' as const);
  return [...(isAlways ? ['always changed' as const] : []), ...(isOther ? [other] : [])];
}

/** What `dvc add` makes has no md5 of its own; an import, or an old stage with a command, has that of its text. */
const isMarkedWrong = (stage: Stage): boolean => stage.md5 !== (stage.command === undefined && !isImport(stage) ? undefined : stageHash(stage));

/** DVC's order: what is not in the cache comes before what is not in the workspace. */
async function outputChange(repo: Repo, output: Output, options: CallOptions & { readonly now: Observed }): Promise<Change | undefined> {
  const { now, ...call } = options;
  if (output.cache && output.hash !== undefined && !(await isCached(repo, output, { ...call, now }))) return 'not in cache';
  if (now.kind === 'absent') return 'deleted';
  return oidOf(now) === output.hash?.value ? undefined : 'modified';
}

const oidOf = (now: Observed): string | undefined => (now.kind === 'absent' ? undefined : now.oid);

/** True when every object of the output is in the cache. */
async function isCached(repo: Repo, { hash }: Output, { now, ...call }: CallOptions & { readonly now: Observed }): Promise<boolean> {
  if (!hash) return false;
  const cache = repo.cache.objects(hash.name);
  if (cache.whole.has(hash.value)) return true;
  if (!cache.hasAll([hash.value])) return false;
  if (isTreeOid(hash.value) && !cache.hasAll(now.kind === 'directory' && now.oid === hash.value ? now.oids : await listedFiles(hash.value, cache, call))) return false;
  cache.whole.add([hash.value]);
  return true;
}

async function listedFiles(oid: Oid, cache: ObjectDb, call: CallOptions): Promise<readonly Oid[]> {
  return (await loadTree(oid, [cache], call))?.entries.map((entry) => entry.oid) ?? [];
}

async function dependencyChanges(repo: Repo, stage: Stage, call: CallOptions): Promise<StageStatus['changedDependencies']> {
  const changes: Record<string, Change | Readonly<Record<string, string>>> = {};
  const files = stage.dependencies.filter((one): one is Extract<Dependency, { kind: 'path' | 'url' }> => one.kind === 'path' && one.place === 'repository');
  const outputs = files.map((one) => newOutput(one.path, { meta: one.meta, ...(one.hash && { hash: one.hash }) }));
  const observed = await observe(repo, outputs, call);
  outputs.forEach((output) => {
    const now = observed.get(output);
    if (!now || now.kind === 'absent') changes[output.path] = 'deleted';
    else if (oidOf(now) !== output.hash?.value) changes[output.path] = 'modified';
  });
  for (const one of stage.dependencies) {
    if (one.kind !== 'params') continue;
    const path = joinInside(stage.workingFolder, one.path) ?? one.path;
    const params = await changedParams(repo.workspace, { ...one, path });
    if (typeof params === 'string' || Object.keys(params).length > 0) changes[path] = params;
  }
  return changes;
}
