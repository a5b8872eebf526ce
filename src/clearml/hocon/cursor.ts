import { TowlineError } from '../../errors.ts';
import type { Place } from './syntax.ts';

/** An error in a configuration file, with its place: every one of this room is made here. */
export function hoconError({ file, line, column }: Place, text: string, hint = 'Correct that place of the file.'): TowlineError {
  return new TowlineError('INVALID_CONFIG', `${file}:${line}:${column}: ${text}`, { hint, context: { file, line, column } });
}

/** A text and where one is in it. */
export class Cursor {
  at = 0;
  readonly text: string;
  readonly file: string;
  #starts: readonly number[] | undefined;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
    if (text.charCodeAt(0) === 0xfeff) this.at = 1;
  }

  get character(): string | undefined {
    return this.text[this.at];
  }

  place(at = this.at): Place {
    const starts = (this.#starts ??= lineStarts(this.text));
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: at - (starts[low] ?? 0) + 1 };
  }

  fail(text: string, { at = this.at, hint }: { readonly at?: number; readonly hint?: string } = {}): never {
    throw hoconError(this.place(at), text, hint);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** What the sticky pattern matches here, which is passed; undefined when it does not match. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found ?? undefined;
  }

  blanks(): string {
    return this.match(/[ \t\u00a0]*/y)?.[0] ?? '';
  }

  /** Passes a comment; '//' within a word is none, which the caller sees to. */
  comment(): boolean {
    return this.match(/(?:#|\/\/)[^\n\r]*/y) !== undefined;
  }

  /** Passes blanks, line ends and comments, and commas where they only part things. */
  gap(commas: boolean): void {
    do this.match(commas ? /[ \t\u00a0\r\n,]*/y : /[ \t\u00a0\r\n]*/y);
    while (this.comment());
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
