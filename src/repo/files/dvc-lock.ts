import type { Content } from '../stage.ts';
import { dumpContent, dumpFiles } from './dump.ts';
import { mapAt } from './dvc-yaml.ts';
import { isEmpty, textAt } from './entry.ts';
import { validate } from './schema.ts';
import { editYaml } from './yaml-edit.ts';
import { emitYaml } from './yaml-emit.ts';
import { parseYaml } from './yaml-text.ts';
import { isYamlList, isYamlMap, sameYaml } from './yaml-value.ts';
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

/** The text of a `dvc.lock` with these stages written anew, each as a whole where it says something else; new ones come last. */
export function setLockedStages(text: string | undefined, file: string, stages: YamlMap): string {
  const data = parseYaml(text ?? '', file);
  if (text === undefined || !isYamlMap(data) || data.size === 0) return emitYaml(new Map<string, YamlValue>([['schema', '2.0'], ['stages', stages]]));
  const before = mapAt(data, 'stages');
  const changed = [...stages].filter(([name, stage]) => !sameYaml(before.get(name), stage));
  if (changed.length === 0) return text;
  const stateOf = (fresh: (stage: YamlValue) => YamlValue): YamlMap => new Map<string, YamlValue>([...data, ['stages', new Map([...before, ...changed.map(([name, stage]) => [name, fresh(stage)] as const)])]]);
  // A stage that was there is emptied first: its keys then stand in the order in which DVC writes them.
  const bare = changed.some(([name]) => before.has(name)) ? editYaml(text, stateOf(() => 'to be written'), file) : text;
  return editYaml(bare, stateOf((stage) => stage), file);
}

/** One entry of `deps:` or `outs:` of a stage in a lock. */
export function dumpLocked(written: string, content: Content): YamlMap {
  return lockEntry(new Map([['path', written]]), content);
}

/** What is to be written of one stage's outputs and dependencies, by the path they are written with; others stay as they are. */
export interface LockChange {
  readonly name: string;
  readonly outputs: ReadonlyMap<string, Content>;
  readonly dependencies: ReadonlyMap<string, Content>;
}

/** The text of a `dvc.lock` after the changes: only entries that say something else are touched. */
export function updateDvcLock(text: string, file: string, changes: readonly LockChange[]): string {
  const data = parseYaml(text, file);
  if (!isYamlMap(data)) return text;
  const state = changedState(data, changes, lockEntry);
  // The hash of an entry that had none stands before its md5: what stood there is taken away first, and put behind it.
  const bare = changedState(data, changes, (entry, { hashName }) => (hashName === 'md5' && !entry.has('hash') ? new Map([['path', entry.get('path') ?? null]]) : entry));
  if (sameYaml(data, state)) return text;
  return editYaml(sameYaml(data, bare) ? text : editYaml(text, bare, file), state, file);
}

type Change = (entry: YamlMap, content: Content) => YamlMap;

function changedState(data: YamlMap, changes: readonly LockChange[], change: Change): YamlMap {
  const stages = new Map(mapAt(data, 'stages'));
  for (const { name, outputs, dependencies } of changes) {
    const stage = stages.get(name);
    if (!isYamlMap(stage)) continue;
    stages.set(name, new Map([...stage].map(([key, value]): [string, YamlValue] => [key, key === 'outs' ? changed(value, outputs, change) : key === 'deps' ? changed(value, dependencies, change) : value])));
  }
  return new Map<string, YamlValue>([...data].map(([key, value]) => [key, key === 'stages' ? stages : value]));
}

function changed(entries: YamlValue, contents: ReadonlyMap<string, Content>, change: Change): YamlValue {
  if (!isYamlList(entries)) return entries;
  return entries.map((entry) => {
    const content = isYamlMap(entry) ? contents.get(textAt(entry, 'path') ?? '') : undefined;
    return content?.hash === undefined || !isYamlMap(entry) ? entry : change(entry, content);
  });
}

/** As DVC writes it: the path first, then how it is hashed, then what it is. */
function lockEntry(entry: YamlMap, content: Content): YamlMap {
  const known = new Map(content.hashName === 'md5' ? [...entry, ['hash', entry.get('hash') ?? 'md5'] as const] : entry);
  const head = ['path', 'hash'].flatMap((key): [string, YamlValue][] => (known.has(key) ? [[key, known.get(key) ?? null]] : []));
  return new Map([...head, ...dumpContent(content), ...(content.files === undefined ? [] : [['files', dumpFiles(content.files)] as const])]);
}
