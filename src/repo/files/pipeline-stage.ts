import type { Dependency, Output, Stage } from '../stage.ts';
import type { LockedStage } from './dvc-lock.ts';
import { isEmpty, readAnnotations, readContent, readPathDependency, textAt } from './entry.ts';
import { folderOf, joinInside, locatePath } from './place.ts';
import { isYamlList, isYamlMap, scalarText } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/** A stage of a `dvc.yaml`, where it stands and what the lock remembers of it. */
export interface PipelineStage {
  readonly file: string;
  readonly name: string;
  readonly locked: LockedStage | undefined;
}

const KINDS = { outs: 'data', metrics: 'metric', plots: 'plot' } as const;
const DEFAULT_PARAMS = 'params.yaml';

/** Makes a stage from its resolved data; hashes come from the lock. */
export function readPipelineStage(data: YamlMap, stage: PipelineStage): Stage {
  const folder = folderOf(stage.file);
  const workingFolder = joinInside(folder, textAt(data, 'wdir') ?? '.') ?? folder;
  const desc = textAt(data, 'desc');
  const meta = data.get('meta');
  const command = readCommand(data.get('cmd'));
  const place = { ...stage, workingFolder };
  return {
    file: stage.file,
    name: stage.name,
    workingFolder,
    ...(command !== undefined && { command }),
    frozen: data.get('frozen') === true,
    alwaysChanged: data.get('always_changed') === true,
    ...(desc !== undefined && { desc }),
    ...(meta !== undefined && !isEmpty(meta) && { meta }),
    outputs: (['outs', 'metrics', 'plots'] as const).flatMap((key) => [...flagged(data.get(key))].map(([path, flags]) => readOutput(path, flags, { ...place, kind: KINDS[key] }))),
    dependencies: [...list(data.get('deps')).map((path) => readDependency(scalarText(path), place)), ...readParams(data.get('params'), stage.locked)],
  };
}

/**
 * What can be said of a stage whose template cannot be resolved: the lock knows its outputs and their hashes.
 * `template` tells which of them are not cached or not pushed, as far as its paths can be recognised.
 */
export function readLockedStage(stage: PipelineStage & { readonly locked: LockedStage }, template: YamlMap): Stage {
  const body = template.get('do');
  const data = isYamlMap(body) ? body : template;
  const kinds = (['outs', 'metrics', 'plots'] as const).flatMap((key) => [...flagged(data.get(key))].map(([path, flags]) => ({ pattern: patternOf(path), flags, kind: KINDS[key] })));
  const folder = folderOf(stage.file);
  const wdir = textAt(data, 'wdir') ?? '.';
  const workingFolder = wdir.includes('${') ? folder : (joinInside(folder, wdir) ?? folder);
  const command = readCommand(stage.locked.command);
  const place = { ...stage, workingFolder };
  return {
    file: stage.file,
    name: stage.name,
    workingFolder,
    ...(command !== undefined && { command }),
    frozen: data.get('frozen') === true,
    alwaysChanged: data.get('always_changed') === true,
    outputs: [...stage.locked.outputs.keys()].map((path) => {
      const known = kinds.find(({ pattern }) => pattern.test(path));
      return readOutput(path, known?.flags ?? new Map(), { ...place, kind: known?.kind ?? 'data' });
    }),
    dependencies: [...stage.locked.dependencies.keys()].map((path) => readDependency(path, place)),
  };
}

interface Place extends PipelineStage {
  readonly workingFolder: string;
}

function readOutput(path: string, flags: YamlMap, place: Place & { readonly kind: Output['kind'] }): Output {
  const entry = place.locked?.outputs.get(path);
  const remote = textAt(flags, 'remote');
  return {
    ...locatePath(path, place.workingFolder, place.file),
    ...readContent(entry ?? new Map([['hash', 'md5']]), { file: lockOf(place.file) }),
    kind: place.kind,
    cache: flags.get('cache') !== false,
    push: flags.get('push') !== false,
    persist: flags.get('persist') === true,
    ...(remote !== undefined && remote !== '' && { remote }),
    annotations: readAnnotations(flags),
  };
}

function readDependency(path: string, place: Place): Dependency {
  const entry = place.locked?.dependencies.get(path);
  if (path.startsWith('ds://')) return { kind: 'other', data: entry ?? new Map([['path', path]]) };
  return readPathDependency(new Map<string, YamlValue>(entry ?? [['path', path], ['hash', 'md5']]), { file: lockOf(place.file), workingFolder: place.workingFolder });
}

/** `lr` is a key of params.yaml; `{other.yaml: [a, b]}` are keys of another file, without keys all of it. */
function readParams(value: YamlValue | undefined, locked: LockedStage | undefined): readonly Dependency[] {
  const files = new Map<string, readonly string[]>();
  const whole = new Set<string>();
  const add = (file: string, keys: readonly string[]): void => void files.set(file, [...(files.get(file) ?? []), ...keys]);
  for (const item of list(value)) {
    if (!isYamlMap(item)) add(DEFAULT_PARAMS, [scalarText(item)]);
    else for (const [file, keys] of item) {
      add(file, list(keys).map(scalarText));
      if (isEmpty(keys)) whole.add(file);
    }
  }
  return [...files].map(([path, keys]) => {
    const values = locked?.params.get(path);
    return { kind: 'params', path, keys: whole.has(path) ? [] : keys, values: isYamlMap(values) ? values : undefined };
  });
}

/** `path` or `{path: flags}`; a path that is given twice has the flags of both. */
function flagged(value: YamlValue | undefined): ReadonlyMap<string, YamlMap> {
  const result = new Map<string, YamlMap>();
  const add = (path: string, flags: YamlMap): void => void result.set(path, new Map([...(result.get(path) ?? []), ...flags]));
  for (const item of list(value)) {
    if (!isYamlMap(item)) add(scalarText(item), new Map());
    else for (const [path, flags] of item) add(path, isYamlMap(flags) ? flags : new Map());
  }
  return result;
}

function readCommand(value: YamlValue | undefined): string | readonly string[] | undefined {
  if (isYamlList(value)) return value.map(scalarText);
  return value === undefined || value === null ? undefined : scalarText(value);
}

function list(value: YamlValue | undefined): readonly YamlValue[] {
  return isYamlList(value) ? value : [];
}

function patternOf(template: string): RegExp {
  const parts = template.split(/\$\{.*?\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** The lock beside a `dvc.yaml`. */
export function lockOf(file: string): string {
  return file.replace(/\.ya?ml$/, '.lock');
}
