/** A YAML mapping. A Map and not an object: keys keep their order also when they are digits, and none of them is special. */
export type YamlMap = ReadonlyMap<string, YamlValue>;
/** A YAML value as Python's safe loader sees it. */
export type YamlValue = null | boolean | number | bigint | string | Float | Timestamp | readonly YamlValue[] | YamlMap;

/** A YAML float. Kept apart from integers because Python writes 1.0 and 1 differently, in files, in hashes and in templates. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  /** As Python's `repr` has it. */
  toString(): string {
    return pythonFloat(this.value);
  }
  toJSON(): number {
    return this.value;
  }
}

/** A date or time as it stands in the file: never needed as a moment, only to be told from text. */
export class Timestamp {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** True for a mapping. */
export function isYamlMap(value: YamlValue | undefined): value is YamlMap {
  return value instanceof Map;
}

/** True for a sequence. */
export function isYamlList(value: YamlValue | undefined): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** A scalar as text; a collection, which the schema keeps out of where this is used, has none. */
export function scalarText(value: YamlValue): string {
  return isYamlList(value) || isYamlMap(value) ? '' : String(value);
}

/** Equality of the data, without regard to the order of keys. */
export function sameYaml(left: YamlValue | undefined, right: YamlValue | undefined): boolean {
  if (left === right) return true;
  if (left instanceof Float) return right instanceof Float && Object.is(left.value, right.value);
  if (left instanceof Timestamp) return right instanceof Timestamp && left.text === right.text;
  if (isYamlList(left)) return isYamlList(right) && left.length === right.length && left.every((item, index) => sameYaml(item, right[index]));
  if (!isYamlMap(left) || !isYamlMap(right) || left.size !== right.size) return false;
  for (const [key, value] of left) {
    if (!right.has(key) || !sameYaml(value, right.get(key))) return false;
  }
  return true;
}

/** Plain JavaScript data to YAML: objects become maps, `undefined` members are left out, numbers with a fraction become floats. */
export function toYaml(value: unknown): YamlValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isInteger(value) ? value : new Float(value);
  if (typeof value === 'boolean' || typeof value === 'string' || typeof value === 'bigint') return value;
  if (value instanceof Float || value instanceof Timestamp) return value;
  if (Array.isArray(value)) return value.map(toYaml);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return new Map(entries.filter(([, member]) => member !== undefined).map(([key, member]) => [String(key), toYaml(member)]));
}

/** YAML data to plain JavaScript data, for JSON output. */
export function fromYaml(value: YamlValue): unknown {
  if (isYamlList(value)) return value.map(fromYaml);
  if (isYamlMap(value)) return Object.fromEntries([...value].map(([key, member]) => [key, fromYaml(member)]));
  if (value instanceof Float) return value.value;
  return value instanceof Timestamp ? value.text : value;
}

/** A float as Python's `repr` writes it: '1.0', '1e-07', '1e+16', 'inf', 'nan'. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  // Both languages print the shortest digits that read back; they differ in when an exponent is used and how it looks.
  const [digits = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(exponentText);
  const sign = value < 0 ? '-' : '';
  if (exponent < -4 || exponent >= 16) return `${sign}${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return sign + pointed(digits.replace('.', ''), exponent);
}

function pointed(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return `${digits.padEnd(exponent + 1, '0')}.0`;
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
