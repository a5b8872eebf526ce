import { createRequire } from 'node:module';
import type { Alias, Document, LineCounter, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { TowlineError } from '../../errors.ts';
import { resolvePlain } from './yaml-resolve.ts';
import { Timestamp, isYamlList, isYamlMap } from './yaml-value.ts';
import type { YamlValue } from './yaml-value.ts';

// The package costs 30 ms to load, and files as DVC writes them need it only when they are edited or wrong.
let loaded: typeof import('yaml') | undefined;

/** The `yaml` package, loaded at its first use. */
export function yamlLibrary(): typeof import('yaml') {
  loaded ??= createRequire(import.meta.url)('yaml') as typeof import('yaml');
  return loaded;
}

/** A YAML file with the places of its nodes. */
export interface YamlDocument {
  readonly file: string;
  readonly text: string;
  readonly root: Node | null;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Parses `text`; throws CORRUPT with the place of the first fault. */
export function parseYamlDocument(text: string, file: string): YamlDocument {
  const { LineCounter: Lines, parseDocument } = yamlLibrary();
  const lines = new Lines();
  try {
    // Scalars stay text here: what they mean is decided by our own table, which follows ruamel.yaml and not the core schema.
    const document = parseDocument(text, { schema: 'failsafe', version: '1.2', lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const fault = document.errors[0];
    if (fault !== undefined) throw invalidYaml({ text, file }, lines.linePos(fault.pos[0]), fault.message.split('\n')[0] ?? fault.code);
    return { file, text, root: document.contents as Node | null, document, lines };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TowlineError('CORRUPT', `'./${file}' is invalid.\nIts collections are nested too deeply`, { cause: error, context: { file } });
  }
}

/** The error for text that is no YAML, worded as DVC does, with the line it is about. */
export function invalidYaml({ text, file }: { readonly text: string; readonly file: string }, place: { readonly line: number; readonly col: number }, problem: string): TowlineError {
  const conflict = /^[<=>]{7} .*$/m.test(text) ? ' (possible merge conflicts)' : '';
  const source = text.split(/\r?\n/)[place.line - 1] ?? '';
  const message = `'./${file}' is invalid${conflict}.\n${problem}, in line ${place.line}, column ${place.col}\n  ${place.line} ${source}`.trimEnd();
  return new TowlineError('CORRUPT', message, {
    hint: conflict === '' ? `Correct line ${place.line} of '${file}', or take the file back from Git.` : 'Resolve the conflict and remove the marks Git left.',
    context: { file, line: place.line, column: place.col },
  });
}

/** How many values a file may grow to when its aliases are followed: a few lines can name billions. */
const MOST_VALUES = 2_000_000;

/** The data of a document, as Python's safe loader builds it. */
export function documentValue(document: YamlDocument): YamlValue {
  return new Reader(document).read(document.root).value;
}

interface Sized {
  readonly value: YamlValue;
  readonly size: number;
}

class Reader {
  readonly #document: YamlDocument;
  /** Values of anchored nodes; `undefined` while such a node is being read, so that a loop is seen. */
  readonly #anchored = new Map<Node, Sized | undefined>();

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  read(node: Node | null | undefined): Sized {
    const { isAlias, isMap, isScalar, isSeq } = yamlLibrary();
    if (node === null || node === undefined) return { value: null, size: 1 };
    if (isAlias(node)) return this.#alias(node);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchored.set(node, undefined);
    const sized = isMap(node) ? this.#map(node) : isSeq(node) ? this.#list(node) : { value: this.#scalar(node as Scalar), size: 1 };
    if (sized.size > MOST_VALUES) throw this.#wrong(node, 'Too many values come from its aliases');
    if (anchor !== undefined) this.#anchored.set(node, sized);
    return sized;
  }

  #alias(alias: Alias): Sized {
    const target = alias.resolve(this.#document.document);
    // When a part of a document is read, what an alias names may lie outside of it.
    const sized = target === undefined || this.#anchored.has(target) ? target && this.#anchored.get(target) : this.read(target);
    if (target === undefined) throw this.#wrong(alias, `Found undefined alias '${alias.source}'`);
    if (sized === undefined) throw this.#wrong(alias, `The alias '${alias.source}' leads to itself`);
    return sized;
  }

  #list(node: YAMLSeq): Sized {
    let size = 1;
    const value = node.items.map((item) => {
      const sized = this.read(item as Node | null);
      size += sized.size;
      return sized.value;
    });
    return { value, size };
  }

  #map(node: YAMLMap): Sized {
    const value = new Map<string, YamlValue>();
    const merged: YamlValue[] = [];
    let size = 1;
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const member = this.read(pair.value);
      size += member.size;
      if (isMergeKey(pair.key)) merged.push(...(Array.isArray(member.value) ? (member.value as YamlValue[]) : [member.value]));
      else value.set(this.#key(pair.key), member.value);
    }
    return { value: merged.length === 0 ? value : withMerged(value, merged), size };
  }

  #key(node: Node): string {
    const key = this.read(node).value;
    if (isYamlMap(key) || isYamlList(key)) throw this.#wrong(node, 'A collection cannot be a key here');
    if (typeof key === 'boolean') return key ? 'true' : 'false';
    return key === null ? 'None' : String(key);
  }

  #scalar(node: Scalar): YamlValue {
    const text = typeof node.value === 'string' ? node.value : String(node.value);
    const tag = node.tag?.replace('tag:yaml.org,2002:', '');
    if (tag === undefined) return node.type === 'PLAIN' ? resolvePlain(text) : text;
    if (tag === 'str' || tag === '!') return text;
    if (!['int', 'float', 'bool', 'null', 'timestamp'].includes(tag)) throw this.#wrong(node, `Could not determine a constructor for the tag '${node.tag ?? ''}'`);
    return tag === 'timestamp' ? new Timestamp(text) : resolvePlain(text);
  }

  #wrong(node: Node, problem: string): TowlineError {
    return invalidYaml(this.#document, this.#document.lines.linePos(node.range?.[0] ?? 0), problem);
  }
}

function isMergeKey(key: Node): boolean {
  const { isScalar } = yamlLibrary();
  return isScalar(key) && key.type === 'PLAIN' && key.value === '<<';
}

/** `<<: *other` gives the keys this mapping does not have itself. */
function withMerged(own: ReadonlyMap<string, YamlValue>, sources: readonly YamlValue[]): Map<string, YamlValue> {
  const result = new Map<string, YamlValue>();
  for (const source of sources) {
    if (source instanceof Map) for (const [key, value] of source as Map<string, YamlValue>) if (!result.has(key)) result.set(key, value);
  }
  for (const [key, value] of own) result.set(key, value);
  return result;
}
