import { TowlineError } from '../../errors.ts';
import { Float, isYamlList, isYamlMap } from '../files/yaml-value.ts';
import type { YamlMap, YamlValue } from '../files/yaml-value.ts';

/** How a mapping is written into a command: `parsing.bool` and `parsing.list` of the configuration. */
export interface ParsingOptions {
  readonly bool?: 'store_true' | 'boolean_optional';
  readonly list?: 'nargs' | 'append';
}

export interface Interpolation extends ParsingOptions {
  readonly context: YamlMap;
  /** Only a command, and what is looped over, may take a whole collection. */
  readonly collections?: 'command' | 'loop';
}

const EXPRESSION = /(?<!\\)\$\{(.*?)\}/gs;

/** Puts values of the context in place of every `${...}`, in keys too. Throws INVALID_CONFIG for a name that is not there. */
export function interpolate(value: YamlValue, options: Interpolation): YamlValue {
  if (typeof value === 'string') return interpolateText(value, options);
  if (isYamlList(value)) return value.map((item) => interpolate(item, options));
  if (!isYamlMap(value)) return value;
  return new Map([...value].map(([key, member]) => [asText(interpolateText(key, options), options), interpolate(member, options)]));
}

/** True when the text holds a `${...}`. */
export function isInterpolated(text: string): boolean {
  return text.search(EXPRESSION) >= 0;
}

function interpolateText(text: string, options: Interpolation): YamlValue {
  const matches = [...text.matchAll(EXPRESSION)];
  const [only] = matches;
  // Alone it keeps its type: `${enabled}` is a boolean, `x ${enabled}` is text.
  if (only !== undefined && matches.length === 1 && only[0] === text) return checked(select(options.context, only[1] ?? ''), options);
  const result = text.replace(EXPRESSION, (_, expression: string) => asText(checked(select(options.context, expression), options), options));
  return result.replaceAll('\\${', '${');
}

/** `a.b[0]` in the context. */
function select(context: YamlMap, expression: string): YamlValue {
  let at: YamlValue | undefined = context;
  for (const part of expression.replaceAll('[', '.').replaceAll(']', '').split('.')) {
    const key = part.trim();
    at = isYamlMap(at) ? at.get(key) : isYamlList(at) && /^-?[0-9]+$/.test(key) ? at.at(Number(key)) : undefined;
    if (at === undefined) throw new TowlineError('INVALID_CONFIG', `Could not find '${expression}'`, { context: { expression } });
  }
  return at;
}

function checked(value: YamlValue, { collections }: Interpolation): YamlValue {
  if (collections === 'loop' || (collections === 'command' && isYamlMap(value)) || (!isYamlMap(value) && !isYamlList(value))) return value;
  throw new TowlineError('INVALID_CONFIG', `Cannot interpolate data of type '${isYamlMap(value) ? 'dict' : 'list'}'`);
}

/** A value as Python writes it into text. A mapping becomes command-line flags. */
export function asText(value: YamlValue, options: ParsingOptions = {}): string {
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'None';
  if (isYamlMap(value)) return [...flatten(value, '')].flatMap(([key, member]) => flag(key, member, options)).join(' ');
  if (isYamlList(value)) return JSON.stringify(value);
  return value instanceof Float ? value.toString() : String(value);
}

function* flatten(map: YamlMap, prefix: string): Iterable<readonly [string, YamlValue]> {
  for (const [key, value] of map) {
    if (isYamlMap(value)) yield* flatten(value, `${prefix}${key}.`);
    else yield [prefix + key, value];
  }
}

function flag(key: string, value: YamlValue, options: ParsingOptions): readonly string[] {
  if (typeof value === 'boolean') return value ? [`--${key}`] : options.bool === 'boolean_optional' ? [`--no-${key}`] : [];
  if (!isYamlList(value)) return [`--${key} ${typeof value === 'string' ? shellQuote(value) : asText(value)}`];
  const items = value.map((item) => {
    if (isYamlList(item) || isYamlMap(item)) throw new TowlineError('INVALID_CONFIG', `Cannot interpolate nested iterable in '${key}'`);
    return typeof item === 'string' ? shellQuote(item) : asText(item);
  });
  return options.list === 'append' ? items.map((item) => `--${key} ${item}`) : items.length === 0 ? [] : [`--${key} ${items.join(' ')}`];
}

/** As Python's `shlex.quote`. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
