import { restIsBlank, skipSpace, SPACE, unquote } from './ini-lexer.ts';

/** What stands right of `=`: a text, or a list because of a comma outside quotes. `end` is where the value ends and its comment may follow. */
export interface LexedValue { readonly value: string | readonly string[]; readonly end: number }

/** Reads a value that stands on one line; undefined when it is malformed. */
export function lexValue(text: string): LexedValue | undefined {
  const isBlank = restIsBlank(text);
  const found = firstEnding(text, isBlank);
  if (found) return toValue(text, found);
  return text.startsWith(',') && isBlank(1) ? { value: [], end: 1 } : undefined;
}

/** Items that end in a comma, as many as possible, then the last one: the first way that reaches the end. No recursion: a line may hold any number of commas. */
function firstEnding(text: string, isBlank: (at: number) => boolean): Ending | undefined {
  const failed = new Set<number>();
  const tried = [{ start: 0, ends: itemEnds(text, 0) }];
  for (let top = tried.at(-1); top !== undefined; top = tried.at(-1)) {
    const next = top.ends.next();
    if (next.done !== true) {
      if (!failed.has(next.value)) tried.push({ start: next.value, ends: itemEnds(text, next.value) });
      continue;
    }
    const last = lastItem(text, top.start, isBlank);
    if (last) return last;
    failed.add(top.start);
    tried.pop();
  }
  return undefined;
}

interface Ending { readonly listEnd: number; readonly last: string | undefined; readonly end: number }

/** The positions after `item ,` from `start`, in the order the original tries them. */
function* itemEnds(text: string, start: number): Generator<number, void> {
  const first = text[start];
  if (first === undefined || first === ',' || first === '#') return;
  for (const end of first === '"' || first === "'" ? quotedEnds(text, start) : plainEnds(text, start)) {
    const comma = skipSpace(text, end);
    if (text[comma] !== ',') continue;
    // White space after the comma belongs to it, unless the rest can only be read otherwise.
    for (let next = skipSpace(text, comma + 1); next > comma; next--) yield next;
  }
}

function* quotedEnds(text: string, start: number): Iterable<number> {
  const quote = text.charAt(start);
  for (let end = text.indexOf(quote, start + 1); end !== -1; end = text.indexOf(quote, end + 1)) yield end + 1;
}

function* plainEnds(text: string, start: number): Iterable<number> {
  let end = start + 1;
  while (end < text.length && text[end] !== ',' && text[end] !== '#') end++;
  if (text[end] === ',') yield end;
}

function lastItem(text: string, start: number, isBlank: (at: number) => boolean): Ending | undefined {
  const first = text[start];
  if (first === '"' || first === "'") {
    for (const end of quotedEnds(text, start)) if (isBlank(end)) return { listEnd: start, last: text.slice(start, end), end };
    return undefined;
  }
  if (isBlank(start)) return { listEnd: start, last: text[start - 1] === ',' ? undefined : '', end: start };
  if (first === undefined || first === ',' || skipSpace(text, start) !== start) return undefined;
  for (let end = start + 1; end <= text.length; end++) {
    if (isBlank(end)) return { listEnd: start, last: text.slice(start, end), end };
    if (text[end] === ',') return undefined;
  }
  return undefined;
}

function toValue(text: string, { listEnd, last, end }: Ending): LexedValue | undefined {
  if (listEnd === 0) return { value: last === undefined || last === '' ? '' : unquote(last) ?? '', end };
  const items: string[] = [];
  for (const [, item = ''] of text.slice(0, listEnd).matchAll(LIST_ITEM)) {
    const value = unquote(item);
    if (value === undefined) return undefined;
    items.push(value);
  }
  if (last !== undefined && last !== '') items.push(unquote(last) ?? '');
  return { value: items, end };
}

/** The original finds the members of a list by a second search, which may cut elsewhere than the first. */
const LIST_ITEM = new RegExp(`("[^\\n]*?"|'[^\\n]*?'|[^'",#]?[^\\n]*?)[${SPACE}]*,[${SPACE}]*`, 'g');
