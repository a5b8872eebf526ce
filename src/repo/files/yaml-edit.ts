import type { Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import { documentValue, parseYamlDocument, yamlLibrary } from './yaml-document.ts';
import type { YamlDocument } from './yaml-document.ts';
import { emitBlockList, emitBlockMap, emitBlockValue, emitEntry, emitFlow, emitFlowEntry, emitYaml } from './yaml-emit.ts';
import { isYamlList, isYamlMap, sameYaml } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/**
 * Makes the data of a YAML text equal to `state` by changing only the places that differ: values in place, new keys behind the
 * last one, comments, order, quotes and flow style of all else as they were. This follows what DVC does through ruamel.yaml
 * (`apply_diff`), which however writes the whole file anew and so changes lines nobody touched.
 */
export function editYaml(text: string, state: YamlMap, file: string): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const whole = text.endsWith('\n') ? text : text + eol;
  const editor = new Editor(parseYamlDocument(whole, file), eol);
  const edited = editor.apply(state);
  if (edited !== undefined && holds(edited, state, file)) return edited;
  // Aliases and merge keys stand for several places at once; a file that has them where it changes is written anew.
  return emitYaml(state).replaceAll('\n', eol);
}

/** The result is read again before it is believed. */
function holds(text: string, state: YamlMap, file: string): boolean {
  try {
    return sameYaml(documentValue(parseYamlDocument(text, file)), state);
  } catch {
    return false;
  }
}

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

class Editor {
  readonly #text: string;
  readonly #document: YamlDocument;
  readonly #eol: string;
  readonly #splices: Splice[] = [];

  constructor(document: YamlDocument, eol: string) {
    this.#text = document.text;
    this.#document = document;
    this.#eol = eol;
  }

  apply(state: YamlMap): string | undefined {
    const { isMap } = yamlLibrary();
    const root = this.#document.root;
    if (!isMap(root)) return undefined;
    this.#map(root, state, false);
    // A stable sort: what a member appends at the end of the file comes before what its parent appends there.
    const ordered = this.#splices.map((splice, order) => ({ ...splice, order })).sort((a, b) => a.start - b.start || a.order - b.order);
    let at = 0;
    let result = '';
    for (const { start, end, text } of ordered) {
      if (start < at) return undefined;
      result += this.#text.slice(at, start) + text;
      at = end;
    }
    return result + this.#text.slice(at);
  }

