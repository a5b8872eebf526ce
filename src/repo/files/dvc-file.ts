import type { Dependency, Stage } from '../stage.ts';
import { dumpStage } from './dump.ts';
import { isEmpty, readOutput, readPathDependency, textAt } from './entry.ts';
import type { EntryPlace } from './entry.ts';
import { folderOf, joinInside } from './place.ts';
import { validate } from './schema.ts';
import { editYaml } from './yaml-edit.ts';
import { emitYaml } from './yaml-emit.ts';
import { parseYaml } from './yaml-text.ts';
import { isYamlList, isYamlMap, sameYaml, scalarText } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/**
 * Reads a `.dvc` file; `file` is its path from the repository root. Throws CORRUPT, in DVC's words, for what is no YAML or not
 * what the schema allows: the file is damaged data, not configuration, and DVC does not exit as for a wrong configuration.
 */
export function parseDvcFile(text: string, file: string): Stage {
  const data = parseYaml(text, file);
  // An empty file is a stage without outputs, as for DVC.
  if (isEmpty(data)) return readStage(new Map(), file);
  validate(data, 'dvc-file', { text, file });
  return readStage(isYamlMap(data) ? data : new Map(), file);
}

/**
 * The text of the `.dvc` file of `stage`. Without `text` it is what DVC writes; with it, only what changed is changed in it:
 * changed values in place, new keys behind the others. A file whose data does not change keeps every byte.
 */
export function updateDvcFile(text: string | undefined, stage: Stage): string {
  const state = dumpStage(stage);
  if (text === undefined || isEmpty(parseYaml(text, stage.file))) return emitYaml(state);
  return sameYaml(dumpStage(parseDvcFile(text, stage.file)), state) ? text : editYaml(text, state, stage.file);
}

function readStage(data: YamlMap, file: string): Stage {
  const folder = folderOf(file);
  const place: EntryPlace = { file, workingFolder: joinInside(folder, textAt(data, 'wdir') ?? '.') ?? folder };
  const md5 = data.get('md5');
  const desc = textAt(data, 'desc');
  const meta = data.get('meta');
  return {
    file,
    workingFolder: place.workingFolder,
    ...(!isEmpty(md5) && { md5: scalarText(md5 ?? null) }),
    frozen: data.get('frozen') === true || data.get('locked') === true,
    alwaysChanged: data.get('always_changed') === true,
    ...(desc !== undefined && desc !== '' && { desc }),
    ...(meta !== undefined && !isEmpty(meta) && { meta }),
    outputs: maps(data.get('outs')).map((entry) => readOutput(entry, place)),
    dependencies: maps(data.get('deps')).map((entry) => readDependency(entry, place)),
  };
}

function readDependency(entry: YamlMap, place: EntryPlace): Dependency {
  const repo = entry.get('repo');
  const path = textAt(entry, 'path');
  if (!isYamlMap(repo)) return path === undefined || entry.has('db') || path.startsWith('ds://') ? { kind: 'other', data: entry } : readPathDependency(entry, place);
  const revision = textAt(repo, 'rev');
  const lockedRevision = textAt(repo, 'rev_lock');
  const config = repo.get('config');
  const remote = repo.get('remote');
  return {
    kind: 'repo',
    url: textAt(repo, 'url') ?? '',
    path: path ?? '',
    ...(revision !== undefined && { revision }),
    ...(lockedRevision !== undefined && { lockedRevision }),
    ...(config !== undefined && { config }),
    ...(remote !== undefined && { remote }),
  };
}

function maps(value: YamlValue | undefined): readonly YamlMap[] {
  return isYamlList(value) ? value.filter(isYamlMap) : [];
}
