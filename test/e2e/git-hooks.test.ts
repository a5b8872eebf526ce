import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { builtProgram } from '../project.ts';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

describe('a repository with hooks', () => {
  for (const below of ['', 'project']) {
    it(`merges two branches of a directory, and brings and sends the data with Git${below === '' ? '' : ', also in a folder below'}`, async () => {
      const sandbox = createSandbox('hooks');
      try {
        const { root, git, run } = await hooked(sandbox, below);
        for (const [branch, name] of [['left', 'l'], ['right', 'r']] as const) {
          await git('checkout', '-q', '-b', branch, 'main');
          writeFileSync(join(root, `data/${name}`), name);
          await run('add', 'data');
          assert.match((await git('commit', '-aqm', branch)).stderr, /Data and pipelines are up to date/);
        }
        await git('merge', '-q', '--no-edit', 'left');
        await git('checkout', '-q', 'main');
        assert.deepEqual(['l', 'r'].map((name) => existsSync(join(root, `data/${name}`))), [false, false]);
        await git('checkout', '-q', 'right');
        assert.deepEqual(['base', 'l', 'r'].map((name) => readFileSync(join(root, `data/${name}`), 'utf8')), ['base', 'l', 'r']);
        await git('push', '-q', 'origin', 'right');
        rmSync(join(root, '.dvc/cache'), { recursive: true });
        assert.equal((await run('fetch')).status, 0, 'the push of Git took the data along');
      } finally {
        sandbox.remove();
      }
    });
  }
});

/** A repository in `below`, with a commit of a directory, hooks and a place to push to; `tow` is what the hooks find under that name. */
async function hooked(sandbox: Sandbox, below: string): Promise<{ readonly root: string; readonly git: (...args: string[]) => ReturnType<Sandbox['run']>; readonly run: (...args: string[]) => ReturnType<Sandbox['run']> }> {
  const [top, programs] = [join(sandbox.folder, 'repo'), join(sandbox.folder, 'programs')];
  const root = join(top, below);
  for (const path of [root, join(root, 'data'), programs]) mkdirSync(path, { recursive: true });
  writeFileSync(join(programs, 'tow'), `#!/bin/sh\nexec '${process.execPath}' '${builtProgram}' "$@"\n`);
  chmodSync(join(programs, 'tow'), 0o755);
  const env = { PATH: `${programs}:${sandbox.env['PATH'] ?? ''}` };
  const expectSuccess = async (ended: ReturnType<Sandbox['run']>, words: readonly string[]): ReturnType<Sandbox['run']> => {
    const { status, stderr } = await ended;
    assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
    return ended;
  };
  const git = (...args: string[]): ReturnType<Sandbox['run']> => expectSuccess(sandbox.run('git', args, { cwd: top, env }), args);
  const run = (...args: string[]): ReturnType<Sandbox['run']> => expectSuccess(tow(sandbox, args, { cwd: root, env }), args);
  await sandbox.git(['init', '-q', '--bare', 'origin.git']);
  await git('init', '-q');
  await git('remote', 'add', 'origin', join(sandbox.folder, 'origin.git'));
  await run('init', ...(below === '' ? [] : ['--subdir']));
  await run('remote', 'add', '-d', 'store', join(sandbox.folder, 'store'));
  writeFileSync(join(root, 'data/base'), 'base');
  writeFileSync(join(root, '.gitattributes'), '*.dvc merge=dvc\n');
  await run('add', 'data');
  await git('add', '.');
  await git('commit', '-qm', 'base');
  await run('install');
  return { root, git, run };
}
