import { TowlineError } from '../errors.ts';
import type { Option } from '../storage/options.ts';
import type { Config } from './config.ts';
import { configError } from './config-error.ts';
import { type Draft, fileOf, filesAt } from './config-draft.ts';
import { isPathKey, pathsOf, relativePath } from './config-paths.ts';
import { didYouMean } from './did-you-mean.ts';
import { dropEmptySection, setKey, unsetKey } from './ini-edit.ts';
import type { ConfigFile, ConfigLevel } from './levels.ts';
import { pythonRepr } from './python-repr.ts';
import { remoteOptions } from './remote-options.ts';
import { namedSection, parseSectionName } from './sections.ts';
import { isReference, ownerOf, tableFor } from './tables.ts';

/** One key as the user typed it. */
export interface Typed {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly level: ConfigLevel;
  readonly cwd: string;
  /** Where it must go; found by whose key it is when absent. */
  readonly file?: ConfigFile;
}

/** Sets a key in the file of its level that it belongs to. Gives back what the user should know. */
export async function setDraftKey(config: Config, draft: Draft, typed: Typed): Promise<readonly string[]> {
  const { section, key, value, level } = typed;
  const option = await optionOf(config, section, key);
  checkSpelling(typed);
  const file = typed.file ?? fileFor(config, typed, option);
  if (file.owner === 'dvc' && value.includes('%(')) {
    throw new TowlineError('INVALID_ARGUMENT', `the value of '${key}' holds '%(', which DVC takes for a reference to another option: it would refuse every command in this repository, 'config' too`, {
      hint: section.startsWith('remote') ? 'Give the value in an environment variable TOW_REMOTE_<NAME>_<KEY> instead.' : 'Choose a value without it.',
    });
  }
  draft.change(file, (text) => setKey(text, section, { key, value: stored(config, typed, { file, option }) }));
  if (section === 'core' && key === 'trust' && (level === 'repo' || level === 'local')) return ["'core.trust' counts only in your own config: use --global"];
  if (option?.isCommand === true && (level === 'repo' || level === 'local')) return [`'${key}' names a program, and any clone may bring '${file.display}': it runs only with TOW_TRUST=1 or 'config --global core.trust true'`];
  return option?.secret === true && level === 'repo' ? [`'${key}' is a secret and '${file.display}' is committed: use --local`] : [];
}

/** Removes a key from all files of the level. One that is not there is no error. */
export function unsetDraftKey(config: Config, draft: Draft, { section, key, level }: Pick<Typed, 'section' | 'key' | 'level'>): readonly string[] {
  // DVC drops a plain section that has become empty; a remote without a URL must still be seen to be one.
  const isKept = parseSectionName(section) !== undefined && key === 'url';
  for (const file of filesAt(config, level)) draft.change(file, (text) => (isKept ? unsetKey(text, section, key) : dropEmptySection(unsetKey(text, section, key), section)));
  return [];
}

/** The option behind a key; of a remote that refers to another, the other's. */
export async function optionOf(config: Config, section: string, key: string): Promise<Option<unknown> | undefined> {
  const table = await tableFor(section, finalUrl(config, section, [])) ?? remoteOptions;
  return Object.hasOwn(table, key) ? (table as Readonly<Record<string, Option<unknown>>>)[key] : undefined;
}

function finalUrl(config: Config, section: string, seen: readonly string[]): string | undefined {
  const url = config.get(section, 'url')?.value;
  if (url === undefined || !isReference(url) || seen.includes(section)) return url;
  const [, base = ''] = /^[^/]*\/\/([^/?#]*)/.exec(url) ?? [];
  return finalUrl(config, namedSection('remote', base.toLowerCase()), [...seen, section]);
}

/** DVC does not lower an option's name on its command line, and then does not know it. */
function checkSpelling({ section, key }: Typed): void {
  const named = parseSectionName(section);
  if (named === undefined || key === key.toLowerCase()) return;
  const path = [named.kind, named.name, key].map((part) => `[${pythonRepr(part)}]`).join('');
  const hint = didYouMean(key.toLowerCase(), [key.toLowerCase()]);
  throw configError(`extra keys not allowed @ data${path}`, hint === undefined ? {} : { hint });
}

function fileFor(config: Config, { section, key, value, level }: Typed, option: Option<unknown> | undefined): ConfigFile {
  const dvcFile = fileOf(config, level, 'dvc');
  const isElsewhere = config.parts.some(({ file, sections }) => file.level === level && file.owner === 'towline' && sections.get(section)?.has(key) === true);
  const named = parseSectionName(section);
  const ofOurs = named?.kind === 'remote' && isOnlyOurs(config, named.name);
  const namesOurs = section === 'core' && key === 'remote' && isOnlyOurs(config, value.toLowerCase());
  // A default that names a remote of DVC goes to DVC's file; the caller removes ours.
  const isOurs = ofOurs || namesOurs || (option && ownerOf(key, option) === 'towline') || (isElsewhere && !(section === 'core' && key === 'remote'));
  return isOurs ? fileOf(config, level, 'towline') : dvcFile;
}

/** Whether DVC cannot see the URL of this remote, so that nothing about it may stand in DVC's files. */
export function isOnlyOurs(config: Config, name: string): boolean {
  const section = namedSection('remote', name);
  const withUrl = config.parts.filter(({ sections }) => sections.get(section)?.has('url') === true);
  return withUrl.length > 0 && withUrl.every(({ file }) => file.owner === 'towline');
}

/** A path is stored relative to the folder of its file, although typed relative to where the user stands. */
function stored(config: Config, { section, key, value, cwd }: Typed, { file, option }: { readonly file: ConfigFile; readonly option: Option<unknown> | undefined }): string {
  const isPath = isPathKey(section, key) || (option?.owner === 'towline' && option.isPath && !/^(true|false)$/i.test(value));
  return isPath ? relativePath(value, pathsOf(config.runtime.platform).dirname(file.path), { cwd, platform: config.runtime.platform }) : value;
}
