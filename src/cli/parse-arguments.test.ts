import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TowlineError } from '../errors.ts';
import { parseArguments } from './parse-arguments.ts';

const TABLE = {
  jobs: { type: 'integer', short: 'j', help: '' },
  remote: { type: 'string', short: 'r', help: '' },
  allBranches: { type: 'boolean', short: 'a', help: '' },
  allTags: { type: 'boolean', short: 'T', help: '' },
  runCache: { type: 'switch', help: '' },
  type: { type: 'string', choices: ['metrics', 'plots'], multiple: true, help: '' },
  untracked: { type: 'optional', choices: ['no', 'all'], help: '' },
  global: { type: 'boolean', group: 'level', help: '' },
  local: { type: 'boolean', short: 'l', group: 'level', help: '' },
  noUpdates: { type: 'boolean', help: '' },
} as const;
const parse = (line: string, positionals: readonly string[] = ['[targets...]']): ReturnType<typeof parseArguments<typeof TABLE>> => parseArguments(line === '' ? [] : line.split(' '), TABLE, positionals);

/** What is said of a line that cannot be read, and the hint. */
function complaint(line: string, positionals?: readonly string[]): string {
  try {
    parse(line, positionals);
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    assert.equal(error.context['usage'], true);
    return error.hint === undefined ? error.message : `${error.message} | ${error.hint}`;
  }
  throw new assert.AssertionError({ message: `'${line}' was read` });
}

test('nothing given is no flag set and nothing named', () => {
  const { flags, positionals } = parse('');

  assert.deepEqual(positionals, []);
  assert.deepEqual([flags.jobs, flags.remote, flags.allBranches, flags.runCache, flags.type, flags.untracked, flags.quiet, flags.verbose], [undefined, undefined, false, undefined, [], undefined, false, []]);
});

test('flags and names may be mixed, long or short, joined or apart', () => {
  for (const line of ['-j 4 x -r store y', 'x y --jobs=4 --remote store', '-j4 -rstore x y', '-j=4 x -r=store y', 'x --jobs 4 y --remote=store']) {
    const { flags, positionals } = parse(line);
    assert.deepEqual([flags.jobs, flags.remote, positionals], [4, 'store', ['x', 'y']], line);
  }
});

test('short flags may stand together', () => {
  const { flags } = parse('-aTvvq');

  assert.deepEqual([flags.allBranches, flags.allTags, flags.verbose.length, flags.quiet], [true, true, 2, true]);
});

test('a long flag may be shortened while it is clear which is meant', () => {
  assert.equal(parse('--rem=store').flags.remote, 'store');
  assert.equal(parse('--jo 3').flags.jobs, 3);
  assert.equal(parse('--no-up').flags.noUpdates, true);
  assert.equal(complaint('--all'), 'ambiguous option: --all could match --all-branches, --all-tags');
});

test('a switch can be said both ways, the last one counts', () => {
  assert.deepEqual(['--run-cache', '--no-run-cache', '--run-cache --no-run-c'].map((line) => parse(line).flags.runCache), [true, false, false]);
  assert.match(complaint('--no-global'), /^unrecognized arguments: --no-global/);
});

test('what stands behind -- is a name, whatever it looks like', () => {
  assert.deepEqual(parse('-a -- -T --jobs --').positionals, ['-T', '--jobs', '--']);
  assert.deepEqual(parse('-').positionals, ['-']);
});

test('a value that was forgotten is missed, and the next flag is not taken for it', () => {
  assert.equal(complaint('-r'), 'argument -r: expected one argument');
  assert.equal(complaint('--remote -j 4'), 'argument --remote: expected one argument');
  assert.equal(complaint('-r --json'), 'argument -r: expected one argument');
});

test('a negative number and a value behind = may begin with a dash', () => {
  assert.equal(parse('-j -1').flags.jobs, -1);
  assert.equal(parse('--remote=-odd').flags.remote, '-odd');
});

test('what is no number, and a value for a flag that takes none, are named', () => {
  assert.equal(complaint('-j many'), "argument -j: invalid int value: 'many'");
  assert.equal(complaint('--jobs=1.5'), "argument --jobs: invalid int value: '1.5'");
  assert.equal(complaint('--all-tags=yes'), "argument --all-tags: ignored explicit argument 'yes'");
});

test('choices are checked, gathered, and guessed at', () => {
  assert.deepEqual(parse('--type metrics --type=plots').flags.type, ['metrics', 'plots']);
  assert.equal(complaint('--type metric'), "argument --type: invalid choice: 'metric' (choose from 'metrics', 'plots') | Did you mean 'metrics'?");
});

test('an optional value stands behind = or is one of the choices in the next word', () => {
  assert.deepEqual(['--untracked', '--untracked=no', '--untracked all', '--untr no'].map((line) => parse(line).flags.untracked), ['', 'no', 'all', 'no']);
  const { flags, positionals } = parse('--untracked data');
  assert.deepEqual([flags.untracked, positionals], ['', ['data']]);
  assert.match(complaint('--untracked=data'), /invalid choice: 'data'/);
});

test('flags of a group exclude each other, one given twice does not exclude itself', () => {
  assert.equal(complaint('--global --local'), 'argument --local: not allowed with argument --global');
  assert.equal(complaint('-l --global'), 'argument --global: not allowed with argument -l');
  assert.equal(parse('--local -l').flags.local, true);
});

test('an unknown flag is named, with the one that was probably meant', () => {
  assert.equal(complaint('--remot3'), "unrecognized arguments: --remot3 | Did you mean '--remote'?");
  assert.equal(complaint('-z'), 'unrecognized arguments: -z');
});

test('names are counted', () => {
  assert.equal(complaint('', ['name', 'url']), 'the following arguments are required: name, url');
  assert.equal(complaint('x', ['name', 'url']), 'the following arguments are required: url');
  assert.equal(complaint('', ['targets...']), 'the following arguments are required: targets');
  assert.equal(complaint('x y z', ['name', '[url]']), 'unrecognized arguments: z');
  assert.equal(complaint('x', []), 'unrecognized arguments: x');
});

test('who asks for help is not told what is missing', () => {
  assert.equal(parse('--help', ['name', 'url']).flags.help, true);
});
