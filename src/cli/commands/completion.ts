import { TowlineError } from '../../errors.ts';
import { type Command, defineCommand } from '../command.ts';
import type { Flags } from '../flag.ts';
import type { Listed } from '../listed.ts';
import { COMMON_FLAGS } from '../common-flags.ts';
import { kebab } from '../parse-arguments.ts';

/** The command, made for the table it completes. */
export const completionOf = (commands: Readonly<Record<string, Listed>>) =>
  defineCommand({
    positionals: ['[shell]'],
    flags: {
      shell: { type: 'string', value: 'shell', choices: ['bash', 'zsh', 'fish'], help: 'the shell to complete for' },
    },
    examples: ['source <(tow completion bash)', 'tow completion fish > ~/.config/fish/completions/tow.fish'],
    async run({ flags, positionals: [shell = flags.shell ?? 'bash'] }) {
      const script = SCRIPTS[shell];
      if (!script) throw new TowlineError('INVALID_ARGUMENT', `there is no completion for '${shell}', only for ${Object.keys(SCRIPTS).join(', ')}`, { context: { usage: true } });
      const words = await Promise.all(Object.entries(commands).map(async ([name, listed]) => ({ name, summary: listed.summary, flags: flagWords(await listed.load()) })));
      return { script: script(words) };
    },
    text: ({ script }) => [script],
  });

interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly string[];
}

function flagWords(command: Command): readonly string[] {
  const all: Flags = { ...command.flags, ...COMMON_FLAGS };
  return Object.entries(all).flatMap(([key, { short, type }]) => [`--${kebab(key)}`, ...(type === 'switch' ? [`--no-${kebab(key)}`] : []), ...(short === undefined ? [] : [`-${short}`])]);
}

/** Single words, then the second words of groups. */
function firstWords(words: readonly Completed[]): readonly string[] {
  return [...new Set(words.map(({ name }) => name.split(' ')[0] ?? ''))];
}

const groupsOf = (words: readonly Completed[]): readonly string[] => [...new Set(words.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0] ?? ''))];

function bash(words: readonly Completed[]): string {
  const groups = groupsOf(words);
  return [
    '_tow() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" first="${COMP_WORDS[1]}" second="${COMP_WORDS[2]}" words=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${firstWords(words).join(' ')} --help --version" -- "$word")); return`,
    '  fi',
    '  case "$first $second" in',
    ...words.filter(({ name }) => name.includes(' ')).map(({ name, flags }) => `    "${name}") words="${flags.join(' ')}" ;;`),
    '  esac',
    '  if [ -z "$words" ]; then case "$first" in',
    ...groups.map((group) => `    ${group}) COMPREPLY=($(compgen -W "${words.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name.split(' ')[1] ?? '').join(' ')}" -- "$word")); return ;;`),
    ...words.filter(({ name }) => !name.includes(' ')).map(({ name, flags }) => `    ${name}) words="${flags.join(' ')}" ;;`),
    '  esac; fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    // A name may hold spaces: one is a line of what `compgen` says. macOS has a bash without `mapfile`.
    '  case "$word" in -*) ;; *) while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$word") ;; esac',
    '}',
    'complete -o filenames -F _tow tow',
  ].join('\n');
}

/** zsh reads bash's completions by its own bridge. */
const zsh = (words: readonly Completed[]): string => ['#compdef tow', 'autoload -U +X bashcompinit && bashcompinit', bash(words)].join('\n');

function fish(words: readonly Completed[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
  const lines = words.flatMap(({ name, summary, flags }) => {
    const [first = '', second] = name.split(' ');
    const offered = second === undefined
      ? `complete -c tow -n __fish_use_subcommand -a ${first} -d ${quote(summary)}`
      : `complete -c tow -n '__fish_seen_subcommand_from ${first}' -a ${second} -d ${quote(summary)}`;
    return [offered, ...flags.filter((flag) => flag.startsWith('--')).map((flag) => `complete -c tow -n '__fish_seen_subcommand_from ${second ?? first}' -l ${flag.slice(2)}`)];
  });
  const groups = groupsOf(words).map((group) => `complete -c tow -n __fish_use_subcommand -a ${group} -d ${quote(`${words.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name.slice(group.length + 1)).join(', ')}`)}`);
  return [...new Set([...groups, ...lines])].join('\n');
}

const SCRIPTS: Readonly<Record<string, (words: readonly Completed[]) => string>> = { bash, zsh, fish };
