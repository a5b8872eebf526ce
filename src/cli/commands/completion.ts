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
      shell: { type: 'string', short: 's', value: 'shell', choices: ['bash', 'zsh', 'fish'], help: 'the shell to complete for' },
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

/** The words that may follow a group; without one, those a command line may begin with. */
function nextWords(words: readonly Completed[], group = ''): readonly string[] {
  const start = group === '' ? '' : `${group} `;
  return [...new Set(words.flatMap(({ name }) => (name.startsWith(start) ? [name.slice(start.length).split(' ')[0] ?? ''] : [])))];
}

/** 'remote', 'clearml', 'clearml cache': every beginning of a command of several words. */
function groupsOf(words: readonly Completed[]): readonly string[] {
  return [...new Set(words.flatMap(({ name }) => name.split(' ').slice(1).map((_word, at) => name.split(' ').slice(0, at + 1).join(' '))))];
}

/** What is offered behind so many words. */
function bashCase(words: readonly Completed[], length: number): readonly string[] {
  const typed = ['$first', '$second', '$third'].slice(0, length).join(' ');
  const isLong = ({ length: count }: readonly string[]): boolean => count === length;
  return [
    `  if [ -z "$words" ]; then case "${typed}" in`,
    ...words.filter(({ name }) => isLong(name.split(' '))).map(({ name, flags }) => `    "${name}") words="${flags.join(' ')}" ;;`),
    ...groupsOf(words).filter((group) => isLong(group.split(' '))).map((group) => `    "${group}") COMPREPLY=($(compgen -W "${nextWords(words, group).join(' ')}" -- "$word")); return ;;`),
    '  esac; fi',
  ];
}

function bash(words: readonly Completed[]): string {
  return [
    '_tow() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" first="${COMP_WORDS[1]}" second="${COMP_WORDS[2]}" third="${COMP_WORDS[3]}" words=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${nextWords(words).join(' ')} --help --version" -- "$word")); return`,
    '  fi',
    ...[3, 2, 1].flatMap((length) => bashCase(words, length)),
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
  const offer = (name: string, summary: string): string => {
    const [word = '', before] = name.split(' ').toReversed();
    return `complete -c tow -n ${before === undefined ? '__fish_use_subcommand' : `'__fish_seen_subcommand_from ${before}'`} -a ${word} -d ${quote(summary)}`;
  };
  const lines = words.flatMap(({ name, summary, flags }) =>
    [offer(name, summary), ...flags.filter((flag) => flag.startsWith('--')).map((flag) => `complete -c tow -n '__fish_seen_subcommand_from ${name.split(' ').at(-1) ?? ''}' -l ${flag.slice(2)}`)]);
  const groups = groupsOf(words).map((group) => offer(group, nextWords(words, group).join(', ')));
  return [...new Set([...groups, ...lines])].join('\n');
}

const SCRIPTS: Readonly<Record<string, (words: readonly Completed[]) => string>> = { bash, zsh, fish };
