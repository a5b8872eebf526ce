import type { Command } from './command.ts';
import type { Flag, Flags } from './flag.ts';
import { commands, wordsBelow } from './commands.ts';
import { GROUPS } from './listed.ts';
import { COMMON_FLAGS } from './common-flags.ts';
import { kebab } from './parse-arguments.ts';

/** The lines of `tow --help`. */
export function mainHelp(): readonly string[] {
  const lines = ['usage: tow [--cd path] [-q | -v] command [...]', '', 'Remote storage for data, models and environment state. Works in the repositories of DVC.'];
  for (const [group, title] of Object.entries(GROUPS)) {
    const members = Object.entries(commands).filter(([, { group: of }]) => of === group);
    const width = Math.max(16, ...members.map(([name]) => name.length));
    lines.push('', `${title}:`, ...members.map(([name, { summary }]) => `  ${name.padEnd(width)} ${summary}`));
  }
  return [...lines, '', "'tow COMMAND --help' explains a command. Try it all in 20 seconds: 'tow demo'."];
}

/** The lines of `tow COMMAND --help`. */
export function commandHelp(name: string, command: Command): readonly string[] {
  const summary = commands[name]?.summary;
  return [
    ...usageLine(name, command),
    ...(summary === undefined ? [] : ['', `${summary}.`]),
    ...(Object.keys(command.flags).length === 0 ? [] : ['', 'options:', ...flagLines(command.flags)]),
    '',
    'everywhere:',
    ...flagLines(COMMON_FLAGS),
    ...(command.examples.length === 0 ? [] : ['', 'examples:', ...command.examples.map((example) => `  ${example}`)]),
  ];
}

/** The usage of a command, in as many lines as it needs. */
export function usageLine(name: string, command: Command): readonly string[] {
  const words = [...Object.entries(command.flags).map(([key, flag]) => `[${flag.short === undefined ? `--${kebab(key)}` : `-${flag.short}`}${valueForm(flag)}]`), ...command.positionals.map(positionalForm)];
  const lines = [`usage: tow ${name}`];
  for (const word of words) {
    const last = lines[lines.length - 1] ?? '';
    if (last.length + word.length < 98) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${' '.repeat(`usage: tow ${name}`.length)} ${word}`);
  }
  return lines;
}

/** The lines for a group of commands: `tow remote`. */
export function groupHelp(prefix: string): readonly string[] {
  const members = Object.entries(commands).filter(([name]) => name.startsWith(`${prefix} `));
  return [`usage: tow ${prefix} {${wordsBelow(prefix).join(',')}} ...`, '', ...members.map(([name, { summary }]) => `  ${name.slice(prefix.length + 1).padEnd(12)} ${summary}`)];
}

function flagLines(flags: Flags): readonly string[] {
  return Object.entries(flags).flatMap(([key, flag]) => {
    const long = flag.type === 'switch' ? `--${kebab(key)}, --no-${kebab(key)}` : `--${kebab(key)}`;
    const form = `  ${flag.short === undefined ? '    ' : `-${flag.short}, `}${long}${valueForm(flag)}`;
    const choices = flag.choices ? ` (${flag.choices.join(', ')})` : '';
    return form.length < 32 ? [`${form.padEnd(32)}${flag.help}${choices}`] : [form, `${' '.repeat(32)}${flag.help}${choices}`];
  });
}

function valueForm(flag: Flag): string {
  if (flag.type === 'optional') return `[=${flag.value ?? 'value'}]`;
  if (flag.isGreedy === true) return ` [<${flag.value ?? 'value'}> ...]`;
  if (flag.type === 'string' || flag.type === 'integer') return ` <${flag.value ?? (flag.type === 'integer' ? 'number' : 'value')}>`;
  return '';
}

function positionalForm(name: string): string {
  const bare = name.replace(/[[\].]/g, '');
  const many = name.includes('...') ? ' ...' : '';
  return name.startsWith('[') ? `[${bare}${many}]` : `${bare}${many}`;
}
