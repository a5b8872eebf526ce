import { TowlineError } from '../errors.ts';
import type { Config } from './config.ts';
import { configError } from './config-error.ts';
import { asDrafted, beginDraft, type ConfigChange, type Draft, fileOf, filesAt, finishDraft, isAbove } from './config-draft.ts';
import { isOnlyOurs, optionOf, setDraftKey, unsetDraftKey } from './draft-keys.ts';
import { unknownRemote } from './find-remote.ts';
import { dropEmptySection, keepOnly, removeSection, sectionText, setKey, unsetKey } from './ini-edit.ts';
import { type ConfigFile, type ConfigLevel, CONFIG_LEVELS } from './levels.ts';
import { namedSection } from './sections.ts';
import { isKnownToDvc } from './tables.ts';

/** What an edit takes: the level, by default the repository's. */
export interface LevelOption { readonly level?: ConfigLevel | undefined }
/** And where the user stands, for relative paths. */
export interface EditOptions extends LevelOption { readonly cwd: string }

export interface AddOptions extends EditOptions {
  readonly isDefault?: boolean;
  readonly force?: boolean;
  /** Options it begins with. What is secret, or lies on this machine, is not committed: it goes to the local level instead of the repository's. */
  readonly settings?: ReadonlyMap<string, string>;
}

/** `remote add`: DVC's name for it, with `-d` and `-f`. */
export async function addRemote(config: Config, typed: { readonly name: string; readonly url: string }, options: AddOptions): Promise<ConfigChange> {
  const { level = 'repo', cwd, isDefault = false, force = false, settings = new Map<string, string>() } = options;
  const name = typed.name.toLowerCase();
  if (name.trim() === '' || typed.url.trim() === '') throw new TowlineError('INVALID_ARGUMENT', 'a remote needs a name and a URL');
  const section = namedSection('remote', name);
  const file = fileOf(config, level, isKnownToDvc(typed.url) ? 'dvc' : 'towline');
  const draft = beginDraft(config);
  for (const one of filesAt(config, level)) {
    if (sectionText(draft.text(one), section) === undefined) continue;
    if (!force) throw configError(`remote '${name}' already exists. Use \`-f|--force\` to overwrite it.`);
    draft.change(one, (text) => (one === file ? keepOnly(text, section, 'url') : removeSection(text, section)));
  }
  const warnings = [
    ...await setDraftKey(config, draft, { section, key: 'url', value: typed.url, level, cwd, file }),
    ...(name === typed.name ? [] : [`the remote is called '${name}': names of remotes have no upper case`]),
    ...(/^[\w+.-]{2,}:(?!\/\/)/.test(typed.url) ? [`'${typed.url}' is taken for a folder: the URL of a service has '://'`] : []),
  ];
  const named = asDrafted(config, draft);
  for (const [key, value] of settings) {
    const option = await optionOf(named, section, key);
    const isPrivate = option?.secret === true || (option?.isPath === true && !/^(?:true|false)$/i.test(value));
    warnings.push(...await setDraftKey(named, draft, { section, key, value, cwd, level: level === 'repo' && isPrivate ? 'local' : level }));
  }
  if (isDefault) setDefault(config, draft, { name, target: file });
  return await finishDraft(config, draft, { output: isDefault ? [`Setting '${name}' as a default remote.`] : [], warnings });
}

/** `remote default NAME`; without a name it is unset. */
export async function setDefaultRemote(config: Config, name: string | undefined, options: LevelOption = {}): Promise<ConfigChange> {
  const { level = 'repo' } = options;
  const draft = beginDraft(config);
  const dvcFile = fileOf(config, level, 'dvc');
  if (name === undefined) for (const file of filesAt(config, level)) draft.change(file, withoutDefault);
  else {
    const wanted = name.toLowerCase();
    if (!isVisible(config, wanted, options)) throw about(config, wanted, { text: 'default remote must be present in remote list.' });
    setDefault(config, draft, { name: wanted, target: isOnlyOurs(config, wanted) ? fileOf(config, level, 'towline') : dvcFile });
  }
  return await finishDraft(config, draft);
}

