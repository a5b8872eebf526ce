import { isAmbiguous } from './yaml-resolve.ts';

/** Where a scalar is written: what decides quotes and folding. */
export interface ScalarPlace {
  /** Columns already used on the line. */
  readonly column: number;
  /** The column a folded line continues at. */
  readonly indent: number;
  readonly key?: boolean;
  readonly flow?: boolean;
}

const WIDTH = 80;
const SPACES = '\0 \t\r\n\u0085\u2028\u2029';
const BREAKS = '\n\u0085\u2028\u2029';

/**
 * A string as ruamel.yaml writes it where `place` says, with the blank or line break that goes before it.
 * The styles are: plain when that reads back as the same text, else single quotes, else double quotes.
 */
export function writeScalar(text: string, place: ScalarPlace): string {
  const shape = analyze(text);
  const plain = place.flow === true ? shape.flowPlain : shape.blockPlain;
  if (text !== '' && plain && !isAmbiguous(text)) return new Line(place).plain(text);
  const single = shape.single && !text.includes("'");
  return single ? new Line(place).single(text) : new Line(place).double(text);
}

interface Shape {
  readonly flowPlain: boolean;
  readonly blockPlain: boolean;
  readonly single: boolean;
}

function analyze(text: string): Shape {
  const characters = [...text];
  const start = text.startsWith('---') || text.startsWith('...');
  let block = start;
  let flow = start;
  let special = false;
  let multiline = false;
  characters.forEach((character, index) => {
    const after = isSpace(characters[index + 1]);
    const found = indicators(character, { first: index === 0, alone: characters.length === 1, before: index === 0 || isSpace(characters[index - 1]), after });
    block ||= found.block;
    flow ||= found.flow;
    special ||= isSpecial(character);
    multiline ||= BREAKS.includes(character);
  });
  const edges = /^[ \n\u0085\u2028\u2029]|[ \n\u0085\u2028\u2029]$/.test(text);
  const mixed = / [\n\u0085\u2028\u2029]|[\n\u0085\u2028\u2029] /.test(text);
  const plain = !edges && !mixed && !special && !multiline;
  return { flowPlain: plain && !flow, blockPlain: plain && !block, single: !special && !mixed && !multiline };
}

interface Around {
  readonly first: boolean;
  readonly alone: boolean;
  readonly before: boolean;
  readonly after: boolean;
}

/** Whether a character here would be read as YAML punctuation, in block and in flow style. */
function indicators(character: string, around: Around): { readonly block: boolean; readonly flow: boolean } {
  if (around.first) {
    const leading = '#,[]{}&*!|>\'"%@`'.includes(character) || (character === '-' && around.after);
    const question = '?:'.includes(character);
    return { block: leading || (question && around.after), flow: leading || (question && around.alone) };
  }
  const both = (character === ':' && around.after) || (character === '#' && around.before);
  return { block: both, flow: both || ',[]{}'.includes(character) };
}

function isSpace(character: string | undefined): boolean {
  return character === undefined || SPACES.includes(character);
}

function isSpecial(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a || (code >= 0x20 && code <= 0x7e) || code === 0x85) return false;
  return code < 0xa0 || (code > 0xd7ff && code < 0xe000) || code === 0xfeff || code === 0xfffe || code === 0xffff;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '0'], ['\u0007', 'a'], ['\b', 'b'], ['\t', 't'], ['\n', 'n'], ['\v', 'v'], ['\f', 'f'], ['\r', 'r'], ['\u001b', 'e'],
  ['"', '"'], ['\\', '\\'], ['\u0085', 'N'], ['\u2028', 'L'], ['\u2029', 'P'],
]);

/** Text written so far from `column` on, and the folding rules of each style. */
class Line {
  #out = ' ';
  #column: number;
  readonly #indent: number;
  readonly #split: boolean;

  constructor(place: ScalarPlace) {
    // A key stands at the start of its line and gets no blank before it.
    if (place.key === true) this.#out = '';
    this.#column = place.column + this.#out.length;
    this.#indent = place.indent;
    this.#split = place.key !== true;
  }

  /** A word that does not fit gets a line of its own, a single blank after column 80 becomes a break. */
  plain(text: string): string {
    for (const part of text.match(/ +|[^ ]+/g) ?? []) {
      const length = [...part].length;
      if (part === ' ' && this.#column >= WIDTH && this.#split) {
        this.#break();
        continue;
      }
      if (!part.startsWith(' ') && length + this.#column > WIDTH && this.#column > this.#indent) this.#break();
      this.#write(part);
    }
    return this.#out;
  }

  single(text: string): string {
    this.#write("'");
    const parts = text.match(/ +|[^ ]+/g) ?? [];
    parts.forEach((part, index) => {
      const inside = index > 0 && index < parts.length - 1;
      if (part === ' ' && inside && this.#column > WIDTH && this.#split) this.#break();
      else this.#write(part.replaceAll("'", "''"));
    });
    return `${this.#out}'`;
  }

  double(text: string): string {
    this.#write('"');
    const characters = [...text];
    let run = '';
    characters.forEach((character, index) => {
      const escaped = escape(character);
      const inside = index > 0 && index < characters.length - 1 && this.#split;
      if (escaped !== undefined) {
        this.#write(run + escaped);
        run = '';
        if (inside && this.#column - 1 > WIDTH) run = this.#foldEscaped(characters[index + 1]);
      } else if (character === ' ' && inside && this.#column + [...run].length > WIDTH) {
        run = this.#foldBlank(run, characters[index + 1]);
      } else run += character;
    });
    return `${this.#out}${run}"`;
  }

  /** Ends the line after an escape, with a backslash so that the break is not read as a blank; what is returned starts the next line. */
  #foldEscaped(next: string | undefined): string {
    this.#write('\\');
    this.#break();
    return next === ' ' ? '\\' : '';
  }

  /** Ends the line at a blank: alone between two words it is read back from the break, else both are kept with backslashes. */
  #foldBlank(run: string, next: string | undefined): string {
    const alone = run !== '' && !run.endsWith(' ') && next !== ' ' && next !== '\n';
    this.#write(alone ? run : `${run}\\`);
    this.#break();
    return alone ? '' : '\\ ';
  }

  #write(text: string): void {
    this.#out += text;
    this.#column += [...text].length;
  }

  #break(): void {
    this.#out += `\n${' '.repeat(this.#indent)}`;
    this.#column = this.#indent;
  }
}

function escape(character: string): string | undefined {
  const code = character.codePointAt(0) ?? 0;
  const short = ESCAPES.get(character);
  if (short !== undefined) return `\\${short}`;
  if (!isSpecial(character) && code !== 0x85) return undefined;
  if (code <= 0xff) return `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).toUpperCase().padStart(4, '0')}` : `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`;
}
