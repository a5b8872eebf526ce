import { TowlineError } from '../../errors.ts';
import { isTree, type Place, type Tree, type Value } from '../hocon/syntax.ts';
import { type ClearmlConfig, find, placeOf } from './clearml-config.ts';
import { parseShare, parseSize } from './sizes.ts';

/** A part of the configuration, read value by value; a wrong one is INVALID_CONFIG with its place. */
export interface Part {
  /** Undefined where it is absent, null or empty. */
  text(key: string): string | undefined;
  /** 'yes', 'on' and '1' are true, 'no', 'off' and '0' false: to ClearML every text is true, which nobody means. */
  flag(key: string): boolean | undefined;
  number(key: string): number | undefined;
  size(key: string): number | undefined;
  share(key: string): number | undefined;
  part(key: string): Part;
  parts(key: string): readonly Part[];
  list(key: string): readonly Value[];
  readonly tree: Tree;
  place(key?: string): Place;
}

export const partAt = (config: ClearmlConfig, path: string): Part => partOf(config, find(config.tree, path), path.split('.'));

function partOf(config: ClearmlConfig, value: Value | undefined, path: readonly string[]): Part {
  const tree = isTree(value) ? value : {};
  const place = (key?: string): Place => placeOf(config, key === undefined ? path : [...path, ...key.split('.')]);
  const wrong = (key: string, expected: string): never => {
    const { file, line } = place(key);
    throw new TowlineError('INVALID_CONFIG', `${file}:${line}: ${[...path, key].join('.')} must be ${expected}`, { hint: 'Correct that value.' });
  };
  const text = (key: string): string | undefined => {
    const found = find(tree, key);
    if (found === undefined || found === null || found === '') return undefined;
    return typeof found === 'object' ? wrong(key, 'a text') : String(found);
  };
  const read = <T>(key: string, expected: string, parse: (text: string) => T | undefined): T | undefined => {
    const found = text(key);
    return found === undefined ? undefined : parse(found.trim()) ?? wrong(key, expected);
  };
  const list = (key: string): readonly Value[] => {
    const found = find(tree, key) ?? [];
    return Array.isArray(found) ? found : wrong(key, 'a list');
  };
  return {
    tree, place, text, list,
    flag: (key) => read(key, 'true or false', (found) => FLAGS.get(found.toLowerCase())),
    number: (key) => read(key, 'a number', (found) => (/^[+-]?\d+(?:\.\d+)?$/.test(found) ? Number(found) : undefined)),
    size: (key) => read(key, "a size such as '10GB'", (found) => (/^-\d+$/.test(found) ? Number(found) : attempt(parseSize, found))),
    share: (key) => read(key, "a percentage such as '5%'", (found) => attempt(parseShare, found)),
    part: (key) => partOf(config, find(tree, key), [...path, ...key.split('.')]),
    parts: (key) => list(key).map((item, index) => partOf(config, item, [...path, ...key.split('.'), String(index)])),
  };
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([['true', true], ['yes', true], ['on', true], ['1', true], ['false', false], ['no', false], ['off', false], ['0', false]]);

function attempt<T>(parse: (text: string) => T, text: string): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TowlineError) return undefined;
    throw error;
  }
}
