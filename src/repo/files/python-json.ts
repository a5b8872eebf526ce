import { Float, Timestamp, isYamlList, isYamlMap } from './yaml-value.ts';
import type { YamlValue } from './yaml-value.ts';
import { compareCodePoints } from '../../disk/names.ts';

/** Data as Python's `json.dumps(data, sort_keys=True)` writes it: what DVC's hashes of stages are made of. */
export function pythonJson(value: YamlValue): string {
  if (typeof value === 'string') return quote(value);
  if (isYamlList(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (isYamlMap(value)) return `{${[...value].sort(([a], [b]) => compareCodePoints(a, b)).map(([key, member]) => `${quote(key)}: ${pythonJson(member)}`).join(', ')}}`;
  if (value instanceof Float) return value.toString().replace('inf', 'Infinity').replace('nan', 'NaN');
  return value instanceof Timestamp ? quote(value.text) : String(value);
}

function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