/** `remote modify NAME OPTION VALUE`; without a value the option is unset. */
export async function modifyRemote(config: Config, typed: { readonly name: string; readonly option: string; readonly value: string | undefined }, options: EditOptions): Promise<ConfigChange> {
  const { level = 'repo', cwd } = options;
  const name = typed.name.toLowerCase();
  fileOf(config, level, 'dvc');
  if (!isVisible(config, name, options)) throw about(config, name, { text: `remote '${name}' doesn't exist.` });
  const draft = beginDraft(config);
  const key = { section: namedSection('remote', name), key: typed.option, level, cwd };
  const warnings = typed.value === undefined ? unsetDraftKey(config, draft, key) : await setDraftKey(config, draft, { ...key, value: typed.value });
  return await finishDraft(config, draft, { warnings });
}

/** `remote remove NAME`: with it go its options in files above that would be left without a URL, and `core.remote` where it names it. */
export async function removeRemote(config: Config, typed: string, { level = 'repo' }: LevelOption = {}): Promise<ConfigChange> {
  const name = typed.toLowerCase();
  const section = namedSection('remote', name);
  checkExists(config, name, level);
  const draft = beginDraft(config);
  const keepsUrl = config.parts.some(({ file, sections }) => isAbove(level, file.level) && sections.get(section)?.has('url') === true);
  // The highest file first: after each step the remote is whole still, or gone.
  for (const file of filesFrom(config, level).toReversed()) {
    if (defaultIn(config, file) === name) draft.change(file, withoutDefault);
    if (file.level === level || !keepsUrl) draft.change(file, (text) => removeSection(text, section));
  }
  return await finishDraft(config, draft, { warnings: danglingReferences(config, name) });
}

/** Throws DVC's words unless the remote stands in the files of that level. */
export function checkExists(config: Config, name: string, level: ConfigLevel): void {
  fileOf(config, level, 'dvc');
  const holders = config.parts.filter(({ sections }) => sections.has(namedSection('remote', name))).map(({ file }) => file.level);
  if (!holders.includes(level)) throw about(config, name, { text: `remote '${name}' doesn't exist.`, elsewhere: holders[0] });
}

/** Remotes that refer to this one by `remote://` and will not find it any more. */
export function danglingReferences(config: Config, name: string): readonly string[] {
  const target = `remote://${name}`;
  const refers = (url: string): boolean => url.toLowerCase() === target || url.toLowerCase().startsWith(`${target}/`);
  return config.remotes.filter((one) => one !== name && refers(config.get(namedSection('remote', one), 'url')?.value ?? '')).map((one) => `remote '${one}' still refers to ${target}`);
}

/** The files of `level` and all above it, in the order they shadow each other. */
export const filesFrom = (config: Config, level: ConfigLevel): readonly ConfigFile[] => CONFIG_LEVELS.filter((one) => !isAbove(level, one)).flatMap((one) => filesAt(config, one));

/** The default remote that one file names. */
export const defaultIn = (config: Config, { path }: ConfigFile): string | undefined => config.parts.find(({ file }) => file.path === path)?.sections.get('core')?.get('remote')?.value.toLowerCase();

/** A level that was asked for sees itself and those below; without one all are seen, as in DVC. */
function isVisible(config: Config, name: string, { level }: LevelOption): boolean {
  return config.parts.some(({ file, sections }) => (level === undefined || !isAbove(file.level, level)) && sections.has(namedSection('remote', name)));
}

const withoutDefault = (text: string): string => dropEmptySection(unsetKey(text, 'core', 'remote'), 'core');

function setDefault(config: Config, draft: Draft, { name, target }: { readonly name: string; readonly target: ConfigFile }): void {
  draft.change(target, (text) => setKey(text, 'core', { key: 'remote', value: name }));
  // Our file of the same level shadows DVC's: an older default in it would win.
  if (target.owner === 'dvc') for (const file of filesAt(config, target.level)) if (file !== target) draft.change(file, withoutDefault);
}

/** DVC's words, with what to do next. */
function about(config: Config, name: string, { text, elsewhere }: { readonly text: string; readonly elsewhere?: ConfigLevel | undefined }): TowlineError {
  const flags: Readonly<Record<ConfigLevel, string>> = { system: '--system', global: '--global', repo: '--project', local: '--local' };
  const hint = elsewhere === undefined ? unknownRemote(config, name).hint : `It stands in the ${elsewhere} level: add ${flags[elsewhere]}.`;
  return configError(text, hint === undefined ? {} : { hint });
}
