import { createHash } from 'node:crypto';
import type { Stage } from '../stage.ts';
import { dumpStage } from './dump.ts';
import { pythonJson } from './python-json.ts';
import { isYamlList, isYamlMap } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/** Keys that do not count, at any depth: what people note, and what follows from the data. */
const IGNORED = new Set(['desc', 'type', 'labels', 'meta', 'locked', 'frozen', 'metric', 'persist', 'isexec', 'size', 'nfiles']);

/** The `md5` DVC writes into the `.dvc` file of an import; with another one there DVC reports "changed checksum". */
export function stageHash(stage: Stage): string {
  return hashStageData(dumpStage(stage));
}

/** The same of the data of a `.dvc` file. */
export function hashStageData(data: YamlMap): string {
  const members = [...data].filter(([key, value]) => key !== 'md5' && key !== 'meta' && key !== 'desc' && !(key === 'wdir' && value === '.'));
  return createHash('md5').update(pythonJson(without(new Map(members)))).digest('hex');
}

function without(value: YamlValue): YamlValue {
  if (isYamlList(value)) return value.map(without);
  if (!isYamlMap(value)) return value;
  return new Map([...value].filter(([key]) => !IGNORED.has(key)).map(([key, member]) => [key, without(member)]));
}
