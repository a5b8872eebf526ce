/**
 * The tokens of DVC's config dialect, as the Python package configobj reads them. It uses regular expressions that backtrack;
 * here the same choices are made by scanning, because a hostile file makes those expressions run for ever.
 */

/** What Python's `\s` means for text: it differs from JavaScript's at U+001C to U+001F, U+0085 and U+FEFF. */
export const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const isSpace = (text: string, at: number): boolean => at < text.length && spacePattern.test(text.charAt(at));
const spacePattern = new RegExp(`[${SPACE}]`);
const edges = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'g');
/** Where Python's `splitlines` ends a line. */
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;

/** One physical line: `text` has no line end but may keep an exotic one (a form feed, U+2028), as in the original. */
export interface PhysicalLine {
  readonly text: string;
  readonly start: number;
  /** Where the next line starts. */
  readonly end: number;
}

/** Splits as Python does, so that a value with U+2028 in it is seen to be broken here too. */
export function splitLines(text: string): readonly PhysicalLine[] {
  const lines: PhysicalLine[] = [];
  let start = 0;
  const add = (end: number): void => {
    if (end > start) lines.push({ text: text.slice(start, end).replace(/[\r\n]+$/, ''), start, end });
    start = end;
  };
  for (const match of text.matchAll(LINE_END)) add(match.index + match[0].length);
  add(text.length);
  return lines;
}

/** Without white space, as Python sees it, at both ends. */
export const strip = (text: string): string => text.replace(edges, '');

/** For each position: whether only white space and perhaps a comment follow. */
export function restIsBlank(text: string): (at: number) => boolean {
  const hash = (at: number): boolean => at >= text.length || text[at] === '#';
  const table = new Uint8Array(text.length + 1);
  for (let at = text.length; at >= 0; at--) table[at] = hash(at) || (isSpace(text, at) && table[at + 1] === 1) ? 1 : 0;
  return (at) => table[at] === 1;
}

/** The first position from `at` on that is no white space. */
export function skipSpace(text: string, at: number): number {
  let next = at;
  while (isSpace(text, next)) next++;
  return next;
}

/** Removes one pair of equal quotes around `text`; undefined for nothing at all, which the original refuses. */
export function unquote(text: string): string | undefined {
  if (text === '') return undefined;
  const first = text[0];
  return first === text.at(-1) && (first === '"' || first === "'") ? text.slice(1, -1) : text;
}

/** `[name]`: its name, where that stands with its quotes, and its depth, undefined when the brackets do not pair. */
export interface SectionToken { readonly name: string; readonly start: number; readonly end: number; readonly depth: number | undefined }

/** Reads a section line; undefined when it is none. */
export function lexSection(line: string): SectionToken | undefined {
  const opened: number[] = [];
  for (let at = skipSpace(line, 0); line[at] === '['; at = skipSpace(line, at + 1)) opened.push(at);
  const closes = closingFrom(line);
  for (let depth = opened.length; depth > 0; depth--) {
    // With too many brackets open, the name may begin with the next one.
    const start = opened[depth] ?? skipSpace(line, (opened[depth - 1] ?? 0) + 1);
    const end = nameEnd(line, start, closes);
    if (end !== undefined) return { name: unquote(line.slice(start, end)) ?? '', start, end, depth: countClosing(line, end) === depth ? depth : undefined };
  }
  return undefined;
}

function nameEnd(line: string, start: number, closes: (at: number) => boolean): number | undefined {
  const quote = line[start];
  const isQuoted = quote === '"' || quote === "'";
  for (let end = start + 1; end <= line.length && start < line.length; end++) {
    const isEnd = isQuoted ? line[end - 1] === quote && strip(line.slice(start + 1, end - 1)) !== '' : true;
    if (isEnd && closes(end)) return end;
  }
  return undefined;
}

/** For each position: whether closing brackets follow, and after them nothing but perhaps a comment. */
function closingFrom(line: string): (at: number) => boolean {
  const isBlank = restIsBlank(line);
  const table = new Uint8Array(line.length + 2);
  for (let at = line.length - 1; at >= 0; at--) {
    const follows = table[at + 1] === 1;
    table[at] = (line[at] === ']' ? isBlank(at + 1) || follows : isSpace(line, at) && follows) ? 1 : 0;
  }
  return (at) => table[at] === 1;
}

function countClosing(line: string, start: number): number {
  let count = 0;
  for (let at = skipSpace(line, start); line[at] === ']'; at = skipSpace(line, at + 1)) count++;
  return count;
}

/** `key = value # comment`: the key as it stands for, and where the value with its comment starts. */
export interface KeyToken { readonly key: string; readonly valueStart: number }

/** Reads the key of a line; undefined when there is none. */
export function lexKey(line: string): KeyToken | undefined {
  const start = skipSpace(line, 0);
  // The original falls back to a key that starts with the white space before it.
  return keyFrom(line, start) ?? (start > 0 ? plainKey(line, start - 1) : undefined);
}

function keyFrom(line: string, start: number): KeyToken | undefined {
  const quote = line[start];
  if (quote !== '"' && quote !== "'") return plainKey(line, start);
  for (let end = line.indexOf(quote, start + 1); end !== -1; end = line.indexOf(quote, end + 1)) {
    const equals = skipSpace(line, end + 1);
    if (line[equals] === '=') return { key: line.slice(start + 1, end), valueStart: skipSpace(line, equals + 1) };
  }
  return undefined;
}

function plainKey(line: string, start: number): KeyToken | undefined {
  const first = line[start];
  if (first === undefined || first === '=' || first === '"' || first === "'") return undefined;
  const equals = line.indexOf('=', start + 1);
  if (equals === -1) return undefined;
  let end = equals;
  while (end > start + 1 && isSpace(line, end - 1)) end--;
  const key = unquote(line.slice(start, end));
  return key === undefined ? undefined : { key, valueStart: skipSpace(line, equals + 1) };
}
