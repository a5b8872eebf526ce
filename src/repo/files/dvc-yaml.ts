import { isEmpty } from './entry.ts';
import { validate } from './schema.ts';
import { parseYaml } from './yaml-text.ts';
import { isYamlList, isYamlMap } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/** A `dvc.yaml` as it stands, its templates not resolved. */
export interface Project {
  readonly file: string;
  /** Every stage, or template of stages, by name. */
  readonly stages: YamlMap;
  readonly vars: readonly YamlValue[];
  readonly metrics: readonly YamlValue[];
  readonly plots: readonly YamlValue[];
  readonly params: readonly YamlValue[];
  readonly artifacts: YamlMap;
}

/** Reads a `dvc.yaml`; throws CORRUPT, in DVC's words, for what is no YAML or not what the schema allows. */
export function parseDvcYaml(text: string, file: string): Project {
  const data = parseYaml(text, file);
  if (!isEmpty(data)) validate(data, 'dvc-yaml', { text, file });
  const map: YamlMap = isYamlMap(data) ? data : new Map();
  const list = (key: string): readonly YamlValue[] => {
    const value = map.get(key);
    return isYamlList(value) ? value : [];
  };
  return { file, stages: mapAt(map, 'stages'), vars: list('vars'), metrics: list('metrics'), plots: list('plots'), params: list('params'), artifacts: mapAt(map, 'artifacts') };
}

/** The mapping under a key; an empty one when there is none. */
export function mapAt(map: YamlMap, key: string): YamlMap {
  const value = map.get(key);
  return isYamlMap(value) ? value : new Map();
}
