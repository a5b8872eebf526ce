import { readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { collectStages } from '../collect/stages.ts';
import { matchStages } from '../collect/targets.ts';
import { applyEdits } from '../edits.ts';
import { updateDvcFile } from '../files/dvc-file.ts';
import { editYaml } from '../files/yaml-edit.ts';
import { parseYaml } from '../files/yaml-text.ts';
import { isYamlMap, type YamlMap } from '../files/yaml-value.ts';
import { autostage } from '../git/autostage.ts';
import type { Repo } from '../repo.ts';
import { type Edit, type Stage, stageAddress } from '../stage.ts';

/** What is to be frozen, or no longer. */
export interface FreezeRequest {
  /** `.dvc` files and stages. */
  readonly targets: readonly string[];
  readonly cwd: string;
  readonly isFrozen: boolean;
}
/** The files that were changed, relative to the root, and the stages of pipelines among them; `staged`: Git was given the files. */
export interface FreezeResult { readonly files: readonly string[]; readonly stages: readonly Pick<Stage, 'file' | 'name'>[]; readonly staged: boolean }

/** Says in `.dvc` files and `dvc.yaml` that stages stay as they are, whatever becomes of what they read; or that they do no more. */
export async function freeze(repo: Repo, { targets, cwd, isFrozen }: FreezeRequest): Promise<FreezeResult> {
  const stages = matchStages(await collectStages(repo.workspace), targets, { root: repo.root, cwd });
  const texts = new Map<string, { readonly before: string | undefined; after: string }>();
  for (const stage of stages) {
    const before = texts.get(stage.file)?.before ?? readText(`${repo.root}/${stage.file}`);
    const text = texts.get(stage.file)?.after ?? before ?? '';
    texts.set(stage.file, { before, after: stage.name === undefined ? updateDvcFile(text, { ...stage, frozen: isFrozen }) : inProject(text, stage, isFrozen) });
  }
  const edits = [...texts].map(([file, { before, after }]): Edit => ({ file, before, after })).filter(({ before, after }) => before !== after);
  applyEdits(repo.lent.disk, repo.root, edits);
  const files = edits.map(({ file }) => file);
  return { files, stages: stages.filter(({ name }) => name !== undefined).map(({ file, name }) => ({ file, ...(name !== undefined && { name }) })), staged: await autostage(repo, files) };
}

function inProject(text: string, stage: Stage, isFrozen: boolean): string {
  const data = parseYaml(text, stage.file);
  const all = isYamlMap(data) ? data.get('stages') : undefined;
  const own = isYamlMap(all) ? all.get(stage.name ?? '') : undefined;
  if (!isYamlMap(data) || !isYamlMap(all) || !isYamlMap(own)) {
    throw new TowlineError('UNSUPPORTED', `'${stageAddress(stage)}' comes out of a template`, { hint: `Write 'frozen: ${isFrozen}' into the template in '${stage.file}': it counts for all of its stages.` });
  }
  const changed = new Map(own);
  if (isFrozen) changed.set('frozen', true);
  else changed.delete('frozen');
  return editYaml(text, withKey(data, 'stages', withKey(all, stage.name ?? '', changed)), stage.file);
}

const withKey = (map: YamlMap, key: string, value: YamlMap): YamlMap => new Map([...map, [key, value]]);
