import { compareCodePoints } from '../../disk/names.ts';
import { TowlineError } from '../../errors.ts';
import type { YamlMap, YamlValue } from '../files/yaml-value.ts';
import { decodeText } from '../files/yaml-text.ts';
import { Float, isYamlList, isYamlMap, sameYaml } from '../files/yaml-value.ts';
import type { Revision } from '../revision.ts';
import type { Dependency } from '../stage.ts';
import { parseParams } from './param-file.ts';

/** What differs between the parameters of a file and those its stage last ran with, by their dotted names; in a word where the file is gone or the stage never ran. */
export async function changedParams(revision: Revision, { path, keys, values }: Extract<Dependency, { kind: 'params' }>): Promise<'deleted' | 'new' | Readonly<Record<string, string>>> {
  const text = await revision.parsed(path, decodeText);
  if (text === undefined) return 'deleted';
  if (values === undefined) return 'new';
  const now = await parseParams(text, path);
  const wanted = keys.length > 0 ? keys : new Set([...now.keys(), ...values.keys()]);
  const changes: Record<string, string> = {};
  for (const key of wanted) {
    const [current, locked] = [lookUp(now, key), values.get(key)];
    if (current === undefined) changes[key] = 'deleted';
    else if (locked === undefined) changes[key] = 'new';
    else if (!isEqual(current, locked)) changes[key] = 'modified';
  }
  return changes;
}

/** What the parameters of a stage are now, as `dvc.lock` has them: by their dotted names, or all of a file. Throws NOT_FOUND, in DVC's words, for what is not there. */
export async function currentParams(revision: Revision, { path, keys }: Pick<Extract<Dependency, { kind: 'params' }>, 'path' | 'keys'>): Promise<YamlMap> {
  const text = await revision.parsed(path, decodeText);
  if (text === undefined) throw new TowlineError('NOT_FOUND', `dependency '${path}' does not exist`);
  const now = await parseParams(text, path);
  const values = (keys.length > 0 ? [...new Set(keys)] : [...now.keys()]).map((key) => [key, lookUp(now, key)] as const);
  const missing = values.filter(([, value]) => value === undefined).map(([key]) => key);
  if (missing.length > 0) throw new TowlineError('NOT_FOUND', `Parameters '${missing.join(', ')}' are missing from '${path}'.`);
  return new Map(values.sort(([a], [b]) => compareCodePoints(a, b)).map(([key, value]) => [key, value ?? null]));
}

function lookUp(data: YamlMap, key: string): YamlValue | undefined {
  if (data.has(key)) return data.get(key);
  let at: YamlValue | undefined = data;
  for (const part of key.split('.')) at = isYamlMap(at) ? at.get(part) : isYamlList(at) && /^\d+$/.test(part) ? at[Number(part)] : undefined;
  return at;
}

/** As Python compares: 3 is 3.0, and true is 1. */
function isEqual(left: YamlValue | undefined, right: YamlValue | undefined): boolean {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a === b;
  if (isYamlList(left) && isYamlList(right)) return left.length === right.length && left.every((item, index) => isEqual(item, right[index]));
  if (isYamlMap(left) && isYamlMap(right)) return left.size === right.size && [...left].every(([key, value]) => isEqual(value, right.get(key)));
  return sameYaml(left, right);
}

const numberOf = (value: YamlValue | undefined): number | undefined => (typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : value instanceof Float ? value.value : undefined);
