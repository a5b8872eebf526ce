import { mapAt } from './dvc-yaml.ts';
import { editYaml } from './yaml-edit.ts';
import { parseYaml } from './yaml-text.ts';
import { isYamlMap } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/**
 * The text of a `dvc.yaml` or `dvc.lock` without some of its stages; undefined when nothing is left that says anything. DVC removes a `dvc.yaml` with
 * its last stage even where parameters, plots or artifacts stand in it; here they stay.
 */
export function withoutStages(text: string, file: string, names: ReadonlySet<string>): string | undefined {
  const data = parseYaml(text, file);
  if (!isYamlMap(data)) return text;
  const stages: YamlMap = new Map([...mapAt(data, 'stages')].filter(([name]) => !names.has(name)));
  const left = [...data].filter(([key]) => key !== 'stages' || stages.size > 0);
  if (left.every(([key]) => key === 'schema')) return undefined;
  return editYaml(text, new Map(left.map(([key, value]): [string, YamlValue] => [key, key === 'stages' ? stages : value])), file);
}
