import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { oidSet } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import { type Observed, observe } from '../collect/observe.ts';
import { collectStages } from '../collect/stages.ts';
import { matchTargets } from '../collect/targets.ts';
import { newOutput } from '../new-stage.ts';
import type { Repo } from '../repo.ts';
import { changedParams } from '../pipeline/changed-params.ts';
import { type Dependency, isImport, type Output, type Stage, stageAddress } from '../stage.ts';
import { isCommandLocked } from '../pipeline/locked.ts';

/** Which stages to look at. */
export interface StatusRequest {
  readonly targets?: readonly string[];
  readonly cwd: string;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
}

export type Change = 'modified' | 'deleted' | 'new' | 'not in cache';

/** What is not as it was recorded, of one stage. Paths are relative to the repository. */
export interface StageStatus {
  readonly address: string;
  readonly changedDependencies: Readonly<Record<string, Change | Readonly<Record<string, string>>>>;
  readonly changedOutputs: Readonly<Record<string, Change>>;
  readonly changedCommand: boolean;
}

/** Compares the workspace with the `.dvc` files and `dvc.lock`. Only stages with a change come back. */
export async function status(repo: Repo, request: StatusRequest, call: CallOptions = {}): Promise<readonly StageStatus[]> {
  const stages = await collectStages(repo.workspace);
  const selected = matchTargets(stages, request.targets ?? [], { ...request, root: repo.root });
  const chosen = [...new Set(selected.map(({ stage }) => stage))];
  const narrowed = new Map(selected.map((one) => [one.output, one.inner]));
  const outputs = chosen.flatMap((stage) => stage.outputs.filter((output) => output.place === 'repository' && (request.targets === undefined || request.targets.length === 0 || narrowed.has(output))));
  const observed = await observe(repo, outputs, call);
  const results: StageStatus[] = [];
  for (const stage of chosen) {
    const one = await stageStatus(repo, stage, { ...call, observed });
    if (one.changedCommand || Object.keys(one.changedDependencies).length + Object.keys(one.changedOutputs).length > 0) results.push(one);
  }
  return results;
}

async function stageStatus(repo: Repo, stage: Stage, options: CallOptions & { readonly observed: ReadonlyMap<Output, Observed> }): Promise<StageStatus> {
  const { observed, ...call } = options;
  const changedOutputs: Record<string, Change> = {};
  for (const output of stage.outputs) {
    const now = observed.get(output);
    const change = now && (await outputChange(repo, output, { ...call, now }));
    if (change) changedOutputs[output.path] = change;
  }
  const changedDependencies = stage.frozen || isImport(stage) ? {} : await dependencyChanges(repo, stage, call);
  return { address: stageAddress(stage), changedDependencies, changedOutputs, changedCommand: stage.command !== undefined && !(await isCommandLocked(repo.workspace, stage)) };
}

/** DVC's order: what is not in the cache comes before what is not in the workspace. */
async function outputChange(repo: Repo, output: Output, options: CallOptions & { readonly now: Observed }): Promise<Change | undefined> {
  const { now, ...call } = options;
  if (output.cache && output.hash !== undefined && !(await isCached(repo, output, { ...call, now }))) return 'not in cache';
  if (now.kind === 'absent') return 'deleted';
  if (output.hash === undefined) return 'new';
  return oidOf(now) === output.hash.value ? undefined : 'modified';
}

const oidOf = (now: Observed): string | undefined => (now.kind === 'absent' ? undefined : now.oid);

/** True when every object of the output is in the cache. */
async function isCached(repo: Repo, { hash }: Output, { now, ...call }: CallOptions & { readonly now: Observed }): Promise<boolean> {
  if (!hash) return false;
  const cache = repo.cache.objects(hash.name);
  if ((await cache.present(oidSet([hash.value]), call)).count === 0) return false;
  if (!isTreeOid(hash.value)) return true;
  const files = oidSet(now.kind === 'directory' && now.oid === hash.value ? now.oids : await listedFiles(hash.value, cache, call));
  return (await cache.present(files, call)).count === files.count;
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
    else if (!output.hash) changes[output.path] = 'new';
    else if (oidOf(now) !== output.hash.value) changes[output.path] = 'modified';
  });
  for (const one of stage.dependencies) {
    if (one.kind !== 'params') continue;
    const params = await changedParams(repo.workspace, one);
    if (Object.keys(params).length > 0) changes[one.path] = params;
  }
  return changes;
}
