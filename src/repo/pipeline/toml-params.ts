import { parse, TomlDate, TomlError } from 'smol-toml';
import type { TomlValue } from 'smol-toml';
import { TowlineError } from '../../errors.ts';
import { Float, Timestamp } from '../files/yaml-value.ts';
import type { YamlMap, YamlValue } from '../files/yaml-value.ts';

/** The tables of a TOML file as DVC has them of tomlkit. Throws CORRUPT. */
export function parseToml(text: string, file: string): YamlMap {
  try {
    // Before it is known what is a whole number: 1 and 1.0 differ in Python.
    return new Map(Object.entries(parse(text, { integersAsBigInt: true })).map(([key, value]) => [key, fromToml(value)]));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '') ?? '';
    throw new TowlineError('CORRUPT', `'${file}' is no TOML: ${reason} (${file}:${error.line}:${error.column})`, { context: { file } });
  }
}

function fromToml(value: TomlValue): YamlValue {
  if (typeof value === 'bigint') return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (typeof value === 'number') return new Float(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof TomlDate) return new Timestamp(pythonTime(value));
  if (Array.isArray(value)) return value.map(fromToml);
  return new Map(Object.entries(value).map(([key, member]) => [key, fromToml(member)]));
}

/** As ruamel.yaml writes a date or time of Python: with a space, and a fraction only where there is one. */
function pythonTime(value: TomlDate): string {
  return value.toISOString().replace('T', ' ').replace(/\.000(?=$|Z|[+-])/, '').replace('Z', '+00:00').replace(/(\.\d{3})(?=$|[+-])/, '$1000');
}
