import { TowlineError } from '../errors.ts';

/** The words of a command line as a POSIX shell parts them, without anything else that a shell does: DVC reads them so. On Windows '\' is a letter like others. */
export function splitCommand(line: string, platform: string): readonly string[] {
  const escapes = platform !== 'win32';
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const letter = line.charAt(at);
    if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (letter === "'" || letter === '"') {
      const quoted = readQuoted(line, at, letter === '"' && escapes);
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (letter === '\\' && escapes) {
      at += 1;
      if (at === line.length) throw broken('nothing follows the last backslash');
      word = (word ?? '') + line.charAt(at);
    } else word = (word ?? '') + letter;
  }
  if (word !== undefined) words.push(word);
  return words;
}

function readQuoted(line: string, start: number, escapes: boolean): { readonly text: string; readonly end: number } {
  let text = '';
  for (let at = start + 1; at < line.length; at++) {
    const letter = line.charAt(at);
    if (letter === line.charAt(start)) return { text, end: at };
    // Between double quotes a backslash takes away the meaning of these two only.
    if (letter === '\\' && escapes && /["\\]/.test(line.charAt(at + 1))) at += 1;
    text += line.charAt(at);
  }
  throw broken('a quote is not closed');
}

const broken = (why: string): TowlineError => new TowlineError('INVALID_CONFIG', `this is no command line: ${why}`);
