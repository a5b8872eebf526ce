import { type Config, type ConfigPart, mergeParts, type Setting } from './config.ts';
import { configError } from './config-error.ts';
import { filesAt, fileOf } from './config-draft.ts';
import { optionOf } from './draft-keys.ts';
import type { LevelOption } from './edit-remotes.ts';
import { type ConfigLevel, CONFIG_LEVELS } from './levels.ts';
import type { OptionName } from './option-name.ts';
import { pythonList } from './schema.ts';
import { sectionTables } from './section-tables.ts';
import { namedSection, parseSectionName } from './sections.ts';
import { shownUrl } from './shown-url.ts';

/** One option as it is listed. */
export interface ListedOption {
  /** `section.option`, `remote.name.option`. */
  readonly name: string;
  /** As DVC prints it: paths absolute, lists in brackets; secrets are here too. */
  readonly value: string;
  /** The same with secrets as `***`: for listings, `--show-origin`, `--json`. */
  readonly shown: string;
  /** The file: `.dvc/config`, or a whole path outside a repository. */
  readonly origin: string;
  readonly line: number;
}
/** One remote as it is listed. */
export interface ListedRemote { readonly name: string; readonly url: string; readonly isDefault: boolean }

/** `config --list`: level by level, not merged; in each file remotes come first, as DVC prints them. */
export async function listOptions(config: Config, { level }: LevelOption = {}): Promise<readonly ListedOption[]> {
  if (level !== undefined) fileOf(config, level, 'dvc');
  const found: ListedOption[] = [];
  for (const part of config.parts.filter(({ file }) => level === undefined || file.level === level)) {
    const sections = mergeParts([part], config.runtime);
    const isNamed = (section: string): boolean => parseSectionName(section) !== undefined;
    for (const section of [...[...sections.keys()].filter(isNamed), ...[...sections.keys()].filter((one) => !isNamed(one))]) {
      for (const [key, setting] of sections.get(section) ?? []) found.push(await listed(config, part, { section, key, setting }));
    }
  }
  return found;
}

/** `config NAME`: the value of the highest level that has it; undefined when none has. With a level that does not have it, throws in DVC's words. */
export async function getOption(config: Config, name: OptionName, { level }: LevelOption = {}): Promise<ListedOption | undefined> {
  if (level !== undefined) {
    fileOf(config, level, 'dvc');
    const missing = missingOption(config, name, level);
    if (missing !== undefined) throw configError(missing);
  }
  for (const part of config.parts.toReversed()) {
    if (level !== undefined && part.file.level !== level) continue;
    const setting = mergeParts([part], config.runtime).get(name.section)?.get(name.option);
    if (setting) return await listed(config, part, { section: name.section, key: name.option, setting });
  }
  return undefined;
}

/** `remote list`: of all levels merged, or of one. */
export function listRemotes(config: Config, { level }: LevelOption = {}): readonly ListedRemote[] {
  if (level !== undefined) fileOf(config, level, 'dvc');
  const sections = mergeParts(config.parts.filter(({ file }) => level === undefined || file.level === level), config.runtime);
  const isDefault = sections.get('core')?.get('remote')?.value;
  return [...sections].flatMap(([section, settings]) => {
    const named = parseSectionName(section);
    return named?.kind === 'remote' ? [{ name: named.name, url: shownUrl(settings.get('url')?.value ?? ''), isDefault: named.name === isDefault?.toLowerCase() }] : [];
  });
}

/** `remote default`: the name, or undefined where none is set. */
export function defaultRemote(config: Config, { level }: LevelOption = {}): string | undefined {
  if (level !== undefined) fileOf(config, level, 'dvc');
  return mergeParts(config.parts.filter(({ file }) => level === undefined || file.level === level), config.runtime).get('core')?.get('remote')?.value;
}

/** What is missing on the way to an option, in DVC's words; undefined when it is there. */
export function missingOption(config: Config, { section, option, kind, name }: OptionName, level: ConfigLevel): string | undefined {
  const files = filesAt(config, level);
  const holders = config.parts.filter(({ file, sections }) => files.includes(file) && sections.has(section));
  const what = kind ?? 'section';
  // To DVC its own sections are always there.
  if (holders.length === 0 && !(kind === undefined && Object.hasOwn(sectionTables, section))) return `${what} '${name}' doesn't exist`;
  return holders.some(({ sections }) => sections.get(section)?.has(option) === true) ? undefined : `option '${option}' doesn't exist in ${what} '${name}'`;
}

async function listed(config: Config, { file }: ConfigPart, { section, key, setting }: { readonly section: string; readonly key: string; readonly setting: Setting }): Promise<ListedOption> {
  const named = parseSectionName(section);
  const option = await optionOf(config, section, key);
  const value = setting.items ? pythonList(setting.items) : setting.value;
  const isHidden = option === undefined ? named?.kind === 'remote' : option.secret;
  return { name: `${named ? `${named.kind}.${named.name}` : section}.${key}`, value, shown: isHidden ? '***' : shownUrl(value), origin: file.display, line: setting.line };
}

/** The levels a config has files of: outside a repository only those of the machine and the user. */
export const levelsOf = (config: Config): readonly ConfigLevel[] => CONFIG_LEVELS.filter((level) => filesAt(config, level).length > 0);

/** The section of a remote by its name in any case. */
export const remoteSection = (name: string): string => namedSection('remote', name.toLowerCase());
