import { TowlineError } from '../errors.ts';
import type { Details, Option } from './option.ts';
import { parseRate, type Rate } from './rate.ts';

const define = <T>(help: string, form: string, { initial, parse, ...details }: Details & Pick<Option<T>, 'initial' | 'parse'>): Option<T> => ({
  help, form, initial, parse, owner: 'dvc', secret: false, isPath: false, isCommand: false, excludes: [], env: [], ...details,
});
const wrong = (expected: string, text: string): never => {
  throw new TowlineError('INVALID_CONFIG', `${expected}, got '${text}'`);
};

/** Any text. */
export const text = (help: string, details?: Details): Option<string | undefined> => define<string | undefined>(help, 'TEXT', { initial: undefined, parse: (value) => value, ...details });
/** A text that is never shown. */
export const secret = (help: string, details?: Details): Option<string | undefined> => text(help, { ...details, secret: true });
/** The path of a file or folder, relative to the folder of the config file it stands in. */
export const file = (help: string, details?: Details): Option<string | undefined> => text(help, { ...details, isPath: true });
/** A command line. It runs without a shell, and only where the user's own level allows it. */
export const command = (help: string, details?: Details): Option<string | undefined> => ({ ...text(help, { ...details, isCommand: true }), form: 'COMMAND' });
/** A text in which case has no meaning. */
export const lower = (help: string, details?: Details): Option<string | undefined> => ({ ...text(help, details), parse: (value) => value.toLowerCase() });

/** One word out of a few. */
export const choice = <const C extends readonly string[]>(choices: C, help: string, details?: Details): Option<C[number] | undefined> =>
  define<C[number] | undefined>(help, choices.join('|'), { initial: undefined, parse: (value) => choices.find((one) => one === value) ?? wrong(`expected one of ${choices.join(', ')}`, value), ...details });

/** `true` or `false` in any case; `yes`, `on` and `1` are refused, as DVC does. */
export const flag = (help: string, { initial, ...details }: Details & { readonly initial: boolean }): Option<boolean> =>
  define(help, 'true|false', { initial, parse: (value) => (/^(true|false)$/i.test(value) ? value.toLowerCase() === 'true' : wrong('expected true or false', value)), ...details });

/** A span of time in seconds, fractions allowed. */
export const seconds = (help: string, { initial, ...details }: Details & { readonly initial: number }): Option<number> =>
  define(help, 'SECONDS', { initial, parse: (value) => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : wrong('expected a number of seconds', value)), ...details });

/** The bounds of a number. */
export interface Bounds { readonly minimum?: number; readonly maximum?: number }

/** A whole number within bounds. */
export function integer(help: string, details: Details & Bounds & { readonly initial: number }): Option<number>;
export function integer(help: string, details?: Details & Bounds): Option<number | undefined>;
export function integer(help: string, { minimum, maximum, initial, ...details }: Details & Bounds & { readonly initial?: number } = {}): Option<number | undefined> {
  const parse = (value: string): number => {
    // Python's int(), which reads it for DVC, takes white space around it, a sign, and underscores between digits.
    const digits = /^\s*([+-]?\d+(?:_\d+)*)\s*$/.exec(value)?.[1];
    const number = digits === undefined ? Number.NaN : Number(digits.replaceAll('_', ''));
    if (!Number.isSafeInteger(number)) return wrong('expected int', value);
    if (minimum !== undefined && number < minimum) return wrong(`value must be at least ${minimum}`, value);
    return maximum !== undefined && number > maximum ? wrong(`value must be at most ${maximum}`, value) : number;
  };
  return define<number | undefined>(help, 'NUMBER', { initial, parse, ...details });
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** A number of bytes: `8388608`, `24MiB`, `24MB`. All units count by 1024, as they do in the AWS files these keys come from. */
export const size = (help: string, { initial, ...details }: Details & { readonly initial?: number } = {}): Option<number | undefined> =>
  define<number | undefined>(help, 'SIZE', {
    initial,
    parse: (value) => {
      const [, digits, unit = ''] = /^(\d+)\s*(?:([kmgt])i?b?|b)?$/i.exec(value) ?? [];
      const bytes = Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
      return Number.isSafeInteger(bytes) ? bytes : wrong("expected a size such as '24MiB'", value);
    },
    ...details,
  });

/** Bytes a second: `10M`, `512k`, `1.5MiB/s`; `UP:DOWN`; `off`. */
export const rate = (help: string, details?: Details): Option<Rate | undefined> => define<Rate | undefined>(help, 'RATE|UP:DOWN|off', { initial: undefined, parse: parseRate, ...details });

/** Some words out of a few, in the order of preference, with commas between them. `refusal` is said of those that are not among them. */
export const list = <const C extends readonly string[]>(choices: C, help: string, { refusal = 'Unsupported value(s)', ...details }: Details & { readonly refusal?: string } = {}): Option<readonly C[number][] | undefined> =>
  define<readonly C[number][] | undefined>(help, `${choices.join('|')},...`, {
    initial: undefined,
    parse: (value) => {
      const words = value.split(',').map((word) => word.trim());
      const strangers = words.filter((word) => !choices.includes(word));
      if (strangers.length > 0) throw new TowlineError('INVALID_CONFIG', `${refusal}: ${strangers.join(', ')}`);
      return words.flatMap((word) => choices.find((one) => one === word) ?? []);
    },
    ...details,
  });

/** What the first kind reads, else what the second does. */
export const either = <A, B>(first: Option<A>, second: Option<B>): Option<A | B> => ({
  ...first, form: `${first.form}|${second.form}`, isPath: second.isPath,
  parse: (value) => {
    try {
      return first.parse(value);
    } catch (error) {
      if (error instanceof TowlineError) return second.parse(value);
      throw error;
    }
  },
});
