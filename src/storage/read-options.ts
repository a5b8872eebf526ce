import { TowlineError } from '../errors.ts';
import type { Exclusion, Option, OptionsOf, OptionTable } from './option.ts';

/** A value as configured, with the words that say where: `.dvc/config:12`. */
export interface PlacedText { readonly value: string; readonly place: string }

/** What reading a table may tell besides the values. */
export interface OptionsReading {
  /** Told of keys that are accepted but do nothing. */
  readonly warn?: (text: string) => void;
}

/** The values of a table, defaults filled in. Throws INVALID_CONFIG naming all faults at once, each with its place. */
export function readOptions<T extends OptionTable>(table: T, settings: ReadonlyMap<string, PlacedText>, { warn }: OptionsReading = {}): OptionsOf<T> {
  const faults: string[] = [];
  const values: Record<string, unknown> = Object.fromEntries(Object.entries(table).map(([key, option]) => [key, option.initial]));
  for (const [key, { value, place }] of settings) {
    const option = Object.hasOwn(table, key) ? table[key] : undefined;
    const clash = option?.excludes.find((other) => settings.has(nameOf(other)));
    if (!option) faults.push(`${place}: unknown option '${key}'`);
    else if (clash !== undefined) faults.push(`${place}: ${wordsFor(key, clash)}`);
    else {
      const fault = faultOf(option, value);
      if (fault === undefined) values[key] = option.parse(value);
      else faults.push(`${place}: ${key}: ${fault}`);
      if (option.deprecated !== undefined) warn?.(`${place}: '${key}' is accepted and ignored: ${option.deprecated}`);
    }
  }
  if (faults.length > 0) throw new TowlineError('INVALID_CONFIG', faults.join('\n'));
  return values as OptionsOf<T>;
}

/** Why `value` is refused, without showing it if it is a secret; undefined when it is good. */
export function faultOf(option: Option<unknown>, value: string): string | undefined {
  try {
    option.parse(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    return option.secret ? `expected ${option.form}` : error.message;
  }
}

/** The settings that the environment stands in for: the first variable that is set of each key that is not configured. */
export function environmentSettings(table: OptionTable, settings: ReadonlyMap<string, PlacedText>, env: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, PlacedText> {
  const found = Object.entries(table).flatMap(([key, option]): readonly (readonly [string, PlacedText])[] => {
    const name = settings.has(key) ? undefined : option.env.find((one) => (env[one] ?? '') !== '');
    return name === undefined ? [] : [[key, { value: env[name] ?? '', place: `the environment variable ${name}` }]];
  });
  return new Map([...settings, ...found]);
}

/** One line for each option of a table. */
export const helpOf = (table: OptionTable): readonly string[] =>
  Object.entries(table).map(([key, o]) => `${key}=${o.form}  ${o.help}${initialText(o.initial)}${o.owner === 'towline' ? ' (towline only)' : ''}`);

const initialText = (initial: unknown): string => (typeof initial === 'string' || typeof initial === 'number' || typeof initial === 'boolean' ? ` [${initial}]` : '');

/** The value as it may be shown: a secret, and the value of a key nobody knows, as `***`. */
export const shown = (table: OptionTable, key: string, value: string): string => (Object.hasOwn(table, key) && table[key]?.secret === false ? value : '***');

const nameOf = (exclusion: Exclusion): string => (typeof exclusion === 'string' ? exclusion : exclusion.option);
const wordsFor = (key: string, exclusion: Exclusion): string => (typeof exclusion === 'string' ? `'${key}' and '${exclusion}' exclude each other` : exclusion.words);
