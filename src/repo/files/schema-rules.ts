import { isYamlList, isYamlMap } from './yaml-value.ts';
import type { YamlValue } from './yaml-value.ts';

export type SchemaPath = readonly (string | number)[];

/** One thing wrong with a file, and where in its data. */
export interface SchemaFault {
  readonly path: SchemaPath;
  readonly message: string;
}

/** Checks a value; what is wrong is given, all of it, in the order of the file. */
export type Rule = (value: YamlValue, path: SchemaPath) => readonly SchemaFault[];

function expected(test: (value: YamlValue) => boolean, message: string): Rule {
  return (value, path) => (test(value) ? [] : [{ path, message }]);
}

export const text: Rule = expected((value) => typeof value === 'string', 'expected str');
// To Python a bool is an int too.
export const integer: Rule = expected((value) => typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean', 'expected int');
export const flag: Rule = expected((value) => typeof value === 'boolean', 'expected bool');
export const anything: Rule = () => [];
// Voluptuous words a type by its name, and a schema in words.
export const anyMap: Rule = expected(isYamlMap, 'expected dict');
export const anyList: Rule = expected(isYamlList, 'expected list');
const aMap: Rule = expected(isYamlMap, 'expected a dictionary');
const aList: Rule = expected(isYamlList, 'expected a list');
export const equals = (wanted: string, message: string): Rule => expected((value) => value === wanted, message);

/** Text or a whole number of at least three characters; empty and absent mean there is none. */
export const checksum: Rule = expected(isChecksum, 'not a valid value');

function isChecksum(value: YamlValue): boolean {
  if (value === null || value === '') return true;
  const whole = typeof value === 'number' || typeof value === 'bigint';
  return (typeof value === 'string' || whole) && String(value).length >= 3;
}

export function listOf(item: Rule): Rule {
  return (value, path) => (isYamlList(value) ? value.flatMap((member, index) => item(member, [...path, index])) : aList(value, path));
}

/** A mapping with free keys. */
export function mapOf(member: Rule, most = Number.POSITIVE_INFINITY): Rule {
  return (value, path) => {
    if (!isYamlMap(value)) return aMap(value, path);
    const faults = [...value].flatMap(([key, inner]) => member(inner, [...path, key]));
    return value.size > most && faults.length === 0 ? [{ path, message: `length of value must be at most ${most}` }] : faults;
  };
}

/** A mapping whose keys are known; a key given as `name!` is required. */
export function fields(rules: Readonly<Record<string, Rule>>): Rule {
  const known = new Map(Object.entries(rules).map(([key, rule]) => [key.replace(/!$/, ''), rule]));
  const required = Object.keys(rules).filter((key) => key.endsWith('!')).map((key) => key.slice(0, -1));
  return (value, path) => {
    if (!isYamlMap(value)) return aMap(value, path);
    const faults = [...value].flatMap(([key, member]) => known.get(key)?.(member, [...path, key]) ?? [{ path: [...path, key], message: 'extra keys not allowed' }]);
    return [...faults, ...required.filter((key) => !value.has(key)).map((key) => ({ path: [...path, key], message: 'required key not provided' }))];
  };
}

/** The first rule that holds; when none does, the one that got deepest says why. */
export function either(...rules: readonly Rule[]): Rule {
  return (value, path) => {
    let closest: readonly SchemaFault[] = [];
    for (const rule of rules) {
      const faults = rule(value, path);
      if (faults.length === 0) return [];
      if (closest.length === 0 || depth(faults) > depth(closest)) closest = faults;
    }
    return closest;
  };
}

export function orNothing(rule: Rule): Rule {
  return (value, path) => (value === null ? [] : rule(value, path));
}

function depth(faults: readonly SchemaFault[]): number {
  return Math.max(...faults.map(({ path }) => path.length));
}
