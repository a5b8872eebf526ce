import { lexKey, lexSection, type PhysicalLine, restIsBlank, splitLines, strip } from './ini-lexer.ts';
import { lexValue } from './ini-value.ts';
import { pythonRepr } from './python-repr.ts';

/** One `key = value`. Offsets are into the whole text: the item from `start` to `end`, in it the value as spelled. */
export interface IniKey {
  readonly kind: 'key';
  readonly name: string;
  readonly value: string | readonly string[];
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}
/** A section with what stands in it, in the order of the file. `start` to `end` is its own line alone, in it the name as spelled. */
export interface IniSection {
  readonly kind: 'section';
  readonly name: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly entries: readonly (IniKey | IniSection)[];
}
export interface IniFault { readonly line: number; readonly text: string }
/** A parsed file. `text` is kept whole, so what is not edited stays as it is to the byte. */
export interface IniDocument {
  readonly text: string;
  readonly root: IniSection;
  /** Everything the original would refuse the file for; it names the first only. */
  readonly faults: readonly IniFault[];
}

interface OpenSection extends IniSection { readonly entries: (IniKey | IniSection)[]; readonly depth: number; readonly parent: OpenSection | undefined; readonly names: Set<string> }

/** Parses the INI dialect of DVC's config files (the Python package configobj with its defaults, without interpolation). Never throws. */
export function parseIni(text: string): IniDocument {
  const root = openSection({ name: '', line: 0, start: 0, end: 0, nameStart: 0, nameEnd: 0 });
  const state: State = { lines: splitLines(text), faults: [], current: root };
  for (let index = 0; index < state.lines.length; index++) {
    const physical = state.lines[index];
    const stripped = strip(physical?.text ?? '');
    if (physical === undefined || stripped === '' || stripped.startsWith('#')) continue;
    if (addSection(state, physical, index)) continue;
    index = addKey(state, physical, index);
  }
  return { text, root, faults: state.faults };
}

/** The text that says in DVC's words why the file is refused; undefined when it is not. */
export function iniError({ faults }: Pick<IniDocument, 'faults'>): string | undefined {
  const [first] = faults;
  if (first === undefined) return undefined;
  return faults.length === 1 ? first.text : `Parsing failed with several errors.\nFirst error at line ${first.line}.`;
}

interface State { readonly lines: readonly PhysicalLine[]; readonly faults: IniFault[]; current: OpenSection }

function openSection(where: Omit<IniSection, 'kind' | 'entries'>, parent?: OpenSection): OpenSection {
  return { kind: 'section', ...where, entries: [], names: new Set(), parent, depth: parent === undefined ? 0 : parent.depth + 1 };
}

/** True when the line is a section line, good or bad. */
function addSection(state: State, { text, start, end }: PhysicalLine, index: number): boolean {
  const token = lexSection(text);
  if (token === undefined) return false;
  const fault = (what: string): true => addFault(state, what, index);
  if (token.depth === undefined) return fault('Cannot compute the section depth');
  if (token.depth > state.current.depth + 1) return fault('Section too nested');
  let parent: OpenSection = state.current;
  while (parent.depth >= token.depth && parent.parent !== undefined) parent = parent.parent;
  if (parent.names.has(token.name)) return fault('Duplicate section name');
  parent.names.add(token.name);
  state.current = openSection({ name: token.name, line: index + 1, start, end, nameStart: start + token.start, nameEnd: start + token.end }, parent);
  parent.entries.push(state.current);
  return true;
}

/** Returns the index of the last line it used. */
function addKey(state: State, physical: PhysicalLine, index: number): number {
  const { text, start } = physical;
  const token = lexKey(text);
  if (token === undefined) {
    addFault(state, `Invalid line (${pythonRepr(text)}) (matched as neither section nor keyword)`, index);
    return index;
  }
  const spelled = text.slice(token.valueStart);
  const isTriple = spelled.startsWith('"""') || spelled.startsWith("'''");
  const found = isTriple ? multiline(state.lines, index, token.valueStart) : singleLine(spelled, start + token.valueStart, index);
  if (found === undefined) {
    addFault(state, isTriple ? 'Parse error in multiline value' : 'Parse error in value', index);
    return index;
  }
  const { last, ...place } = found;
  if (state.current.names.has(token.key)) addFault(state, 'Duplicate keyword name', last);
  else {
    state.current.names.add(token.key);
    state.current.entries.push({ kind: 'key', name: token.key, line: index + 1, start, end: state.lines[last]?.end ?? physical.end, valueStart: start + token.valueStart, ...place });
  }
  return last;
}

interface Found { readonly value: string | readonly string[]; readonly valueEnd: number; readonly last: number }

function singleLine(spelled: string, offset: number, index: number): Found | undefined {
  const lexed = lexValue(spelled);
  return lexed && { value: lexed.value, valueEnd: offset + lexed.end, last: index };
}

/** A value in triple quotes, on one line or many; undefined when it does not end as it must. */
function multiline(lines: readonly PhysicalLine[], index: number, valueStart: number): Found | undefined {
  const first = lines[index]?.text ?? '';
  const quote = first.slice(valueStart, valueStart + 3);
  const onFirst = closing(first, valueStart + 3, quote);
  const offset = lines[index]?.start ?? 0;
  if (onFirst !== undefined) return { value: first.slice(valueStart + 3, onFirst), valueEnd: offset + onFirst + 3, last: index };
  if (first.includes(quote, valueStart + 3)) return undefined;
  const parts = [first.slice(valueStart + 3)];
  for (let last = index + 1; last < lines.length; last++) {
    const { text, start } = lines[last] ?? { text: '', start: 0 };
    if (!text.includes(quote)) { parts.push(text); continue; }
    const end = closing(text, 0, quote);
    return end === undefined ? undefined : { value: [...parts, text.slice(0, end)].join('\n'), valueEnd: start + end + 3, last };
  }
  return undefined;
}

/** Where the first quote stands that only a comment may follow. */
function closing(text: string, from: number, quote: string): number | undefined {
  const isBlank = restIsBlank(text);
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) if (isBlank(at + 3)) return at;
  return undefined;
}

function addFault(state: State, what: string, index: number): true {
  state.faults.push({ line: index + 1, text: `${what} at line ${index + 1}.` });
  return true;
}
