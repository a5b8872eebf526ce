import { resolve } from 'node:path';

import { readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { buildConfig, type Config } from '../../remotes/config.ts';
import { formatKey, formatSectionName } from '../../remotes/ini-format.ts';
import type { ConfigFile } from '../../remotes/levels.ts';
import { namedSection } from '../../remotes/sections.ts';
import type { RepoDependency } from '../stage.ts';
import { isYamlMap, scalarText, type YamlMap, type YamlValue } from '../files/yaml-value.ts';

/** What is laid over the configuration of another repository: `--config`, `--remote`, `--remote-config`, or what an import recorded of them. */
export interface Overlay {
  /** A path, or the sections themselves. */
  readonly config?: YamlValue;
  /** The name of a remote, or options of the default one. */
  readonly remote?: YamlValue;
}

/** The configuration with the overlay on it. It is trusted as little as the files of the repository: no program runs because of it. */
export function withOverlay(config: Config, { config: own, remote }: Overlay, { root, base }: { readonly root: string; readonly base: string }): Config {
  const files: [ConfigFile, string][] = [];
  if (typeof own === 'string') {
    const path = resolve(base, own);
    const text = readText(path);
    if (text === undefined) throw new TowlineError('NOT_FOUND', `there is no config file '${own}'`, { context: { exitCode: 255 } });
    files.push([fileAt(path, own), text]);
  } else if (isYamlMap(own)) files.push([fileAt(`${root}/.dvc/config`, 'config'), textOf(sectionsOf(own))]);
  if (typeof remote === 'string' && remote !== '') files.push([fileAt(`${root}/.dvc/config`, '--remote'), textOf([['core', new Map([['remote', remote]])]])]);
  const merged = merge(config, files, root);
  if (!isYamlMap(remote) || remote.size === 0) return merged;
  const name = merged.get('core', 'remote')?.value ?? GIVEN;
  return merge(merged, [[fileAt(`${root}/.dvc/config`, '--remote-config'), textOf([['core', new Map([['remote', name]])], [namedSection('remote', name), remote]])]], root);
}

/** What a `.dvc` file records of an overlay, as DVC does: with both a name and options for a remote, they become a configuration. */
export function recordedOverlay({ config, remote, remoteConfig }: Overlay & { readonly remoteConfig?: YamlMap }): Pick<RepoDependency, 'config' | 'remote'> {
  const hasOptions = remoteConfig !== undefined && remoteConfig.size > 0;
  if (typeof remote !== 'string' || !hasOptions) return { ...(config !== undefined && { config }), ...(hasOptions ? { remote: remoteConfig } : remote !== undefined && { remote }) };
  if (typeof config === 'string') throw new TowlineError('INVALID_ARGUMENT', "Can't specify config path together with both remote and remote_config", { context: { exitCode: 255 } });
  return { config: new Map<string, YamlValue>([['core', new Map([['remote', remote]])], ['remote', new Map([[remote, remoteConfig]])]]) };
}

/** The name of a remote that only `--remote-config` describes. */
const GIVEN = 'given';

function merge(config: Config, files: readonly (readonly [ConfigFile, string])[], root: string): Config {
  if (files.length === 0) return config;
  return buildConfig(new Map([...config.parts.map(({ file, text }) => [file, text] as const), ...files]), { runtime: config.runtime, root });
}

const fileAt = (path: string, display: string): ConfigFile => ({ level: 'local', owner: 'dvc', path, display, isPrivate: false });

type Section = readonly [name: string, values: YamlMap];

/** DVC records `remote: {name: {url: ...}}` where its files have `['remote "name"']`. */
function sectionsOf(config: YamlMap): readonly Section[] {
  return [...config].flatMap(([name, values]): readonly Section[] => {
    if (!isYamlMap(values)) return [];
    if (name !== 'remote') return [[name, values]];
    return [...values].flatMap(([remote, options]): readonly Section[] => (isYamlMap(options) ? [[namedSection('remote', remote), options]] : []));
  });
}

function textOf(sections: readonly Section[]): string {
  return sections.map(([name, values]) => `[${formatSectionName(name)}]\n${[...values].flatMap(([key, value]) => (value === null || isYamlMap(value) || Array.isArray(value) ? [] : [`${formatKey(key, scalarText(value))}\n`])).join('')}`).join('');
}