  #map(node: YAMLMap, state: YamlMap, inFlow: boolean): void {
    const flow = inFlow || node.flow === true;
    const pairs = node.items as Pair<Node, Node | null>[];
    const kept = pairs.filter((pair) => state.has(keyText(pair)));
    if (kept.length === 0) {
      this.#put(startOf(node), endOf(node), this.#collection(state, node, flow));
      return;
    }
    for (const pair of kept) this.#member(pair, state.get(keyText(pair)) ?? null, { flow, column: this.#column(startOf(pair.key)) });
    for (const pair of pairs) if (!kept.includes(pair)) this.#remove(pair, pairs, flow);
    const known = new Set(pairs.map(keyText));
    this.#append(node, [...state].filter(([key]) => !known.has(key)), flow);
  }

  /** The value of one key. `column` is where the key stands. */
  #member(pair: Pair<Node, Node | null>, next: YamlValue, place: { readonly flow: boolean; readonly column: number }): void {
    const { isMap, isSeq } = yamlLibrary();
    const node = pair.value;
    if (node === null) return;
    if (sameYaml(this.#value(node), next)) return;
    if (isMap(node) && isYamlMap(next) && next.size > 0) return this.#map(node, next, place.flow);
    if (isSeq(node) && isYamlList(next) && next.length > 0) return this.#list(node, next, place.flow);
    const colon = this.#text.indexOf(':', pair.key.range?.[1] ?? 0) + 1;
    const between = this.#text.slice(colon, startOf(node));
    const start = between.trim() === '' ? colon : startOf(node);
    const column = this.#column(start);
    const text = place.flow ? emitFlow(next, { column, indent: place.column + 2, flow: true }) : emitBlockValue(next, { column, indent: place.column, offset: 0 });
    this.#replace(node, start, start === colon ? text : text.replace(/^ /, ''));
  }

  #list(node: YAMLSeq, next: readonly YamlValue[], inFlow: boolean): void {
    const { isMap, isSeq } = yamlLibrary();
    const flow = inFlow || node.flow === true;
    const items = node.items as (Node | null)[];
    if (items.length !== next.length || items.includes(null)) {
      this.#put(startOf(node), endOf(node), this.#items(node, next, flow));
      return;
    }
    items.forEach((item, index) => {
      const value = next[index] ?? null;
      if (item === null || sameYaml(this.#value(item), value)) return;
      if (isMap(item) && isYamlMap(value) && value.size > 0) this.#map(item, value, flow);
      else if (isSeq(item) && isYamlList(value) && value.length > 0) this.#list(item, value, flow);
      else this.#replace(item, startOf(item), this.#item(value, this.#column(startOf(item)), flow));
    });
  }

  /** A list that got longer or shorter is written anew, items that stay the same with their own text. */
  #items(node: YAMLSeq, next: readonly YamlValue[], flow: boolean): string {
    if (flow) return this.#collection(next, node, flow);
    const column = this.#column(startOf(node));
    const olds = (node.items as (Node | null)[]).map((item) => ({ item, value: item === null ? null : this.#value(item) }));
    const lines = next.map((value) => {
      const found = olds.findIndex((old) => old.item !== null && sameYaml(old.value, value));
      const old = found < 0 ? undefined : olds.splice(found, 1)[0];
      if (old?.item === null || old?.item === undefined) return emitBlockList([value], column)[0] ?? '';
      return `- ${this.#text.slice(startOf(old.item), endOf(old.item)).trimEnd()}`;
    });
    const text = lines.join(`\n${' '.repeat(column)}`);
    return this.#text.slice(0, endOf(node)).endsWith('\n') ? `${text}\n` : text;
  }

  #item(value: YamlValue, column: number, flow: boolean): string {
    if (flow) return emitFlow(value, { column, indent: column, flow: true }).trimStart();
    return (emitBlockList([value], column - 2)[0] ?? '').replace(/^- ?/, '');
  }

  /** A whole collection in the style the old one had, ending as the old one ended. */
  #collection(value: YamlValue, node: Node, flow: boolean): string {
    const column = this.#column(startOf(node));
    const empty = (isYamlMap(value) && value.size === 0) || (isYamlList(value) && value.length === 0);
    const lines = isYamlMap(value) ? emitBlockMap(value, column).join('\n') : isYamlList(value) ? emitBlockList(value, column).join(`\n${' '.repeat(column)}`) : '';
    const text = flow || empty ? emitFlow(value, { column, indent: column, flow: true }).trimStart() : lines;
    return this.#text.slice(0, endOf(node)).endsWith('\n') ? `${text}\n` : text;
  }

  /** New keys go behind the last one and behind the comments and empty lines after it, where ruamel.yaml puts them. */
  #append(node: YAMLMap, entries: readonly (readonly [string, YamlValue])[], flow: boolean): void {
    const last = node.items.at(-1) as Pair<Node, Node | null> | undefined;
    const first = node.items[0] as Pair<Node, Node | null> | undefined;
    if (entries.length === 0 || last === undefined || first === undefined) return;
    if (flow) {
      const at = endOf(last.value ?? last.key);
      this.#put(at, at, entries.map(([key, value]) => `, ${emitFlowEntry(key, value, { column: 0, indent: 0 })}`).join(''));
      return;
    }
    const column = this.#column(startOf(first.key));
    const indent = ' '.repeat(column);
    const at = this.#afterComments(this.#lineEnd(last));
    this.#put(at, at, entries.map(([key, value]) => `${indent}${emitEntry(key, value, column)}\n`).join(''));
  }

  /** Takes out a key with its value and the comment on its line; comments on lines of their own stay. */
  #remove(pair: Pair<Node, Node | null>, pairs: readonly Pair<Node, Node | null>[], flow: boolean): void {
    const start = startOf(pair.key);
    const index = pairs.indexOf(pair);
    if (flow) {
      const next = pairs[index + 1];
      const previous = pairs[index - 1];
      // With a follower the comma behind goes too, else the one before.
      if (next !== undefined) this.#put(start, startOf(next.key), '');
      else if (previous !== undefined) this.#put(endOf(previous.value ?? previous.key), endOf(pair.value ?? pair.key), '');
      return;
    }
    const lineStart = this.#lineStart(start);
    const end = this.#lineEnd(pair);
    if (this.#text.slice(lineStart, start).trim() === '') this.#put(lineStart, end, '');
    else this.#put(start, end + (/^\s*/.exec(this.#text.slice(end))?.[0].length ?? 0), '');
  }

  /** Puts `text` in place of a value, keeping a comment behind it in its column where there is room, as ruamel.yaml does. */
  #replace(node: Node, start: number, text: string): void {
    const old = this.#text.slice(start, endOf(node));
    const ending = old.endsWith('\n') && !text.endsWith('\n') ? '\n' : '';
    const blanks = /^ +(?=#)/.exec(this.#text.slice(endOf(node)))?.[0].length ?? 0;
    if (blanks === 0 || text.includes('\n') || old.includes('\n')) return this.#put(start, endOf(node), text + ending);
    this.#put(start, endOf(node) + blanks, text + ' '.repeat(Math.max(1, old.length + blanks - text.length)));
  }

  #put(start: number, end: number, text: string): void {
    this.#splices.push({ start, end, text: text.replaceAll(/\r?\n/g, this.#eol) });
  }

  #value(node: Node): YamlValue {
    return documentValue({ ...this.#document, root: node });
  }

  #column(position: number): number {
    return position - this.#lineStart(position);
  }

  #lineStart(position: number): number {
    return this.#text.lastIndexOf('\n', position - 1) + 1;
  }

  /** Where the line begins that follows a pair. */
  #lineEnd(pair: Pair<Node, Node | null>): number {
    const end = endOf(pair.value ?? pair.key);
    if (end > 0 && this.#text[end - 1] === '\n' && end > startOf(pair.key)) return end;
    const next = this.#text.indexOf('\n', end);
    return next < 0 ? this.#text.length : next + 1;
  }

  #afterComments(position: number): number {
    return position + (/^(?:[ \t]*(?:#[^\n]*)?\r?\n)*/.exec(this.#text.slice(position))?.[0].length ?? 0);
  }
}

function keyText(pair: Pair<Node, Node | null>): string {
  const { isScalar } = yamlLibrary();
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function endOf(node: Node): number {
  return node.range?.[1] ?? 0;
}
