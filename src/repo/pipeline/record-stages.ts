import { readText } from '../../disk/read.ts';
import type { CallOptions } from '../../storage/call.ts';
import { gitignoreEdits } from '../add/gitignore-edits.ts';
import { setLockedStages } from '../files/dvc-lock.ts';
import { lockOf } from '../files/pipeline-stage.ts';
import type { YamlMap } from '../files/yaml-value.ts';
import { refuseTracked } from '../git/tracked.ts';
import type { Repo } from '../repo.ts';
import type { Edit, Stage } from '../stage.ts';
import { lockStage } from './lock-stage.ts';
import { isRepeatable, saveRun } from './save-run.ts';

/** The changes to `dvc.lock` and `.gitignore` by which stages of pipelines are recorded as they are now; what they make is in the cache. Their runs are kept at once. */
export async function recordStages(repo: Repo, stages: readonly Stage[], call: CallOptions = {}): Promise<readonly Edit[]> {
  const locks = new Map<string, Map<string, YamlMap>>();
  for (const stage of stages) {
    const locked = await lockStage(repo, stage, { ...call, outputs: stage.outputs });
    const file = lockOf(stage.file);
    locks.set(file, (locks.get(file) ?? new Map<string, YamlMap>()).set(stage.name ?? '', locked));
    if (isRepeatable(stage)) await saveRun(repo, locked, call);
  }
  const edits = [...locks].map(([file, entries]): Edit => {
    const before = readText(`${repo.root}/${file}`);
    return { file, before, after: setLockedStages(before, file, entries) };
  });
  return [...await gitignoreEdits(repo, cachedPaths(stages)), ...edits].filter(({ before, after }) => before !== after);
}

const cachedPaths = (stages: readonly Stage[]): readonly string[] => stages.flatMap(({ outputs }) => outputs.flatMap(({ cache, path, place }) => (cache && place === 'repository' ? [path] : [])));

/** Throws, in DVC's words, where Git has what is to be cached. */
export async function refuseInGit(repo: Repo, stages: readonly Stage[]): Promise<void> {
  if (repo.workspace.git) await refuseTracked(repo.workspace.git, cachedPaths(stages));
}
