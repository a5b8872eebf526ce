import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Flags } from '../../src/cli/flag.ts';
import { COMMON_FLAGS } from '../../src/cli/common-flags.ts';
import { commands } from '../../src/cli/commands.ts';
import { VERSION } from '../../src/cli/version.ts';
import { builtProgram } from '../project.ts';
import { createSandbox, type Ended, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

const names = Object.keys(commands);
const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const lines = (text: string): readonly string[] => text.trimEnd().split('\n');

/** A Git repository with a remote beside it and a file to add. */
async function startRepository(): Promise<{ readonly sandbox: Sandbox; readonly root: string; run(...args: readonly string[]): Promise<Ended> }> {
  const sandbox = createSandbox('cli');
  const root = join(sandbox.folder, 'project');
  mkdirSync(join(root, 'sub'), { recursive: true });
  await sandbox.git(['init', '-q'], { cwd: root });
  const run = (...args: readonly string[]): Promise<Ended> => tow(sandbox, args, { cwd: root });
  for (const args of [['init', '-q'], ['remote', 'add', '-q', '-d', 'store', '../store']]) assert.equal((await run(...args)).status, 0);
  writeFileSync(join(root, 'foo'), 'foo\n');
  return { sandbox, root, run };
}

describe('tow without a command', () => {
  let at: Awaited<ReturnType<typeof startRepository>> | undefined;
  before(async () => { at = await startRepository(); });
  after(() => at?.sandbox.remove());

  it('says in three lines where one is, inside a repository and below its root', async () => {
    assert.ok(at);
    for (const cwd of [at.root, join(at.root, 'sub')]) {
      const ended = await tow(at.sandbox, [], { cwd });

      assert.deepEqual([ended.status, ended.stderr], [0, '']);
      assert.deepEqual(lines(ended.stdout).map((line) => line.split(/ {2,}/).slice(0, 2)).slice(0, 2), [['Repository', at.root], ['Remotes', 'store (default)']]);
      assert.equal(lines(ended.stdout).length, 3);
    }
    assert.match((await tow(at.sandbox, ['--cd', at.root])).stdout, /^Repository {2}/);
  });

  it('says in three lines how to begin, outside one', async () => {
    assert.ok(at);
    const ended = await tow(at.sandbox, []);

    assert.deepEqual([ended.status, lines(ended.stdout).length, ended.stderr], [0, 3, '']);
    assert.match(ended.stdout, /is in no DVC repository\.\n'tow init' makes one/);
  });

  it('says in one line what is wrong with a repository that cannot be opened', async () => {
    assert.ok(at);
    const broken = join(at.sandbox.folder, 'broken');
    mkdirSync(join(broken, '.dvc'), { recursive: true });
    writeFileSync(join(broken, '.dvc/config'), '[core\n');

    const ended = await tow(at.sandbox, [], { cwd: broken });

    assert.equal(ended.status, 251);
    assert.match(ended.stderr, /^ERROR: .*config/);
    assert.doesNotMatch(ended.stderr, /\n\s+at /);
  });
});

describe('the help', () => {
  const sandbox = createSandbox('help');
  after(() => sandbox.remove());

  it('lists every command with a line of its own, for --help, -h and help', async () => {
    const ended = await tow(sandbox, ['--help']);

    assert.deepEqual([ended.status, ended.stderr], [0, '']);
    for (const [name, { summary }] of Object.entries(commands)) assert.ok(lines(ended.stdout).some((line) => line.startsWith(`  ${name} `) && line.endsWith(` ${summary}`)), name);
    for (const word of ['-h', 'help']) assert.equal((await tow(sandbox, [word])).stdout, ended.stdout);
  });

  it('lists the commands of a group', async () => {
    for (const group of new Set(names.filter((name) => name.includes(' ')).map((name) => name.split(' ')[0] ?? ''))) {
      const ended = await tow(sandbox, [group, '--help']);

      assert.equal(ended.status, 0);
      for (const name of names.filter((one) => one.startsWith(`${group} `))) assert.match(ended.stdout, new RegExp(`^  ${name.slice(group.length + 1)} `, 'm'));
      if (!names.includes(group)) assert.equal((await tow(sandbox, [group])).status, 254);
    }
  });

  for (const [name, listed] of Object.entries(commands)) {
    it(`of '${name}' mentions every flag, and how it is used`, async () => {
      const command = await listed.load();
      const ended = await tow(sandbox, [...name.split(' '), '--help']);

      assert.deepEqual([ended.status, ended.stderr], [0, '']);
      assert.ok(ended.stdout.startsWith(`usage: tow ${name}`), ended.stdout);
      const flags: Flags = { ...command.flags, ...COMMON_FLAGS };
      for (const [key, { short, help }] of Object.entries(flags)) {
        assert.match(ended.stdout, new RegExp(`^ +${short === undefined ? '' : `-${short}, `}--${kebab(key)}\\b`, 'm'));
        assert.ok(ended.stdout.includes(help), `${key}: ${help}`);
      }
      for (const example of command.examples) assert.ok(ended.stdout.includes(example), example);
      assert.equal((await tow(sandbox, [...name.split(' '), '-h'])).stdout, ended.stdout);
    });
  }

  it('ends quietly when nobody reads on', async () => {
    const script = `"${process.execPath}" "${builtProgram}" --help | head -1; echo "\${PIPESTATUS[0]}"; "${process.execPath}" "${builtProgram}" remote modify --help | true`;
    const ended = await sandbox.run('bash', ['-c', script]);

    assert.match(ended.stdout, /^usage: tow .*\n(0|141)\n$/);
    assert.equal(ended.stderr, '');
  });

  it('and all else has no colour where NO_COLOR says so or nobody looks', async () => {
    for (const env of [{ NO_COLOR: '1', FORCE_COLOR: '' }, { NO_COLOR: '' }]) {
      const ended = [await tow(sandbox, ['--help'], { env }), await tow(sandbox, ['push', '--nope'], { env }), await tow(sandbox, ['push'], { env })];

      for (const { stdout, stderr } of ended) assert.equal((stdout + stderr).includes('\u001b'), false, stdout + stderr);
    }
  });
});

describe('what is typed wrongly', () => {
  let at: Awaited<ReturnType<typeof startRepository>> | undefined;
  before(async () => { at = await startRepository(); });
  after(() => at?.sandbox.remove());

  /** The words, the exit code, and what must be read on stderr. */
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['psuh'], 254, /Did you mean 'push'\?/],
    [['data', 'statsu'], 254, /Did you mean 'status'\?/],
    [['remote', 'modfy'], 254, /Did you mean 'modify'\?/],
    [['push', '--al-commits'], 254, /Did you mean '--all-commits'\?/],
    [['push', '-r', 'stroe'], 1, /Did you mean 'store'\?/],
    [['remote', 'test', 'stroe'], 251, /Did you mean 'store'\?/],
    [['remote', 'default', 'stroe'], 251, /Did you mean 'store'\?/],
    [['config', 'cahce.type', 'copy'], 251, /Did you mean 'cache'\?/],
    [['repro'], 254, /'repro' runs pipelines or experiments, which is DVC's work\nRun 'dvc repro'/],
    [['exp', 'run'], 254, /Run 'dvc exp'/],
    [['push', '-j', 'many'], 254, /invalid int value: 'many'/],
    [['add'], 254, /the following arguments are required: targets/],
    [['remote', 'rename', 'store'], 254, /required/],
    [['version', 'more'], 254, /unrecognized arguments: more/],
  ];
  for (const [args, status, says] of cases) {
    it(`'tow ${args.join(' ')}' ends with ${status} and what was meant`, async () => {
      assert.ok(at);
      const ended = await at.run(...args);

      assert.deepEqual([ended.status, lines(ended.stderr).length <= 3], [status, true], ended.stderr);
      assert.match(ended.stderr, says);
      if (status === 254 && names.some((name) => name === args.slice(0, name.split(' ').length).join(' '))) assert.match(ended.stdout, /^usage: tow /);
    });
  }

  it('outside a repository every command that needs one ends with 253', async () => {
    assert.ok(at);
    for (const words of ['add x', 'commit', 'remove x.dvc', 'checkout', 'status', 'data status', 'push', 'pull', 'fetch', 'remote test', 'root']) {
      const ended = await tow(at.sandbox, words.split(' '));

      assert.deepEqual([ended.status, ended.stdout], [253, ''], `${words}: ${ended.stderr}`);
      assert.match(ended.stderr, /^ERROR: you are not inside of a DVC repository/);
    }
  });

  it('in a config file ends with 251 and names file and line', async () => {
    assert.ok(at);
    const other = join(at.sandbox.folder, 'wrong');
    mkdirSync(join(other, '.dvc'), { recursive: true });
    writeFileSync(join(other, '.dvc/config'), '[core]\n    remote = store\n    autostage = perhaps\n');

    for (const words of ['push', 'status', 'remote test']) {
      const ended = await tow(at.sandbox, words.split(' '), { cwd: other });

      assert.equal(ended.status, 251, `${words}: ${ended.stderr}`);
      assert.match(ended.stderr, /\.dvc\/config:3/);
    }
  });
});

