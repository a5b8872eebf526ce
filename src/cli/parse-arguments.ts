import { parseArgs } from 'node:util';

import { TowlineError } from '../errors.ts';
import { COMMON_FLAGS } from './common-flags.ts';
import type { Input } from './command.ts';
import type { Flag, Flags } from './flag.ts';
import { didYouMean } from '../remotes/did-you-mean.ts';

/** Reads `argv` by a command's table. Throws INVALID_ARGUMENT with one line that says what is wrong and what was meant. */
export function parseArguments<T extends Flags>(argv: readonly string[], table: T, positionals: readonly string[]): Input<T> {
  const flags: Flags = { ...COMMON_FLAGS, ...table };
  const longNames = new Map(Object.keys(flags).map((key) => [kebab(key), key]));
  const { tokens, positionals: given } = parseArgs({ args: expand(argv, longNames, flags), options: optionsOf(flags), allowPositionals: true, strict: false, tokens: true });
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(flags)) values[key] = flag.multiple ? [] : flag.type === 'boolean' ? false : undefined;
  const seen: Seen = new Map();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const negated = token.name.startsWith('no-') && !longNames.has(token.name);
    const key = longNames.get(negated ? token.name.slice(3) : token.name);
    const flag = key === undefined ? undefined : flags[key];
    if (key === undefined || flag === undefined || (negated && flag.type !== 'switch')) throw unknownFlag(token.rawName, longNames);
    exclude(seen, flag, { key, rawName: token.rawName });
    const text = token.inlineValue !== true && looksLikeFlag(token.value) ? undefined : token.value;
    const value = valueOf(flag, { rawName: token.rawName, text, negated });
    if (flag.multiple) (values[key] as unknown[]).push(value);
    else values[key] = value;
  }
  if (values['help'] !== true) checkPositionals(given, positionals);
  return { flags: values, positionals: given } as unknown as Input<T>;
}

/** The long name of a flag as it is typed. */
export const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

type ParseOptions = Record<string, { type: 'boolean' | 'string'; short?: string; multiple: boolean }>;

function optionsOf(flags: Flags): ParseOptions {
  const options: ParseOptions = {};
  for (const [key, flag] of Object.entries(flags)) {
    options[kebab(key)] = { type: flag.type === 'string' || flag.type === 'integer' ? 'string' : 'boolean', ...(flag.short !== undefined && { short: flag.short }), multiple: true };
  }
  return options;
}

/** A long flag may be shortened as long as it is clear which is meant, and the value of an optional one may be a word of its own, as Python's argparse allows. */
function expand(argv: readonly string[], longNames: ReadonlyMap<string, string>, flags: Flags): string[] {
  const names = [...longNames.keys(), ...Object.entries(flags).flatMap(([key, flag]) => (flag.type === 'switch' ? [`no-${kebab(key)}`] : []))];
  const words: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') return [...words, ...argv.slice(at)];
    const full = word.startsWith('--') ? completed(word, names) : spelledOut(word, flags);
    const flag = flags[longNames.get(full.slice(2)) ?? ''] ?? (/^-[A-Za-z]$/.test(full) ? Object.values(flags).find(({ short }) => short === full[1]) : undefined);
    if (flag?.isGreedy === true) {
      const name = full.startsWith('--') ? full : `--${kebab(Object.keys(flags).find((key) => flags[key] === flag) ?? '')}`;
      for (; at + 1 < argv.length && !looksLikeFlag(argv[at + 1]); at++) words.push(`${name}=${argv[at + 1] ?? ''}`);
      continue;
    }
    const next = argv[at + 1];
    const isValue = flag?.type === 'optional' && next !== undefined && flag.choices?.includes(next) === true;
    words.push(isValue ? `${full}=${next}` : full);
    if (isValue) at++;
  }
  return words;
}

/** `-j=4` is `--jobs=4`; Node would take the sign for a part of the value. */
function spelledOut(word: string, flags: Flags): string {
  const [, short, value] = /^-([A-Za-z])=(.*)$/s.exec(word) ?? [];
  const key = short === undefined ? undefined : Object.keys(flags).find((one) => flags[one]?.short === short);
  return key === undefined || value === undefined ? word : `--${kebab(key)}=${value}`;
}

function completed(word: string, names: readonly string[]): string {
  const [name = '', ...rest] = word.slice(2).split('=');
  if (names.includes(name)) return word;
  const [only, ...more] = names.filter((one) => one.startsWith(name));
  if (only === undefined) return word;
  if (more.length > 0) throw usage(`ambiguous option: --${name} could match ${[only, ...more].map((one) => `--${one}`).join(', ')}`);
  return [`--${only}`, ...rest].join('=');
}

function valueOf(flag: Flag, token: { readonly rawName: string; readonly text: string | undefined; readonly negated: boolean }): unknown {
  const { rawName, text } = token;
  if (flag.type === 'boolean' || flag.type === 'switch') {
    if (text !== undefined) throw usage(`argument ${rawName}: ignored explicit argument '${text}'`);
    return !token.negated;
  }
  if (flag.type === 'optional' && text === undefined) return '';
  if (text === undefined) throw usage(`argument ${rawName}: expected one argument`);
  if (flag.choices && !flag.choices.includes(text)) {
    throw usage(`argument ${rawName}: invalid choice: '${text}' (choose from ${flag.choices.map((one) => `'${one}'`).join(', ')})`, didYouMean(text, flag.choices));
  }
  if (flag.type === 'string' || flag.type === 'optional') return text;
  if (!/^-?\d+$/.test(text)) throw usage(`argument ${rawName}: invalid int value: '${text}'`);
  return Number(text);
}

/** Which flag of each group came first. */
type Seen = Map<string, { readonly key: string; readonly rawName: string }>;

function exclude(seen: Seen, flag: Flag, given: { readonly key: string; readonly rawName: string }): void {
  if (flag.group === undefined) return;
  const other = seen.get(flag.group);
  if (other !== undefined && other.key !== given.key) throw usage(`argument ${given.rawName}: not allowed with argument ${other.rawName}`);
  seen.set(flag.group, given);
}

/** What argparse takes for a flag, so that a forgotten value is noticed: not '-' alone, no negative number, nothing with a space in it. */
function looksLikeFlag(text: string | undefined): boolean {
  return text !== undefined && /^-./.test(text) && !text.includes(' ') && !/^-(?:\d+|\d*\.\d+)$/.test(text);
}

function checkPositionals(given: readonly string[], wanted: readonly string[]): void {
  const required = wanted.filter((one) => !one.startsWith('['));
  if (given.length < required.length) throw usage(`the following arguments are required: ${required.slice(given.length).map((one) => one.replace('...', '')).join(', ')}`);
  const open = wanted.some((one) => one.includes('...'));
  if (!open && given.length > wanted.length) throw usage(`unrecognized arguments: ${given.slice(wanted.length).join(' ')}`);
}

function unknownFlag(rawName: string, longNames: ReadonlyMap<string, string>): TowlineError {
  return usage(`unrecognized arguments: ${rawName}`, didYouMean(rawName, [...longNames.keys()].map((name) => `--${name}`)));
}

function usage(message: string, hint?: string): TowlineError {
  return new TowlineError('INVALID_ARGUMENT', message, { context: { usage: true }, ...(hint !== undefined && { hint }) });
}
