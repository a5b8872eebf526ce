import { writeScalar } from './yaml-scalar.ts';
import type { ScalarPlace } from './yaml-scalar.ts';
import { Float, Timestamp, isYamlList, isYamlMap } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/** A whole file in block style, as `ruamel.yaml` dumps it with DVC's settings. */
export function emitYaml(value: YamlMap): string {
  return value.size === 0 ? '{}\n' : emitBlockMap(value, 0).join('\n') + '\n';
}

/** The lines of a mapping in block style; the first line is not indented, the others stand at `indent`. */
export function emitBlockMap(map: YamlMap, indent: number): string[] {
  const lines: string[] = [];
  for (const [key, value] of map) {
    const entry = emitEntry(key, value, indent).split('\n');
    lines.push(...entry.map((line, index) => (index === 0 && lines.length > 0 ? ' '.repeat(indent) + line : line)));
  }
  return lines;
}

/** `key: value` in block style, first line without indentation. */
export function emitEntry(key: string, value: YamlValue, indent: number): string {
  const name = writeScalar(key, { column: indent, indent: indent + 2, key: true });
  // ruamel.yaml takes a longer key, or one of several lines, for complex and gives it a line of its own.
  const complex = [...key].length >= 128 || key.includes('\n');
  const start = complex ? `? ${name}\n${' '.repeat(indent)}:` : `${name}:`;
  return start + emitBlockValue(value, { column: indent + (complex ? 1 : [...name].length + 1), indent, offset: 0 });
}

/** Where a value follows: after `key:` (a list may stand at the key's own column) or after `-`. */
export interface BlockPlace {
  readonly column: number;
  /** The column of the collection this value is a member of. */
  readonly indent: number;
  /** How much deeper than its key a list stands. */
  readonly offset: number;
}

/** The value after `key:`, with the blank or line break before it. */
export function emitBlockValue(value: YamlValue, place: BlockPlace): string {
  if (isYamlMap(value)) {
    if (value.size === 0) return ' {}';
    const inner = ' '.repeat(place.indent + 2);
    return `\n${inner}${emitBlockMap(value, place.indent + 2).join('\n')}`;
  }
  if (isYamlList(value)) {
    if (value.length === 0) return ' []';
    const column = place.indent + place.offset;
    return `\n${' '.repeat(column)}${emitBlockList(value, column).join(`\n${' '.repeat(column)}`)}`;
  }
  return emitScalar(value, { column: place.column, indent: place.indent + 2 });
}

/** One text per item, each starting with `-`; inner lines are indented, the first is not. */
export function emitBlockList(list: readonly YamlValue[], indent: number): string[] {
  return list.map((item) => `-${emitItem(item, indent)}`);
}

function emitItem(item: YamlValue, indent: number): string {
  const inner = indent + 2;
  if (isYamlMap(item) && item.size > 0) return ` ${emitBlockMap(item, inner).join('\n')}`;
  if (isYamlList(item) && item.length > 0) return ` ${emitBlockList(item, inner).join(`\n${' '.repeat(inner)}`)}`;
  return item === null ? ' ' : emitFlow(item, { column: indent + 1, indent: inner });
}

/** A scalar with the blank before it; `null` is written as nothing at all. */
export function emitScalar(value: Exclude<YamlValue, YamlMap | readonly YamlValue[]>, place: ScalarPlace): string {
  if (typeof value === 'string') return writeScalar(value, place);
  if (value === null) return place.flow === true ? ' null' : '';
  if (value instanceof Float) return ` ${yamlFloat(value)}`;
  return ` ${value instanceof Timestamp ? value.text : String(value)}`;
}

/** A value in flow style, with the blank before it. */
export function emitFlow(value: YamlValue, place: ScalarPlace): string {
  if (isYamlList(value)) return ` [${value.map((item) => emitFlow(item, { ...place, flow: true }).trimStart()).join(', ')}]`;
  if (!isYamlMap(value)) return emitScalar(value, place);
  const pairs = [...value].map(([key, member]) => emitFlowEntry(key, member, place));
  return ` {${pairs.join(', ')}}`;
}

/** `key: value` in flow style. */
export function emitFlowEntry(key: string, value: YamlValue, place: ScalarPlace): string {
  const name = writeScalar(key, { ...place, key: true, flow: true });
  return `${name}:${emitFlow(value, { ...place, flow: true })}`;
}

function yamlFloat(float: Float): string {
  const text = float.toString();
  return text === 'nan' || text.endsWith('inf') ? text.replace('inf', '.inf').replace('nan', '.nan') : text;
}
