import type { Cursor } from './cursor.ts';
import type { Piece } from './syntax.ts';

type Scalar = Extract<Piece, { readonly kind: 'scalar' }>;

/** A number is one only where nothing that belongs to it follows: '10GB' and '1.2.3' are texts. */
const NUMBER = /[+-]?(?:\d*\.\d+|\d+)(?:[eE][+-]?\d+)?(?=$|[ \t]*(?:[$}\],#\n\r]|\/\/))/y;
const UNQUOTED = /(?:\\[^\r\n]|[^\\^`+?!@*&"[{\]}#,=$ \t\r\n])+/y;
/** Only these are escapes; the others stay as they are written, so that "C:\Users\me" works. */
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', '\n': '\n', n: '\n', r: '\r', t: '\t', '=': '=', '#': '#', '!': '!', '"': '"' };
const KEYWORDS: ReadonlyMap<string, boolean | null> = new Map([['true', true], ['false', false], ['null', null]]);
const KEY = /[\p{L}\p{N}_\-/ \t<>();|~%']/uy;

/** The value of a text in quotes, of one kind or the other. */
export function readQuoted(cursor: Cursor): string {
  const from = cursor.at;
  if (cursor.startsWith('"""')) {
    const found = cursor.match(/"""([^]*?)"""(?!")/y);
    return found?.[1] ?? cursor.fail('a text in """ has no end', { at: from });
  }
  const found = cursor.match(/"((?:[^"\\\n]|\\[^\n])*)"/y);
  return unescape(found?.[1] ?? cursor.fail('a text in quotes has no end on its line', { at: from }));
}

/** A text in quotes, a number, a keyword, or a text without quotes. */
export function readScalar(cursor: Cursor): Scalar {
  const place = cursor.place();
  if (cursor.character === '"') {
    const value = readQuoted(cursor);
    return { kind: 'scalar', value, source: value, gap: '', place };
  }
  const digits = cursor.match(NUMBER)?.[0];
  if (digits !== undefined) return { kind: 'scalar', value: numberOf(digits), source: digits, gap: '', place };
  const source = cursor.match(UNQUOTED)?.[0];
  if (source === undefined) return cursor.fail(`'${cursor.character ?? ''}' is not allowed in a value without quotes`, { hint: 'Put the value in double quotes.' });
  const keyword = KEYWORDS.get(source.toLowerCase());
  if (keyword !== undefined) return { kind: 'scalar', value: keyword, source, gap: '', place };
  const value = unescape(source);
  return { kind: 'scalar', value, source: value, gap: '', place };
}

function numberOf(digits: string): number | bigint {
  const value = Number(digits);
  if (/^[+-]?\d+$/.test(digits) && !Number.isSafeInteger(value)) return BigInt(digits.replace('+', ''));
  return value === 0 ? 0 : value;
}

const unescape = (text: string): string => text.replace(/\\([^])/g, (whole, character: string) => ESCAPES[character] ?? whole);

/** The segments of a key: 'a.b' are two, '"a.b"' is one. */
export function readKey(cursor: Cursor): readonly string[] {
  const segments: string[] = [];
  let current = '';
  let hasText = false;
  for (;;) {
    if (cursor.character === '"') {
      current += readQuoted(cursor);
      hasText = true;
    } else if (cursor.character === '.') {
      segments.push(current.trim());
      current = '';
      hasText = false;
      cursor.at += 1;
    } else {
      const found = cursor.startsWith('//') ? undefined : cursor.match(KEY)?.[0];
      if (found === undefined) break;
      current += found;
      hasText ||= found !== ' ' && found !== '\t';
    }
  }
  if (!hasText && segments.length === 0) cursor.fail(cursor.character === undefined ? 'a key is missing' : `a key is missing before '${cursor.character}'`);
  if (hasText) segments.push(current.replace(/^[ \t]+|[ \t]+$/g, ''));
  return segments.filter((segment) => segment !== '');
}
