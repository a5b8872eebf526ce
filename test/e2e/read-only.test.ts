import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { STRANGER, whyNoStranger } from '../locked-out.ts';
import { builtProgram } from '../project.ts';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

describe('a repository that may only be read', { skip: whyNoStranger(dirname(builtProgram), dirname(process.execPath)) ?? false }, () => {
  let sandbox: Sandbox;
  let folder: string;
  before(async () => {
    sandbox = createSandbox('read-only');
    folder = join(sandbox.folder, 'repo');
    for (const path of [sandbox.folder, dirname(sandbox.folder)]) chmodSync(path, 0o755);
    await sandbox.git(['init', '-q', folder]);
    const own = async (...args: readonly string[]): Promise<void> => { assert.equal((await tow(sandbox, args, { cwd: folder })).status, 0); };
    await own('init', '-q');
    mkdirSync(join(folder, 'data'));
    for (const name of ['a', 'b']) writeFileSync(join(folder, 'data', name), name);
    await own('add', '-q', 'data');
    await own('remote', 'add', '-q', '-d', 'store', join(sandbox.folder, 'store'));
    await own('push', '-q');
    await sandbox.git(['add', '-A'], { cwd: folder });
    await sandbox.git(['commit', '-qm', 'data'], { cwd: folder });
    writeFileSync(join(folder, 'data/b'), 'changed');
    rmSync(join(folder, '.dvc/tmp'), { recursive: true });
    execFileSync('chmod', ['-R', 'a-w,a+rX', sandbox.folder]);
  });
  after(() => {
    execFileSync('chmod', ['-R', 'u+w', sandbox.folder]);
    sandbox.remove();
  });

  /** As somebody whom it does not belong to. */
  function stranger(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
    const env = { PATH: process.env['PATH'], HOME: join(sandbox.folder, 'absent'), GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };
    return spawnSync(process.execPath, [builtProgram, ...args], { cwd: folder, encoding: 'utf8', env, ...(process.geteuid?.() === 0 && { uid: STRANGER, gid: STRANGER }) });
  }

  for (const [args, shown] of [
    [['status'], /changed outs:\n\t\tmodified: +data\n/], [['data', 'status', '--granular'], /modified: data\/b\n/], [['diff'], /Modified:\n {4}data\/\n {4}data\/b\n/],
    [['status', '-c'], /^Cache and remote 'store' are in sync\.\n$/], [['whereis', 'data'], /store {2}all/], [['list', '.', '-R', '--dvc-only'], /^data\/a\ndata\/b\n$/],
  ] as const) {
    it(`is good for ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = stranger(...args);

      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, shown);
    });
  }

  it('is not for what changes it, and nothing is half done', () => {
    for (const args of [['add', 'data'], ['checkout', '--force'], ['pull'], ['gc', '-w', '-f']]) {
      const { status, stderr } = stranger(...args);

      assert.notEqual(status, 0, args.join(' '));
      assert.match(stderr, /cannot make the folder '[^']*\/\.dvc\/tmp': permission denied\nCheck the owner/);
    }
    assert.match(stranger('status').stdout, /modified: +data\n/);
  });
});
