import { TowlineError } from '../../errors.ts';
import { joinInside } from '../files/place.ts';
import { isYamlMap } from '../files/yaml-value.ts';
import type { YamlMap, YamlValue } from '../files/yaml-value.ts';
import { parseParams } from './param-file.ts';

/** The text of a file of the revision, by its path from the root; undefined when it is absent. */
export type ReadText = (path: string) => Promise<string | undefined>;

export interface VarsOptions {
  readonly read: ReadText;
  /** The folder that files named in `vars` are relative to. */
  readonly folder: string;
  /** Read before the others, when it is there. */
  readonly defaultFile?: string;
}

/** `context` with what `vars:` adds: mappings, and files such as `params.yaml` or `other.yaml:key1,key2`. Nothing may be defined twice. */
export async function withVars(context: YamlMap, vars: readonly YamlValue[], options: VarsOptions): Promise<YamlMap> {
  let result = context;
  const whole = new Set<string>();
  const { defaultFile } = options;
  if (defaultFile !== undefined && (await textOf(defaultFile, options)) !== undefined) {
    result = merge(result, await load(defaultFile, options), '');
    whole.add(defaultFile);
  }
  for (const item of vars) {
    if (isYamlMap(item)) result = merge(result, item, '');
    else if (typeof item === 'string' && !whole.has(item)) {
      result = merge(result, await load(item, options), '');
      if (!item.includes(':')) whole.add(item);
    }
  }
  return result;
}

async function load(item: string, options: VarsOptions): Promise<YamlMap> {
  const [file = '', keys] = item.split(/:(.*)/s);
  const text = await textOf(file, options);
  if (text === undefined) throw new TowlineError('NOT_FOUND', `'${file}' does not exist`, { context: { file } });
  const data = await parseParams(text, file);
  const wanted = keys?.split(',').filter((key) => key !== '') ?? [];
  if (wanted.length === 0) return data;
  return new Map(
    wanted.map((key) => {
      const value = data.get(key);
      if (value === undefined) throw new TowlineError('INVALID_CONFIG', `could not find '${key}' in '${file}'`, { context: { file, key } });
      return [key, value];
    }),
  );
}

function textOf(file: string, { read, folder }: VarsOptions): Promise<string | undefined> {
  const path = joinInside(folder, file);
  return path === undefined ? Promise.resolve(undefined) : read(path);
}

function merge(into: YamlMap, from: YamlMap, prefix: string): YamlMap {
  const result = new Map(into);
  for (const [key, value] of from) {
    const present = result.get(key);
    if (present === undefined) result.set(key, value);
    else if (isYamlMap(present) && isYamlMap(value)) result.set(key, merge(present, value, `${prefix}${key}.`));
    else throw new TowlineError('INVALID_CONFIG', `cannot redefine '${prefix}${key}' as it already exists`, { hint: 'Give one of the two another name.' });
  }
  return result;
}
