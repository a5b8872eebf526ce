import { TowlineError } from '../../errors.ts';
import { isOid } from '../../odb/hash-info.ts';
import type { HashInfo, HashName } from '../../odb/hash-info.ts';
import type { Meta } from '../../odb/meta.ts';
import { createTree } from '../../odb/tree.ts';
import { isPath } from '../../storage/path.ts';
import type { Annotations, Content, Output, PathDependency, TrackedFile } from '../stage.ts';
import { isUrl, locatePath } from './place.ts';
import { isYamlList, isYamlMap, scalarText } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/** Where an entry stands: for its paths and for messages. */
export interface EntryPlace {
  readonly file: string;
  readonly workingFolder: string;
}

/** An entry of `outs:` of a `.dvc` file that passed the schema. */
export function readOutput(entry: YamlMap, place: EntryPlace): Output {
  const remote = textAt(entry, 'remote');
  const fsConfig = entry.get('fs_config');
  return {
    ...locatePath(textAt(entry, 'path') ?? '', place.workingFolder, place.file),
    ...readContent(entry, place),
    kind: 'data',
    cache: entry.get('cache') !== false,
    push: entry.get('push') !== false,
    persist: entry.get('persist') === true,
    ...(remote !== undefined && remote !== '' && { remote }),
    annotations: readAnnotations(entry),
    ...(isYamlMap(fsConfig) && { fsConfig }),
  };
}

/** A dependency on a file, folder or URL. */
export function readPathDependency(entry: YamlMap, place: EntryPlace): PathDependency {
  const written = textAt(entry, 'path') ?? '';
  const fsConfig = entry.get('fs_config');
  return {
    kind: isUrl(written) ? 'url' : 'path',
    ...locatePath(written, place.workingFolder, place.file),
    ...readContent(entry, place),
    ...(isYamlMap(fsConfig) && { fsConfig }),
  };
}

/** Hash, size and the like of an entry; `files:` are made into the tree they stand for. */
export function readContent(entry: YamlMap, { file }: Pick<EntryPlace, 'file'>): Content {
  const hashName = readHashName(entry, file);
  const list = entry.get('files');
  const files = isYamlList(list) && list.length > 0 ? list.filter(isYamlMap).map((item) => readTrackedFile(item, hashName, file)) : undefined;
  const { hash, ...meta } = readHashed(entry, hashName, file);
  if (files === undefined) return { hashName, ...(hash && { hash }), meta: hash?.value.endsWith('.dir') === true || meta.nfiles !== undefined ? { isdir: true, ...meta } : meta };
  const entries = files.flatMap(({ relpath, hash: own }) => (own === undefined ? [] : [{ relpath, oid: own.value }]));
  const size = files.reduce((sum, one) => sum + (one.meta.size ?? 0), 0);
  const remote = files[0]?.meta.remote;
  const whole = entries.length === files.length ? { name: hashName, value: createTree(entries).oid } : hash;
  return { hashName, ...(whole && { hash: whole }), meta: { ...meta, isdir: true, size, nfiles: files.length, ...(remote !== undefined && { remote }) }, files };
}

/** `desc`, `type`, `labels` and `meta`; what is empty is left out, as DVC does. */
export function readAnnotations(entry: YamlMap): Annotations {
  const desc = textAt(entry, 'desc');
  const type = textAt(entry, 'type');
  const labels = entry.get('labels');
  const meta = entry.get('meta');
  return {
    ...(desc !== undefined && desc !== '' && { desc }),
    ...(type !== undefined && type !== '' && { type }),
    ...(isYamlList(labels) && labels.length > 0 && { labels: labels.map(scalarText) }),
    ...(meta !== undefined && !isEmpty(meta) && { meta }),
  };
}

/** True for what Python takes for false: such values DVC does not write. */
export function isEmpty(value: YamlValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true;
  return isYamlMap(value) ? value.size === 0 : isYamlList(value) && value.length === 0;
}

/** The text under a key, when it is text. */
export function textAt(map: YamlMap, key: string): string | undefined {
  const value = map.get(key);
  return typeof value === 'string' ? value : undefined;
}

function readHashName(entry: YamlMap, file: string): HashName {
  const name = textAt(entry, 'hash');
  if (name === undefined) return 'md5-dos2unix';
  if (name === 'md5' || name === 'md5-dos2unix') return name;
  throw new TowlineError('UNSUPPORTED', `'./${file}' names objects by '${name}'; only md5 is known`, { context: { file, hash: name } });
}

function readTrackedFile(entry: YamlMap, hashName: HashName, file: string): TrackedFile {
  const relpath = textAt(entry, 'relpath') ?? '';
  if (relpath === '' || !isPath(relpath)) throw new TowlineError('CORRUPT', `'./${file}' lists a file that is not inside its directory: ${JSON.stringify(relpath)}`, { context: { file } });
  const { hash, ...meta } = readHashed(entry, hashName, file);
  return { relpath, ...(hash && { hash }), meta };
}

/** A single object's hash and meta. The remote under `cloud:` becomes `meta.remote`. */
function readHashed(entry: YamlMap, hashName: HashName, file: string): Meta & { readonly hash?: HashInfo } {
  const cloud = entry.get('cloud');
  const [remote, own] = isYamlMap(cloud) ? ([...cloud][0] ?? []) : [];
  const merged = isYamlMap(own) ? new Map([...entry, ...own]) : entry;
  const value = hashText(merged.get('md5'))?.toLowerCase();
  if (value !== undefined && !isOid(value)) {
    throw new TowlineError('CORRUPT', `'./${file}' has an md5 that is none: '${value}' of '${textAt(entry, 'path') ?? textAt(entry, 'relpath') ?? ''}'`, {
      hint: 'It is 32 hexadecimal digits, for a directory with .dir behind them. Take the file back from Git.',
      context: { file },
    });
  }
  return {
    ...(value !== undefined && { hash: { name: hashName, value } }),
    ...numberAt(merged, 'size'),
    ...numberAt(merged, 'nfiles'),
    ...(merged.get('isexec') === true && { isexec: true as const }),
    ...someText('version_id', textAt(merged, 'version_id')),
    ...someText('etag', hashText(merged.get('etag'))),
    ...someText('checksum', hashText(merged.get('checksum'))),
    ...someText('remote', remote),
  };
}

/** A hash may stand without quotes and is then read as a number. */
function hashText(value: YamlValue | undefined): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : scalarText(value);
}

function someText<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value === undefined || value === '' ? {} : ({ [key]: value } as Partial<Record<Key, string>>);
}

function numberAt<Key extends string>(map: YamlMap, key: Key): Partial<Record<Key, number>> {
  const value = map.get(key);
  return typeof value === 'number' ? ({ [key]: value } as Partial<Record<Key, number>>) : {};
}
