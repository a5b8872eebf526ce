import { faultOf, type Option, type OptionTable } from '../storage/options.ts';
import type { Config, ConfigPart, Setting } from './config.ts';
import { configError } from './config-error.ts';
import { didYouMean } from './did-you-mean.ts';
import { pythonRepr } from './python-repr.ts';
import { LIST_KEYS } from './remote-options.ts';
import { sectionTables } from './section-tables.ts';
import { NAMED_KINDS, parseSectionName } from './sections.ts';
import { isKnownToDvc, isReference, ownerOf, tableFor } from './tables.ts';
import { urlScheme } from './url-scheme.ts';

/** One thing wrong with a config, in DVC's words. */
export interface ConfigFault { readonly text: string; readonly place: string; readonly hint?: string | undefined }
/** Merged sections, and the files they came from. */
export interface ConfigView { readonly parts: readonly ConfigPart[]; readonly sections: ReadonlyMap<string, ReadonlyMap<string, Setting>> }

/** Throws INVALID_CONFIG with all that is wrong: unknown keys and values that are not what their key wants, each with file and line. */
export async function checkConfig(config: Config): Promise<void> {
  throwFaults(await configFaults({ parts: config.parts, sections: new Map(config.sections.map((name) => [name, config.section(name)])) }));
}

/** Throws all faults as one error; nothing when there are none. */
export function throwFaults(faults: readonly ConfigFault[]): void {
  if (faults.length === 0) return;
  const hints = new Set(faults.flatMap(({ hint }) => hint ?? []));
  throw configError(faults.map(({ text, place }) => `${text} (${place})`).join('\n'), hints.size > 0 ? { hint: [...hints].join(' ') } : {});
}

/** Everything that DVC or we would refuse. */
export async function configFaults({ parts, sections }: ConfigView): Promise<readonly ConfigFault[]> {
  const faults: ConfigFault[] = parts.flatMap(({ file, misshapen }) => misshapen.map(({ path, kind, line }) => ({ text: misshapeText(path, kind), place: `${file.display}:${line}` })));
  for (const [section, settings] of sections) faults.push(...await sectionFaults(section, settings, parts));
  return faults;
}

/** Keys of `[feature]` that nobody knows: DVC drops them with a warning. */
export function ignoredFeatures(config: Config): string | undefined {
  const unknown = [...config.section('feature').keys()].filter((key) => key !== 'machine').sort();
  return unknown.length === 0 ? undefined : `${unknown.map((key) => `'feature.${key}'`).join(', ')} config option${unknown.length === 1 ? ' is' : 's are'} unsupported`;
}

async function sectionFaults(section: string, settings: ReadonlyMap<string, Setting>, parts: readonly ConfigPart[]): Promise<readonly ConfigFault[]> {
  const named = parseSectionName(section);
  const path = named ? [named.kind, named.name] : [section];
  const url = settings.get('url');
  const fault = (text: string, hint?: string): readonly ConfigFault[] => [{ text: `${text} @ ${dataPath(path)}`, place: url?.place ?? placeOfSection(section, parts), hint }];
  if (named?.kind === 'remote') {
    if (url === undefined) return fault("expected 'url' for dictionary value");
    if (url.items) return [{ text: `expected str for dictionary value @ ${dataPath([...path, 'url'])}`, place: url.place, hint: 'A comma makes a list: put the URL between quotes.' }];
    if (isReference(url.value)) return [];
  }
  const table = await tableFor(section, url?.value);
  if (table === undefined && named === undefined) return fault('extra keys not allowed', didYouMean(section, [...Object.keys(sectionTables), ...NAMED_KINDS]));
  const scheme = urlScheme(url?.value ?? '');
  if (table === undefined) return fault(`Unsupported URL type ${scheme}:// for dictionary value`);
  const foreign = named?.kind === 'remote' && url?.owner === 'dvc' && !isKnownToDvc(url.value)
    ? fault(`Unsupported URL type ${scheme}:// for dictionary value`, `DVC does not know ${scheme}:// and refuses the repository for it: move the remote to '.dvc/towline'.`) : [];
  return [...foreign, ...[...settings].flatMap(([key, setting]) => keyFaults(section === 'feature', table, { path: [...path, key], key, setting, settings }))];
}

interface Keyed { readonly path: readonly string[]; readonly key: string; readonly setting: Setting; readonly settings: ReadonlyMap<string, Setting> }

function keyFaults(ignoresUnknown: boolean, table: OptionTable, { path, key, setting, settings }: Keyed): readonly ConfigFault[] {
  const { place } = setting;
  const option = Object.hasOwn(table, key) ? table[key] : undefined;
  if (option === undefined) return ignoresUnknown ? [] : [{ text: `extra keys not allowed @ ${dataPath(path)}`, place, hint: didYouMean(key, Object.keys(table)) ?? (path[0] === 'remote' ? "'tow help remote TYPE' lists the options of a type of remote." : undefined) }];
  if (setting.owner === 'dvc' && ownerOf(key, option) === 'towline') {
    return [{ text: `extra keys not allowed @ ${dataPath(path)}`, place, hint: `DVC refuses the repository for '${key}', which is Towline's own: move it to '.dvc/towline'.` }];
  }
  const words = valueWords(key, option, setting);
  if (words !== undefined) return [{ text: `${words} for dictionary value @ ${dataPath(path)}`, place }];
  const clash = option.excludes.find((other) => typeof other !== 'string' && path.length === 2 && settings.has(other.option));
  return clash === undefined || typeof clash === 'string' ? [] : [{ text: clash.words, place }];
}

/** What is wrong with a value, without the value: it may be a secret. */
function valueWords(key: string, option: Option<unknown>, { value, items }: Setting): string | undefined {
  if (items !== undefined && !LIST_KEYS.includes(key)) return faultOf(option, pythonList(items))?.replace(/, got '.*$/s, '') ?? 'expected str';
  return faultOf(option, value)?.replace(/, got '.*$/s, '');
}

/** A list as DVC prints it. */
export const pythonList = (items: readonly string[]): string => `[${items.map(pythonRepr).join(', ')}]`;

const dataPath = (path: readonly string[]): string => `data${path.map((part) => `[${pythonRepr(part)}]`).join('')}`;

function misshapeText(path: readonly string[], kind: 'value' | 'section'): string {
  const [section = ''] = path;
  const isKnown = kind === 'value' && (path.length === 2 || ['remote', 'machine', 'db', 'core', 'cache', 'state', 'index', 'feature', 'plots', 'exp', 'parsing', 'hydra', 'studio'].includes(section));
  return isKnown ? `expected a dictionary for dictionary value @ ${dataPath(path)}` : `extra keys not allowed @ ${dataPath(path)}`;
}

function placeOfSection(section: string, parts: readonly ConfigPart[]): string {
  const part = parts.find(({ lines }) => lines.has(section));
  return part === undefined ? 'the environment' : `${part.file.display}:${part.lines.get(section) ?? 0}`;
}
