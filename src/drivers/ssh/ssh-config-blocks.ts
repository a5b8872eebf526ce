/** One line of an ssh_config that sets something. */
export interface Setting { readonly kind: 'setting'; /** In lower case. */ readonly keyword: string; readonly args: readonly string[]; /** All behind the keyword, as written. */ readonly rest: string }
/** Files read in place of an Include line; they count only where the line does. */
export interface Included { readonly kind: 'included'; readonly blocks: readonly Block[] }
export type Condition =
  | { readonly kind: 'always' }
  | { readonly kind: 'host'; readonly patterns: readonly string[] }
  | { readonly kind: 'match'; readonly criteria: readonly Criterion[] };
export interface Criterion { readonly name: string; readonly isNegated: boolean; readonly patterns: readonly string[] }
/** Lines that count under one condition. */
export interface Block { readonly condition: Condition; readonly lines: readonly (Setting | Included)[] }

/** Gives the texts of the files an Include pattern names, parsed by the function lent to it. */
export type Include = (pattern: string, parse: (text: string) => readonly Block[]) => readonly (readonly Block[])[];

/** Reads an ssh_config. Lines OpenSSH would refuse set nothing. */
export function parseSshConfig(text: string, include: Include, depth = 0): readonly Block[] {
  const blocks: { condition: Condition; lines: (Setting | Included)[] }[] = [{ condition: { kind: 'always' }, lines: [] }];
  for (const line of text.split(/\r?\n/)) {
    const setting = parseLine(line);
    if (setting === undefined) continue;
    const { keyword, args } = setting;
    if (keyword === 'host') blocks.push({ condition: { kind: 'host', patterns: args }, lines: [] });
    else if (keyword === 'match') blocks.push({ condition: { kind: 'match', criteria: parseCriteria(args) }, lines: [] });
    else if (keyword === 'include') blocks.at(-1)?.lines.push(...args.flatMap((pattern) => includeFiles(pattern, include, depth)));
    else blocks.at(-1)?.lines.push(setting);
  }
  return blocks;
}

/** OpenSSH ends at 16 files inside each other. */
function includeFiles(pattern: string, include: Include, depth: number): readonly Included[] {
  if (depth >= 16) return [];
  return include(pattern, (text) => parseSshConfig(text, include, depth + 1)).map((blocks) => ({ kind: 'included', blocks }));
}

function parseLine(line: string): Setting | undefined {
  const [, word, rest = ''] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
  if (word === undefined) return undefined;
  return { kind: 'setting', keyword: word.toLowerCase(), args: splitWords(rest), rest };
}

/** Words parted by blanks; quotes hold them together; an unquoted '#' at the start of a word ends the line. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'])+|["']/g)) {
    if (word.startsWith('#')) break;
    words.push(word.replace(/"(?:\\.|[^"\\])*"|'[^']*'|\\["'\\ ]/g, unquote));
  }
  return words;
}

function unquote(piece: string): string {
  if (piece.startsWith('"')) return piece.slice(1, -1).replace(/\\(["'\\])/g, '$1');
  return piece.startsWith("'") ? piece.slice(1, -1) : piece.slice(1);
}

const WITHOUT_ARGUMENT = ['all', 'final', 'canonical'];

function parseCriteria(args: readonly string[]): readonly Criterion[] {
  const criteria: Criterion[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    const [name = '', joined] = word.replace(/^!/, '').toLowerCase().split('=', 1).concat(word.includes('=') ? word.slice(word.indexOf('=') + 1) : []);
    const isNegated = word.startsWith('!');
    if (WITHOUT_ARGUMENT.includes(name)) criteria.push({ name, isNegated, patterns: [] });
    else criteria.push({ name, isNegated, patterns: (joined ?? args[at += 1] ?? '').split(',') });
  }
  return criteria;
}
