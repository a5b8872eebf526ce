import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { commands } from '../../src/cli/commands.ts';
import { createSandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

describe('completion', () => {
  const sandbox = createSandbox('completion');
  after(() => sandbox.remove());
  const script = async (shell: string): Promise<string> => {
    const ended = await tow(sandbox, ['completion', shell]);
    assert.deepEqual([ended.status, ended.stderr], [0, '']);
    return ended.stdout;
  };
  before(async () => writeFileSync(join(sandbox.folder, 'tow.bash'), await script('bash')));

  /** What bash offers after these words; the last one is being typed. */
  const offered = async (...words: readonly string[]): Promise<readonly string[]> => {
    const quoted = ['tow', ...words].map((word) => `'${word}'`).join(' ');
    const ended = await sandbox.run('bash', ['--norc', '-c', `source ./tow.bash && COMP_WORDS=(${quoted}) COMP_CWORD=${words.length}; _tow; printf '%s\\n' "\${COMPREPLY[@]}"`]);
    assert.deepEqual([ended.status, ended.stderr], [0, '']);
    return ended.stdout.split('\n').filter((word) => word !== '');
  };

  it('is a script that bash can read, and zsh by its bridge', async () => {
    assert.deepEqual(await sandbox.run('bash', ['-n', 'tow.bash']), { status: 0, signal: null, stdout: '', stderr: '' });
    assert.match(await script('zsh'), /^#compdef tow\n/);
  });

  it('offers the commands, those of a group, and the flags of each in bash', async () => {
    assert.deepEqual((await offered('pu')).toSorted(), ['pull', 'push']);
    for (const first of new Set(Object.keys(commands).map((name) => name.split(' ')[0] ?? ''))) assert.ok((await offered(first)).includes(first), first);
    assert.deepEqual(await offered('remote', 'mod'), ['modify']);
    assert.deepEqual(await offered('data', ''), ['status']);
    assert.deepEqual(await offered('push', '--all-c'), ['--all-commits']);
    assert.deepEqual(await offered('remote', 'add', '--de'), ['--default']);
    assert.ok((await offered('fetch', '-')).includes('--run-cache'));
  });

  it('offers files where a command takes targets', async () => {
    writeFileSync(join(sandbox.folder, 'a file.csv'), '');

    assert.deepEqual(await offered('add', 'a f'), ['a file.csv']);
  });

  it('is, in fish, one well-formed line for each command and flag', async () => {
    const lines = (await script('fish')).trimEnd().split('\n');

    for (const line of lines) assert.match(line, /^complete -c tow (?:-n (?:\w+|'[^']+') )(?:-a [\w-]+ -d '(?:[^'\\]|\\.)+'|-l [\w-]+)$/);
    for (const group of ['remote', 'data']) assert.ok(lines.some((line) => line.startsWith(`complete -c tow -n __fish_use_subcommand -a ${group} `)), group);
    for (const [name, { summary }] of Object.entries(commands)) {
      const word = name.split(' ').at(-1) ?? '';
      assert.ok(lines.some((line) => line.includes(` -a ${word} -d '${summary.replaceAll("'", "\\'")}'`)), name);
    }
  });
});
