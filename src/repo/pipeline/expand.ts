import { TowlineError } from '../../errors.ts';
import { isYamlList, isYamlMap } from '../files/yaml-value.ts';
import type { YamlMap, YamlValue } from '../files/yaml-value.ts';
import { asText, interpolate } from './interpolate.ts';

/** One stage a definition stands for: its name, what it is made from, and what the loop adds to the context. */
export interface Expanded {
  readonly name: string;
  readonly template: YamlMap;
  readonly added: YamlMap;
}

/** The stages of one definition: several for `foreach` and `matrix`, itself for any other. */
export function expandStage(name: string, definition: YamlMap, context: YamlMap): readonly Expanded[] {
  const body = definition.get('do');
  if (definition.has('foreach') && isYamlMap(body)) return foreach(definition.get('foreach') ?? null, context).map(({ key, added }) => ({ name: `${name}@${key}`, template: body, added }));
  if (!definition.has('matrix')) return [{ name, template: definition, added: new Map() }];
  const template = new Map(definition);
  template.delete('matrix');
  return matrix(definition.get('matrix') ?? null, context).map(({ key, added }) => ({ name: `${name}@${key}`, template, added }));
}

interface Turn {
  readonly key: string;
  readonly added: YamlMap;
}

/** A list gives `item`, a mapping `item` and `key`. */
function foreach(data: YamlValue, context: YamlMap): readonly Turn[] {
  const over = interpolate(data, { context, collections: 'loop' });
  if (isYamlMap(over)) return [...over].map(([key, item]) => ({ key, added: new Map<string, YamlValue>([['key', key], ['item', item]]) }));
  if (!isYamlList(over)) throw new TowlineError('INVALID_CONFIG', 'expected list/dictionary to loop over');
  const numbered = over.some(isCollection);
  const turns = over.map((item, index) => ({ key: numbered ? String(index) : asText(item), added: new Map<string, YamlValue>([['item', item]]) }));
  return lastOfEach(turns);
}

/** Every combination, the last key turning fastest. A collection in it is named by its key and number. */
function matrix(data: YamlValue, context: YamlMap): readonly Turn[] {
  const over = interpolate(data, { context, collections: 'loop' });
  let combinations: { readonly parts: readonly string[]; readonly item: YamlMap }[] = [{ parts: [], item: new Map() }];
  for (const [key, values] of isYamlMap(over) ? over : []) {
    const list = isYamlList(values) ? values : isYamlMap(values) ? [...values.keys()] : [...String(values)];
    if (combinations.length * list.length > MOST_STAGES) throw new TowlineError('INVALID_CONFIG', `a matrix of more than ${MOST_STAGES} stages`);
    combinations = combinations.flatMap(({ parts, item }) => list.map((value, index) => ({ parts: [...parts, isCollection(value) ? `${key}${index}` : asText(value)], item: new Map([...item, [key, value]]) })));
  }
  return lastOfEach(combinations.map(({ parts, item }) => ({ key: parts.join('-'), added: new Map<string, YamlValue>([['key', parts.join('-')], ['item', item]]) })));
}

const MOST_STAGES = 100_000;

function lastOfEach(turns: readonly Turn[]): readonly Turn[] {
  return [...new Map(turns.map((turn) => [turn.key, turn])).values()];
}

function isCollection(value: YamlValue): boolean {
  return isYamlList(value) || isYamlMap(value);
}
