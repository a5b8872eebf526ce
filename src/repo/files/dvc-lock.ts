import { mapAt } from './dvc-yaml.ts';
import { isEmpty, textAt } from './entry.ts';
import { validate } from './schema.ts';
import { parseYaml } from './yaml-text.ts';
import { isYamlList, isYamlMap } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/** What a stage was when it last ran. */
export interface LockedStage {
  readonly command: YamlValue;
  /** Entries by the path they are written with. */
  readonly dependencies: ReadonlyMap<string, YamlMap>;
  readonly outputs: ReadonlyMap<string, YamlMap>;
  /** Values by file and key. */
  readonly params: YamlMap;
}

/** A `dvc.lock`. */
export interface Lock {
  readonly file: string;
  readonly stages: ReadonlyMap<string, LockedStage>;
}

/** Reads a `dvc.lock` of schema 2.0; throws CORRUPT, in DVC's words, for anything else. */
export function parseDvcLock(text: string, file: string): Lock {
  const data = parseYaml(text, file);
  if (isEmpty(data)) return { file, stages: new Map() };
  validate(data, 'dvc-lock', { text, file });
  const stages = mapAt(isYamlMap(data) ? data : new Map(), 'stages');
  return { file, stages: new Map([...stages].map(([name, stage]) => [name, readStage(isYamlMap(stage) ? stage : new Map())])) };
}

function readStage(stage: YamlMap): LockedStage {
  return { command: stage.get('cmd') ?? null, dependencies: byPath(stage.get('deps')), outputs: byPath(stage.get('outs')), params: mapAt(stage, 'params') };
}

function byPath(entries: YamlValue | undefined): ReadonlyMap<string, YamlMap> {
  return new Map((isYamlList(entries) ? entries : []).filter(isYamlMap).map((entry) => [textAt(entry, 'path') ?? '', entry]));
}
