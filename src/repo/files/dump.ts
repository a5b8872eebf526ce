import type { Meta } from '../../odb/meta.ts';
import type { Annotations, Content, Dependency, Output, Stage, TrackedFile } from '../stage.ts';
import { isEmpty } from './entry.ts';
import { folderOf, relativePath } from './place.ts';
import { toYaml } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/** The data of a `.dvc` file, its keys in the order in which DVC writes them; what is empty is left out. */
export function dumpStage(stage: Stage): YamlMap {
  const wdir = relativePath(folderOf(stage.file), stage.workingFolder);
  const members: readonly (readonly [string, YamlValue])[] = [
    ['desc', stage.desc ?? null],
    ['md5', stage.md5 ?? null],
    ['wdir', wdir === '.' ? null : wdir],
    ['frozen', stage.frozen],
    ['deps', stage.dependencies.map((dependency) => dumpDependency(dependency))],
    ['outs', stage.outputs.map((output) => dumpOutput(output, stage.workingFolder))],
    ['always_changed', stage.alwaysChanged],
    ['meta', stage.meta ?? null],
  ];
  return new Map(members.filter(([, value]) => !isEmpty(value)));
}

/** One entry of `outs:`. */
export function dumpOutput(output: Output, workingFolder: string): YamlMap {
  const entry = dumpContent(output);
  if (output.hashName === 'md5') entry.set('hash', 'md5');
  entry.set('path', output.place === 'external' ? output.written : relativePath(workingFolder, output.path));
  if (output.fsConfig !== undefined && output.fsConfig.size > 0) entry.set('fs_config', output.fsConfig);
  for (const [key, value] of dumpAnnotations(output.annotations)) entry.set(key, value);
  if (!output.cache) entry.set('cache', false);
  if (output.persist) entry.set('persist', true);
  if (output.remote !== undefined) entry.set('remote', output.remote);
  if (!output.push) entry.set('push', false);
  if (output.files !== undefined) entry.set('files', dumpFiles(output.files));
  return entry;
}

/** One entry of `deps:`. */
export function dumpDependency(dependency: Dependency): YamlMap {
  if (dependency.kind === 'other') return dependency.data;
  if (dependency.kind === 'params') return new Map<string, YamlValue>([['path', dependency.path], ['params', dependency.values ?? [...dependency.keys]]]);
  if (dependency.kind === 'repo') {
    const { url, revision, lockedRevision, config, remote } = dependency;
    const members: readonly (readonly [string, YamlValue])[] = [['url', url], ['rev', revision ?? null], ['rev_lock', lockedRevision ?? null], ['config', config ?? null], ['remote', remote ?? null]];
    return new Map<string, YamlValue>([['path', dependency.path], ['repo', new Map(members.filter(([, value]) => !isEmpty(value)))]]);
  }
  const entry = dumpContent(dependency);
  if (dependency.hashName === 'md5') entry.set('hash', 'md5');
  entry.set('path', dependency.written);
  if (dependency.fsConfig !== undefined && dependency.fsConfig.size > 0) entry.set('fs_config', dependency.fsConfig);
  if (dependency.files !== undefined) entry.set('files', dumpFiles(dependency.files));
  return entry;
}

/** Hash and meta in DVC's order. A directory with `files` has neither: they follow from the list. */
export function dumpContent({ hashName, hash, meta, files }: Content): Map<string, YamlValue> {
  const entry = new Map<string, YamlValue>();
  if (files !== undefined) return entry;
  const other = meta.etag ?? meta.checksum ?? meta.md5;
  if (hash !== undefined) entry.set('md5', hash.value);
  // DVC 2.x files keep the key while there is no hash yet.
  else if (hashName === 'md5-dos2unix' && other === undefined) entry.set('md5', null);
  return withMeta(entry, meta, hash === undefined);
}

/** The `files:` list of a versioned directory, in the order of the names. */
export function dumpFiles(files: readonly TrackedFile[]): readonly YamlMap[] {
  return files.map(({ relpath, hash, meta }) => {
    const entry = new Map<string, YamlValue>([['relpath', relpath]]);
    if (hash !== undefined) entry.set('md5', hash.value);
    return withMeta(entry, meta, hash === undefined);
  });
}

/** `desc`, `type`, `labels` and `meta`, those that are there. */
export function dumpAnnotations({ desc, type, labels, meta }: Annotations): YamlMap {
  const members: readonly (readonly [string, YamlValue])[] = [['desc', desc ?? null], ['type', type ?? null], ['labels', toYaml(labels ?? [])], ['meta', meta ?? null]];
  return new Map(members.filter(([, value]) => !isEmpty(value)));
}

/** Of an external entry without md5 the etag or checksum is its hash and comes first; with a remote both go under `cloud:`. */
function withMeta(entry: Map<string, YamlValue>, meta: Meta, isHashed: boolean): Map<string, YamlValue> {
  const { size, nfiles, isexec, version_id: version, etag, checksum, remote } = meta;
  if (isHashed && remote === undefined) {
    if (etag !== undefined) entry.set('etag', etag);
    else if (checksum !== undefined) entry.set('checksum', checksum);
  }
  if (size !== undefined) entry.set('size', size);
  if (nfiles !== undefined) entry.set('nfiles', nfiles);
  if (isexec === true) entry.set('isexec', true);
  if (remote === undefined) {
    for (const [key, value] of [['version_id', version], ['etag', etag], ['checksum', checksum]] as const) if (value !== undefined) entry.set(key, value);
    return entry;
  }
  const cloud = [['etag', etag], ['checksum', checksum], ['version_id', version]] as const;
  const known = new Map<string, YamlValue>(cloud.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
  if (known.size > 0) entry.set('cloud', new Map([[remote, known]]));
  return entry;
}
