import type { IniDocument, IniKey, IniSection } from './configobj.ts';

/** One value as it stands in one file. */
export interface FileValue { readonly value: string; readonly items?: readonly string[]; readonly line: number }
/** What stands where a plain section with plain values should stand. */
export interface Misshape { readonly path: readonly string[]; readonly kind: 'value' | 'section'; readonly line: number }
/** A file as DVC takes it: section names and keys in lower case, named sections as `remote "name"`. */
export interface FileSections {
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, FileValue>>;
  /** The line of each section. */
  readonly lines: ReadonlyMap<string, number>;
  readonly misshapen: readonly Misshape[];
}

/** Kinds of sections that have names. */
export const NAMED_KINDS = ['remote', 'machine', 'db'] as const;
export type NamedKind = (typeof NAMED_KINDS)[number];

/** The section of a remote, a machine or a database: `remote "name"`. */
export const namedSection = (kind: NamedKind, name: string): string => `${kind} "${name}"`;

/** Kind and name of a named section; undefined for a plain one. */
export function parseSectionName(section: string): { readonly kind: NamedKind; readonly name: string } | undefined {
  const { kind, name } = /^\s*(?<kind>remote|machine|db)\s*"(?<name>.*)"\s*$/.exec(section)?.groups ?? {};
  const known = NAMED_KINDS.find((one) => one === kind);
  return known === undefined || name === undefined ? undefined : { kind: known, name };
}

/** Reads a document the way DVC does. Where two names differ in case only, the later wins. */
export function readSections({ root }: Pick<IniDocument, 'root'>): FileSections {
  const found: Found = { sections: new Map(), lines: new Map(), misshapen: [] };
  const { misshapen } = found;
  // DVC sees a file's values before its sections, whatever their order.
  const entries = [...root.entries.filter(isKey), ...root.entries.filter((entry) => !isKey(entry))];
  for (const entry of entries) {
    const name = entry.name.toLowerCase();
    const named = parseSectionName(name);
    const path = named ? [named.kind, named.name] : [name];
    if (isKey(entry)) misshapen.push({ path, kind: 'value', line: entry.line });
    else if (named === undefined && NAMED_KINDS.some((kind) => kind === name)) addNested(entry, name as NamedKind, found);
    else addSection(entry, path, found);
  }
  return found;
}

interface Found { readonly sections: Map<string, ReadonlyMap<string, FileValue>>; readonly lines: Map<string, number>; readonly misshapen: Misshape[] }

function addSection(section: IniSection, path: readonly string[], { sections, lines, misshapen }: Found): void {
  const [kind = '', name] = path;
  const key = name === undefined ? kind : `${kind} "${name}"`;
  lines.set(key, section.line);
  sections.set(key, valuesOf(section, path, misshapen));
}

/** `[remote]` with `[[name]]` below is another spelling of `['remote "name"']`. */
function addNested(section: IniSection, kind: NamedKind, found: Found): void {
  for (const entry of section.entries) {
    const name = entry.name.toLowerCase();
    if (isKey(entry)) found.misshapen.push({ path: [kind, name], kind: 'value', line: entry.line });
    else addSection(entry, [kind, name], found);
  }
}

function valuesOf(section: IniSection, path: readonly string[], misshapen: Misshape[]): ReadonlyMap<string, FileValue> {
  const values = new Map<string, FileValue>();
  for (const entry of section.entries) {
    const key = entry.name.toLowerCase();
    if (!isKey(entry)) misshapen.push({ path: [...path, key], kind: 'section', line: entry.line });
    else if (typeof entry.value === 'string') values.set(key, { value: entry.value, line: entry.line });
    else values.set(key, { value: entry.value.join(','), items: entry.value, line: entry.line });
  }
  return values;
}

const isKey = (entry: IniKey | IniSection): entry is IniKey => entry.kind === 'key';