describe('what a command prints', () => {
  it('is nothing with -q, and nothing but JSON with --json', async () => {
    const { sandbox, root, run } = await startRepository();
    try {
      await sandbox.git(['commit', '-q', '-m', 'first'], { cwd: root });
      const all = [
        'add foo', 'commit', 'status', 'status -c', 'data status', 'push', 'fetch', 'pull', 'checkout', 'diff', 'gc -w -f', 'gc undo', 'remote add more ../more', 'remote copy store more', 'whereis foo.dvc', 'remote list', 'remote default', 'remote modify more verify true', 'remote rename more other',
        'remote default store', 'remote test store', 'remote verify store', 'remote du store', 'remote list-objects store', 'cache verify', 'cache migrate --dvc-files', 'remote remove other', 'config core.remote', 'config --list', 'config core.autostage true', 'root', 'cache dir', 'freeze foo.dvc', 'unfreeze foo.dvc', 'unprotect foo', 'move foo bar', 'move bar foo', 'check-ignore -d .git', 'install', 'git-hook pre-commit', 'git-hook pre-push', 'git-hook post-checkout a b 1', 'version', 'completion bash', 'remove foo.dvc',
        'import-url .dvcignore rules', 'update rules.dvc', 'get-url .dvcignore copied', 'list-url sub', 'ls-url sub', 'list .', 'ls .', 'du .', 'get . .dvcignore -o got', 'import . .dvcignore -o brought',
        `clearml upload .dvcignore file://${root}/up/.dvcignore`, `clearml ls file://${root}/up`, `clearml exists file://${root}/up/.dvcignore`, `clearml size file://${root}/up/.dvcignore`, `clearml download file://${root}/up/.dvcignore ${root}/down`,
        `clearml cache get file://${root}/up/.dvcignore`, 'clearml cache list', 'clearml cache clean', 'clearml cache limit 10', 'clearml cache dir', 'clearml config show', `clearml config check file://${root}/up`, `clearml rm file://${root}/up/.dvcignore`,
      ];
      all.push('state export sub.zip --from dir:sub', 'state inspect sub.zip', 'state import sub.zip --to dir:imported', `pod remote add disk file://${root}/pods`, 'pod remote list', 'pod save env disk --from dir:sub', 'pod list disk', 'pod versions env disk', 'pod inspect env disk', 'pod diff env env disk', 'pod load env disk --to dir:loaded --yes', 'pod delete env disk --yes', 'pod remote delete disk');
      const seen = new Set<string>(['init', 'demo', 'clearml cat', 'state reset', 'git-hook merge-driver', 'destroy', 'artifacts get', 'worker']);
      for (const words of all) {
        const ended = await run(...words.split(' '), '--json');

        assert.equal(ended.status, 0, `${words}: ${ended.stderr}`);
        assert.doesNotThrow(() => JSON.parse(ended.stdout) as unknown, `${words}: ${ended.stdout}`);
        seen.add(names.findLast((name) => words.startsWith(`${name} `) || words === name) ?? words);
      }
      assert.deepEqual(names.filter((name) => !seen.has(name)), [], 'every command is tried here; init and destroy below, the demo, artifacts and the merge driver have tests of their own, state reset needs a LocalStack, worker a queue (test/crash/workers.test.ts), and what clearml cat prints are the bytes');

      for (const words of ['add foo', 'push', 'push', 'pull', 'checkout', 'status']) assert.deepEqual(await run('-q', ...words.split(' ')), { status: 0, signal: null, stdout: '', stderr: '' }, words);
      mkdirSync(join(root, '../second'));
      for (const words of ['init --no-scm', 'destroy -f']) {
        const ended = await tow(sandbox, [...words.split(' '), '--json'], { cwd: join(root, '../second') });
        assert.doesNotThrow(() => JSON.parse(ended.stdout) as unknown, ended.stdout + ended.stderr);
      }
    } finally {
      sandbox.remove();
    }
  });

  it('of what fails is JSON, too, with the code to act on', async () => {
    const { sandbox, run } = await startRepository();
    try {
      for (const [words, code] of [['push -r nobody', 'INVALID_CONFIG'], ['add nothere', 'NOT_FOUND'], ['remote test nobody', 'INVALID_CONFIG']] as const) {
        const ended = await run(...words.split(' '), '--json');

        assert.notEqual(ended.status, 0);
        assert.equal((JSON.parse(ended.stdout) as { readonly error: { readonly code: string } }).error.code, code, words);
      }
    } finally {
      sandbox.remove();
    }
  });

  it('with --cd is what is printed there, whether it stands before or behind the command', async () => {
    const { sandbox, root } = await startRepository();
    try {
      for (const args of [['--cd', root, 'root'], ['root', '--cd', root], [`--cd=${root}`, 'root'], ['--cd', 'project', 'root']]) assert.equal((await tow(sandbox, args)).stdout, '.\n', args.join(' '));
      assert.equal((await tow(sandbox, ['--cd', 'project/sub', 'root'])).stdout, '..\n');
      const added = await tow(sandbox, ['--cd', 'project', 'add', 'foo']);
      assert.equal(added.status, 0, added.stderr);
      assert.ok(existsSync(join(root, 'foo.dvc')));
    } finally {
      sandbox.remove();
    }
  });

  it('for --version is the version alone', async () => {
    const sandbox = createSandbox('version');
    try {
      for (const word of ['--version', '-V']) assert.deepEqual(await tow(sandbox, [word]), { status: 0, signal: null, stdout: `${VERSION}\n`, stderr: '' });
    } finally {
      sandbox.remove();
    }
  });
});
