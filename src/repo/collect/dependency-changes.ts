import type { CallOptions } from '../../storage/call.ts';
import { joinInside } from '../files/place.ts';
import { newOutput } from '../new-stage.ts';
import type { Repo } from '../repo.ts';
import type { Dependency, Stage } from '../stage.ts';
import { observe } from './observe.ts';
import { type Change, oidOf } from './output-change.ts';

export type DependencyChanges = Readonly<Record<string, Change | Readonly<Record<string, string>>>>;

/** What a stage reads and is not as `dvc.lock` has it: files, and parameters by their names. */
export async function dependencyChanges(repo: Repo, stage: Stage, call: CallOptions): Promise<DependencyChanges> {
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
    const { changedParams } = await import('../pipeline/changed-params.ts');
    const params = await changedParams(repo.workspace, { ...one, path });
    if (typeof params === 'string' || Object.keys(params).length > 0) changes[path] = params;
  }
  return changes;
}
