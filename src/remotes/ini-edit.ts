import { type IniKey, type IniSection, parseIni } from './configobj.ts';
import { formatKey, formatSectionName, formatValue } from './ini-format.ts';

/** Edits of a config file's text. Each gives the new text; everything it does not name stays as it is, to the byte. Names are compared without case, as DVC does. */

/** Sets a key, in its place if it stands there already, else after the section's last one; makes the section if there is none. */
export function setKey(text: string, section: string, { key, value }: { readonly key: string; readonly value: string }): string {
  const found = findSection(text, section);
  if (found === undefined) return addSection(text, section, formatKey(key, value));
  const existing = keysOf(found).findLast((one) => same(one.name, key));
  if (existing?.value === value) return text;
  if (existing) return splice(text, existing.valueStart, { end: existing.valueEnd, with: formatValue(existing.name, value) });
  return insertLine(text, keysOf(found).at(-1)?.end ?? found.end, formatKey(key, value));
}

/** Removes a key wherever the section has it; its section line stays. */
export function unsetKey(text: string, section: string, key: string): string {
  const doomed = sectionsNamed(text, section).flatMap(keysOf).filter((one) => same(one.name, key));
  return without(text, doomed);
}

/** Removes all keys of a section but one. */
export function keepOnly(text: string, section: string, key: string): string {
  return without(text, sectionsNamed(text, section).flatMap(keysOf).filter((one) => !same(one.name, key)));
}

/** Removes a section: its line, its keys, and what stands between them. Comments after its last key stay. */
export function removeSection(text: string, section: string): string {
  return without(text, sectionsNamed(text, section).map((one) => ({ start: one.start, end: lastEnd(one) })));
}

/** Gives a section another name; what it holds is not touched. */
export function renameSection(text: string, section: string, name: string): string {
  return sectionsNamed(text, section).reduceRight((before, one) => splice(before, one.nameStart, { end: one.nameEnd, with: formatSectionName(name) }), text);
}

/** Removes the line of a section that holds nothing at all, as DVC does. One that holds a comment stays. */
export function dropEmptySection(text: string, section: string): string {
  const { root } = parseIni(text);
  const empty = root.entries.filter((entry, index): entry is IniSection => {
    if (entry.kind !== 'section' || !same(entry.name, section) || entry.entries.length > 0) return false;
    const next = root.entries[index + 1];
    return text.slice(entry.end, next?.start ?? text.length).trim() === '';
  });
  return without(text, empty);
}

/** The lines of a section as they stand, its own line included; undefined when there is none. */
export function sectionText(text: string, section: string): string | undefined {
  const found = findSection(text, section);
  return found && text.slice(found.start, lastEnd(found));
}

/** Adds a section with lines already formatted: plain ones before the remotes, as DVC orders them, all others at the end. */
export function addSection(text: string, section: string, body: string): string {
  const { root } = parseIni(text);
  const newline = newlineOf(text);
  const block = [`[${formatSectionName(section)}]`, ...(body === '' ? [] : [body])].join(newline);
  const sections = root.entries.filter((entry) => entry.kind === 'section');
  if (isNamed(section)) return insertLine(text, text.length, block);
  const last = sections.findLast((one) => !isNamed(one.name));
  if (last) return insertLine(text, lastEnd(last), block);
  const first = sections[0];
  const start = first === undefined ? text.length : startOfComments(text, first.start);
  return insertLine(text, start, block);
}

/** The lines of a section without its own, as they stand. */
export function sectionBody(text: string, section: string): string {
  const found = findSection(text, section);
  return found === undefined ? '' : text.slice(found.end, lastEnd(found)).replace(/\r?\n$/, '');
}

/** Where the comment lines begin that stand directly above `at`: they speak of what follows. */
function startOfComments(text: string, at: number): number {
  const comments = /(?:^[ \t]*#[^\n]*\n)+$/m.exec(text.slice(0, at));
  return comments === null ? at : comments.index;
}

const isNamed = (section: string): boolean => /^\s*(remote|machine|db)\s*"/.test(section);
const keysOf = (section: IniSection): readonly IniKey[] => section.entries.filter((entry) => entry.kind === 'key');
/** `remote"a"`, `REMOTE "a"` and `remote "A"` are one section to DVC. */
const canonical = (name: string): string => name.toLowerCase().replace(/^\s*(remote|machine|db)\s*"(.*)"\s*$/, '$1 "$2"');
const same = (one: string, other: string): boolean => canonical(one) === canonical(other);

function sectionsNamed(text: string, name: string): readonly IniSection[] {
  return parseIni(text).root.entries.filter((entry): entry is IniSection => entry.kind === 'section' && same(entry.name, name));
}

/** The last one: where a file has two that differ in case, DVC takes that one. */
const findSection = (text: string, name: string): IniSection | undefined => sectionsNamed(text, name).at(-1);

function lastEnd(section: IniSection): number {
  const last = section.entries.at(-1);
  if (last === undefined) return section.end;
  return last.kind === 'key' ? last.end : lastEnd(last);
}

function without(text: string, spans: readonly { readonly start: number; readonly end: number }[]): string {
  return [...spans].sort((a, b) => b.start - a.start).reduce((before, { start, end }) => splice(before, start, { end, with: '' }), text);
}

function splice(text: string, start: number, change: { readonly end: number; readonly with: string }): string {
  return text.slice(0, start) + change.with + text.slice(change.end);
}

function insertLine(text: string, at: number, line: string): string {
  const newline = newlineOf(text);
  const before = text.slice(0, at);
  const isOpen = before !== '' && !/[\r\n]$/.test(before);
  return `${before}${isOpen ? newline : ''}${line}${newline}${text.slice(at)}`;
}

const newlineOf = (text: string): string => /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
