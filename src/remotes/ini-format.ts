import { TowlineError } from '../errors.ts';
import { parseIni } from './configobj.ts';

/** A key and its value as DVC writes them, without line end. Refuses what DVC could not read back. */
export function formatKey(key: string, value: string): string {
  // Such a value can be read, but DVC empties the whole file when it next writes it.
  if (value.includes("'''") && value.includes('"""')) throw unwritable(`the value of '${key}'`, 'it holds three quotes of both kinds');
  for (const spelled of spellings(value)) {
    const line = `    ${formatName(key)} = ${spelled}`;
    if (readsBack(line, key, value)) return line;
  }
  throw unwritable(`the value of '${key}'`, 'it holds a line break of a rare kind or three quotes that would end it');
}

/** The value of `formatKey` alone. */
export function formatValue(key: string, value: string): string {
  const line = formatKey(key, value);
  return line.slice(`    ${formatName(key)} = `.length);
}

/** The name of a section as DVC writes it between brackets: `core`, `'remote "name"'`. */
export function formatSectionName(name: string): string {
  if (name.includes("'") && name.includes('"')) throw unwritable(`the section '${name}'`, 'its name holds quotes of both kinds');
  const spelled = formatName(name);
  const { root, faults } = parseIni(`[${spelled}]`);
  if (faults.length === 0 && root.entries[0]?.kind === 'section' && root.entries[0].name === name) return spelled;
  throw unwritable(`the section '${name}'`, 'its name holds a character that no section name can have');
}

/** DVC's own form, and quotes where DVC's plain form loses white space. No other: DVC writes the file again in its form when it next changes it. */
function spellings(value: string): readonly string[] {
  if (value.includes('\n') || (value.includes('"') && value.includes("'"))) return [value.includes('"""') ? `"""${value}"""` : `'''${value}'''`];
  const quoted = value.includes('"') ? `'${value}'` : `"${value}"`;
  return isPlain(value) ? [value, quoted] : [quoted];
}

function isPlain(text: string): boolean {
  return text !== '' && !/[,#\n]/.test(text) && !/^[\s'"]|[\s'"]$/.test(text) && !(text.includes('"') && text.includes("'"));
}

function formatName(name: string): string {
  if (name.includes('\n') || name.includes('\r')) throw unwritable(`'${name.replace(/[\r\n]+/g, ' ')}'`, 'a name is one line');
  if (name !== '' && !/[,#]/.test(name) && !/^[\s'"]|[\s'"]$/.test(name)) return name;
  return name.includes('"') ? `'${name}'` : `"${name}"`;
}

function readsBack(line: string, key: string, value: string): boolean {
  // A following key shows that nothing runs over the line end.
  const { root, faults } = parseIni(`${line}\n    following = 1\n`);
  const [first, second, ...more] = root.entries;
  return faults.length === 0 && more.length === 0 && first?.kind === 'key' && first.name === key && first.value === value && second?.name === 'following';
}

function unwritable(what: string, why: string): TowlineError {
  return new TowlineError('INVALID_ARGUMENT', `${what} cannot be written into a config file: ${why}`, { hint: 'The file is unchanged. Choose another value, or put it into an environment variable.' });
}
