import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../../src/cli/command.ts';
import { COMMON_FLAGS } from '../../src/cli/common-flags.ts';
import { commands, PIPELINE_COMMANDS, withoutAlias } from '../../src/cli/commands.ts';
import type { Flag } from '../../src/cli/flag.ts';
import { kebab } from '../../src/cli/parse-arguments.ts';
import { projectFolder } from '../project.ts';
import type { Differing } from './corpus/compare.ts';
import { states } from './corpus/states.ts';
import { commandRows, differenceRows, stateLines } from './corpus/summary.ts';

export const COMPATIBILITY_PAGE = 'docs/compatibility.md';

/** A command of DVC as its own parser describes it; the last word of a flag says whether it takes a value. */
interface Theirs { readonly alias?: string; readonly flags?: readonly (readonly string[])[]; readonly positionals?: readonly string[] }

/** Why a command of DVC is not here. */
const ABSENT: Readonly<Record<string, string>> = {
  'import-db': "takes a snapshot of a database by SQLAlchemy, a library of Python that DVC does not bring either: no storage is in it. What it made is pushed and pulled like all data",
  'test-db': 'asks a database, as `import-db` does',
  'daemon updater': 'asks for new versions and reports usage: Towline does neither',
  'daemon analytics': 'asks for new versions and reports usage: Towline does neither',
  'dataset add': 'datasets belong to pipelines', 'dataset update': 'datasets belong to pipelines', ds: 'datasets belong to pipelines',
};
/** Flags that only Towline has, with their reason. */
const MORE: Readonly<Record<string, string>> = {
  'gc --grace': 'what was just pushed stays', 'gc --no-undo': 'frees the space at once', 'gc --give-up': 'names the directory whose listing is lost', 'pull --glob': 'as push and fetch have it',
  'git-hook merge-driver --path': 'finds the repository also below the top of Git', 'remote add --from-clearml': 'login and options of clearml.conf',
  'push --dry': 'counts what a push would send', 'update --force': 'replaces unsaved data, which is refused else', 'check-ignore --all': 'hidden in DVC',
};
/** Those of several commands. */
const MORE_OF_MANY: Readonly<Record<string, string>> = { '--limit-rate': 'bytes a second', '--shard': 'a share of the work, for several machines', '--workers': 'workers send the objects' };
const reasonFor = (name: string, word: string): string | undefined => MORE[`${name} ${word}`] ?? MORE_OF_MANY[word];

export const theirs = (): Readonly<Record<string, Theirs>> => JSON.parse(readFileSync(join(projectFolder, 'test/golden/dvc-3.67.1/flags.json'), 'utf8')) as Readonly<Record<string, Theirs>>;

/** One command of DVC beside ours. `lacks`: what differs without a reason. */
export interface Compared { readonly name: string; readonly status: string; readonly more: readonly string[]; readonly lacks: readonly string[] }

export async function compareCommands(): Promise<readonly Compared[]> {
  return Promise.all(Object.entries(theirs()).map(async ([name, row]): Promise<Compared> => {
    const ours = withoutAlias(name.split(' ')).join(' ');
    const listed = commands[ours];
    if (row.alias !== undefined && listed) return { name, status: `the same as \`${row.alias}\``, more: [], lacks: [] };
    if (!listed) return absent(name);
    return compareFlags(name, row, await listed.load());
  }));
}

function absent(name: string): Compared {
  const [first = ''] = name.split(' ');
  const reason = ABSENT[name] ?? (PIPELINE_COMMANDS.has(first) ? 'runs pipelines or experiments, which is DVC\'s work' : undefined);
  return { name, status: reason ?? '', more: [], lacks: reason === undefined ? ['the command'] : [] };
}

function compareFlags(name: string, { flags = [], positionals = [] }: Theirs, command: Command): Compared {
  const own = new Map(Object.entries({ ...command.flags, ...COMMON_FLAGS } as Readonly<Record<string, Flag>>).flatMap(([key, flag]) => spellings(key, flag).map((word) => [word, flag] as const)));
  const lacks = flags.flatMap((words) => words.slice(0, -1).flatMap((word): readonly string[] => {
    const flag = own.get(word);
    if (!flag) return [word];
    const isSwitch = flag.type === 'boolean' || flag.type === 'switch';
    return (words.at(-1) === '') === isSwitch ? [] : [`${word} takes another value`];
  }));
  const known = new Set(flags.flat());
  const more = Object.keys(command.flags).map((key) => `--${kebab(key)}`).filter((word) => !known.has(word));
  const unexplained = more.filter((word) => reasonFor(name, word) === undefined).map((word) => `${word} is ours alone, without a reason`);
  const places = command.positionals.map((one) => (one.includes('...') ? (one.startsWith('[') ? '*' : '+') : one.startsWith('[') ? '?' : '')).join(',');
  const wanted = positionals.map((one) => /[*+?]$/.exec(one)?.[0] ?? '').join(',');
  return { name, status: flags.length === 0 ? 'the same' : `the same, with ${flags.map((words) => words.slice(0, -1).join(' ')).map((one) => `\`${one}\``).join(', ')}`, more, lacks: [...lacks, ...unexplained, ...(places === wanted || name === 'completion' ? [] : [`takes ${places}, not ${wanted}`])] };
}

const spellings = (key: string, { type, short }: Flag): readonly string[] => [`--${kebab(key)}`, ...(type === 'switch' ? [`--no-${kebab(key)}`] : []), ...(short === undefined ? [] : [`-${short}`])];

/** `found`: where our answers in the states of the corpus are not those of DVC. */
export async function compatibilityPage(found: readonly Differing[]): Promise<string> {
  const rows = (await compareCommands()).map(({ name, status, more }) => `| \`${name}\` | ${status} | ${more.map((word) => `\`${word}\`: ${reasonFor(name, word) ?? ''}`).join('; ')} |`);
  return [
    '# Commands and flags of DVC 3.67.1', '',
    'Made by `node dist/test/interop/write-compatibility.js` from what DVC\'s own parser knows and the tables of our commands; a test compares them. `-h`, `-q`, `-v` and `--cd` are everywhere, and every command of ours has `--json`.',
    'That flags, output, exit codes and resulting files agree is tested by running both programs on the same repositories (`test/interop`); where they differ on purpose: [coming from DVC](guide/dvc-users.md).', '',
    '| DVC | here | more here |', '|---|---|---|', ...rows, '',
    '# The same questions to both programs', '',
    `In ${states.length} repositories and states both programs were told the same, each on a copy of its own: exit code, lines on stdout (\`--json\` as data; without their order, which DVC has none of) and all files, of the workspace, the cache, the remotes and Git's index, have to be equal.`,
    "What DVC 3.67.1 answered is kept in `test/golden/dvc-3.67.1/corpus`; our program answers at every test run, some of the states beside the running DVC. Usage texts (exit code 254) and what stands on stderr are worded by each program in its own way.", '',
    '| command | asked | equal | different on purpose |', '|---|---|---|---|', ...commandRows(states, found), '',
    'Different on purpose:', '', '| command | in | why | times |', '|---|---|---|---|', ...differenceRows(found), '',
    `The states: ${stateLines(states)}.`, '',
  ].join('\n');
}
