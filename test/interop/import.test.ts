import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import type { Ended } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import { erase, files, mode, write } from './changes.ts';
import type { Twins } from './twins.ts';
import { twinTests } from './twins.ts';

const DATA = { '../other/data/a': '1\n', '../other/data/sub/b': '2\n', '../other/model': 'model\n' };
const PLAIN = { '../other/code.py': 'print()\n', '../other/plain/x': 'x\n', '../other/plain/deep/y': 'y\n' };

/** Makes another repository beside that of each twin: with DVC's data on a remote given by a relative path, and files of Git. */
async function makeOther(twins: Twins, dvc: (twin: Twins['dvc'], args: readonly string[]) => Promise<{ readonly status: number | null; readonly stderr: string }>): Promise<void> {
  twins.change(files({ ...DATA, ...PLAIN }), mode('../other/code.py', 0o755));
  for (const twin of [twins.dvc, twins.tow]) {
    const root = join(twin.sandbox.folder, 'other');
    const git = async (...args: readonly string[]): Promise<void> => void (await twin.sandbox.git(args, { cwd: root, env: DATE }));
    await git('init', '-q', '-b', 'main');
    const other = { ...twin, root };
    for (const args of [['init', '-q'], ['remote', 'add', '-q', '-d', 'store', '../store'], ['add', '-q', 'data', 'model'], ['push', '-q']]) {
      const ended = await dvc(other, args);
      assert.equal(ended.status, 0, ended.stderr);
    }
    await git('add', '-A');
    await git('commit', '-q', '-m', 'first');
    await git('tag', 'v1');
  }
}

describe('other repositories beside DVC', { skip: whyMissing('dvc') ?? false }, () => {
  const { both, dvc } = twinTests();

  both('import of what DVC and what Git tracks', async (twins) => {
    await makeOther(twins, dvc);
    await twins.run(['import', '../other', 'data']);
    await twins.run(['import', '../other', 'model', '-o', 'named', '--rev', 'v1']);
    await twins.run(['import', '../other', 'data/sub/b']);
    await twins.run(['import', '../other', 'code.py']);
    await twins.run(['import', '../other', 'plain']);
    await twins.run(['import', '../other', 'data', '-o', 'later', '--no-download']);
    await twins.run(['import', '../other', 'data', '-o', 'never', '--no-exec']);
    await twins.run(['import', '../other', 'model', '-o', 'by', '--remote', 'store']);
    await twins.agree();
    await twins.refuse(['import', '../other', 'model', '-o', 'named']);
    await twins.refuse(['import', '../other', 'model.dvc', '-o', 'x']);
    await twins.run(['status']);
  });

  both('update follows the other repository, and a clone fetches from it', async (twins) => {
    await makeOther(twins, dvc);
    await twins.run(['import', '../other', 'data']);
    await twins.run(['import', '../other', 'code.py', '--rev', 'v1']);
    await twins.run(['import', '../other', 'data', '-o', 'later', '--no-download']);
    await twins.run(['import', '../other', 'plain', '--rev', 'main']);
    await twins.run(['update', 'data.dvc']);
    twins.change(write('../other/code.py', 'more()\n'), write('../other/plain/z', 'z\n'));
    await inOther(twins, [['add', '-A'], ['commit', '-q', '-m', 'second']]);
    await twins.run(['status', 'data.dvc', 'code.py.dvc']);
    await twins.run(['status', '--no-updates']);
    await twins.run(['update', 'data.dvc']);
    await twins.run(['update', 'code.py.dvc']);
    await twins.run(['update', 'plain.dvc']);
    await twins.run(['update', 'code.py.dvc', '--rev', 'main']);
    await twins.agree();
    twins.change(erase('.dvc/cache'), erase('data'), erase('plain'));
    await twins.run(['pull']);
    // DVC keeps listings of its own in the cache meanwhile.
    twins.change(erase('.dvc/cache'));
    await twins.agree();
  });

  both('get and list', async (twins) => {
    await makeOther(twins, dvc);
    await twins.run(['get', '../other', 'data']);
    await twins.run(['get', '../other', 'model', '-o', 'named']);
    await twins.run(['get', '../other', 'data/sub/b', '--rev', 'v1']);
    await twins.run(['get', '../other', 'code.py']);
    await twins.run(['get', '../other', '.', '-o', 'all']);
    await twins.run(['get', '../other', 'model', '--show-url']);
    await twins.run(['get', '../other', 'data', '--show-url']);
    await twins.refuse(['get', '../other', 'model', '-o', 'named']);
    await twins.refuse(['get', '../other', 'model', '-o', 'x', '--rev', 'nope']);
    await twins.run(['get', '../other', 'model', '-f', '-o', 'named']);
    await twins.agree();
    const shapes = [[], ['-R', '--dvc-only'], ['-R', '-L', '2'], ['-T'], ['data', '--show-hash'], ['--rev', 'v1', '-R'], ['plain', '-R', '--size', '--show-hash']];
    for (const shape of shapes) await twins.run(['list', '../other', ...shape]);
    for (const shape of [['-R'], ['model']]) {
      const [ours, theirs] = await twins.data(['list', '../other', ...shape, '--json']);
      assert.deepEqual(ours, theirs, shape.join(' '));
    }
    await twins.refuse(['list', '../other', 'nothing']);
    await twins.refuse(['list', '../other', '--rev', 'nope']);
  });

  both('artifacts get, by versions and stages', async (twins) => {
    await makeOther(twins, dvc);
    twins.change(write('../other/dvc.yaml', 'artifacts:\n  best:\n    path: model\n    type: model\n  all:\n    path: data\n'), write('../other/sub/dvc.yaml', 'artifacts:\n  code:\n    path: ../code.py\n'));
    await inOther(twins, [['add', '-A'], ['commit', '-q', '-m', 'artifacts'], ['tag', '-a', 'best@v1.2.0', '-m', '1'], ['tag', '-a', 'best@v1.10.0', '-m', '2'], ['tag', '-a', 'best#prod#1', '-m', '3'], ['tag', '-a', 'all@v0.1.0', '-m', '4']]);
    await twins.run(['artifacts', 'get', '../other', 'best', '--stage', 'prod', '-o', 'prod']);
    await twins.agree();
    // DVC takes seven seconds for each.
    const ours = async (...args: readonly string[]): Promise<Ended> => await tow(twins.tow.sandbox, ['artifacts', 'get', '../other', ...args], { cwd: twins.tow.root });
    assert.equal((await ours('best')).stdout, "Downloaded 1 file(s) to 'model'\n");
    assert.equal((await ours('best', '--rev', 'v1.2.0', '-o', 'old')).status, 0);
    assert.equal((await ours('all', '-o', 'all')).stdout, "Downloaded 2 file(s) to 'all'\n");
    assert.equal(twins.tow.read('all/sub/b'), '2\n');
    const absent = await ours('none');
    assert.deepEqual([absent.status, /Unable to find artifact 'none'/.test(absent.stderr)], [1, true], absent.stderr);
  });

  both('what DVC does not manage: a clone of a repository whose remote lies beside it, and data that was imported from elsewhere', async (twins) => {
    await makeOther(twins, dvc);
    const { sandbox, root } = twins.tow;
    const url = `file://${sandbox.folder}/other`;
    const ours = async (args: readonly string[], cwd = root): Promise<Ended> => {
      const ended = await tow(sandbox, args, { cwd });
      assert.equal(ended.status, 0, ended.stdout + ended.stderr);
      return ended;
    };
    await ours(['get', url, 'data/a']);
    assert.equal(twins.tow.read('a'), '1\n');
    assert.match((await ours(['list', url, 'data', '--size'])).stdout, /a\n.*sub/);
    await ours(['import', url, 'data', '-o', 'far']);
    assert.equal(twins.tow.read('far/sub/b'), '2\n');

    // A third repository imports from this one, which has what it imported on no remote and, after that, not even in its cache.
    await sandbox.git(['add', '-A'], { cwd: root });
    await sandbox.git(['commit', '-q', '-m', 'imports'], { cwd: root });
    const third = join(sandbox.folder, 'third');
    mkdirSync(third);
    await sandbox.git(['init', '-q'], { cwd: third });
    await ours(['init', '-q'], third);
    rmSync(join(root, '.dvc/cache'), { recursive: true });
    await ours(['import', '../project', 'far/sub'], third);
    assert.equal(readFileSync(join(third, 'sub/b'), 'utf8'), '2\n');
    await ours(['get', `file://${root}`, 'far', '-o', 'got'], third);
    assert.equal(readFileSync(join(third, 'got/a'), 'utf8'), '1\n');
    rmSync(join(third, '.dvc/cache'), { recursive: true });
    rmSync(join(third, 'sub'), { recursive: true });
    await ours(['pull'], third);
    assert.equal(readFileSync(join(third, 'sub/b'), 'utf8'), '2\n');
  });

  both('a repository below another, one without Git, and changes that are saved nowhere', async (twins) => {
    const { sandbox, root } = twins.tow;
    const mono = join(sandbox.folder, 'mono');
    const ours = async (args: readonly string[], cwd = root): Promise<Ended> => await tow(sandbox, args, { cwd });
    mkdirSync(join(mono, 'part'), { recursive: true });
    writeFileSync(join(mono, 'part/model'), 'model\n');
    await sandbox.git(['init', '-q'], { cwd: mono });
    for (const args of [['init', '-q', '--subdir'], ['add', '-q', 'model'], ['remote', 'add', '-q', '-d', 's', '../../parts'], ['push', '-q']]) assert.equal((await ours(args, join(mono, 'part'))).status, 0);
    await sandbox.git(['add', '-A'], { cwd: mono });
    await sandbox.git(['commit', '-q', '-m', 'first'], { cwd: mono });
    for (const [url, path] of [[mono, 'part/model'], [join(mono, 'part'), 'model'], [`file://${mono}`, 'part/model']] as const) {
      const ended = await ours(['import', '-f', url, path, '-o', 'model']);
      assert.equal(ended.status, 0, ended.stderr);
      assert.equal(twins.tow.read('model'), 'model\n');
    }

    const bare = join(sandbox.folder, 'bare');
    mkdirSync(bare);
    writeFileSync(join(bare, 'x'), 'x\n');
    for (const args of [['init', '-q', '--no-scm'], ['add', '-q', 'x']]) assert.equal((await ours(args, bare)).status, 0);
    assert.equal((await ours(['get', bare, 'x'])).status, 0);
    const refused = await ours(['import', bare, 'x', '-o', 'y']);
    assert.deepEqual([refused.status, refused.stderr.includes('is in no Git repository')], [1, true], refused.stderr);

    twins.change(write('model', 'mine\n'));
    await sandbox.git(['commit', '-q', '--allow-empty', '-m', 'second'], { cwd: mono });
    const kept = await ours(['update', 'model.dvc']);
    assert.equal(kept.status, 1);
    assert.match(kept.stderr, /Can't remove the following unsaved files/);
    assert.equal(twins.tow.read('model'), 'mine\n');
    assert.equal((await ours(['update', '--force', 'model.dvc'])).status, 0);
    assert.equal(twins.tow.read('model'), 'model\n');

    for (const [args, status, says] of [
      [['get', '../none', 'x', '-o', 'z'], 1, /^ERROR: failed to get 'x' from '\.\.\/none' - SCM error: Failed to clone repo/],
      [['get', mono, 'part/none'], 255, /No such file or directory/],
      [['get', mono, 'part/model', '--rev', 'none', '-o', 'z'], 1, /unknown Git revision 'none'/],
      [['import', 'ext::sh -c true', 'x', '-o', 'z'], 1, /would have Git run a program/],
      [['get', 'https://ann:secret@127.0.0.1:9/x.git', 'x', '-o', 'z'], 1, /Failed to clone/],
    ] as const) {
      const ended = await ours(args);
      assert.equal(ended.status, status, ended.stderr);
      assert.match(ended.stderr, says);
      assert.doesNotMatch(ended.stderr, /secret/);
    }
  });
});

async function inOther(twins: Twins, calls: readonly (readonly string[])[]): Promise<void> {
  for (const { sandbox } of [twins.dvc, twins.tow]) for (const call of calls) await sandbox.git(call, { cwd: join(sandbox.folder, 'other'), env: DATE });
}
const DATE = { GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' };

describe('which storage another repository has its data on', { skip: whyMissing('dvc') ?? false }, () => {
  const { both, dvc } = twinTests();

  // The data is where the settings of the other repository do not look for it.
  both('import --config, --remote and --remote-config find it, and are noted, as in DVC', async (twins) => {
    await makeOther(twins, dvc);
    for (const { sandbox } of [twins.dvc, twins.tow]) renameSync(join(sandbox.folder, 'store'), join(sandbox.folder, 'moved'));
    twins.change(write('extra.conf', "[core]\n    remote = second\n['remote \"second\"']\n    url = ../moved\n"));
    const ways: readonly (readonly [string, readonly string[]])[] = [
      ['config', ['--config', 'extra.conf']],
      ['merged', ['--remote-config', 'url=../moved']],
      ['named', ['--remote', 'store', '--remote-config', 'url=../moved']],
      ['both', ['--config', 'extra.conf', '--remote', 'second']],
    ];
    for (const [out, flags] of ways) await twins.run(['import', '../other', 'data', '-o', out, ...flags]);
    for (const [out, flags] of ways.slice(1, 3)) await twins.run(['import', '../other', 'model', '-o', `later-${out}`, '--no-download', ...flags]);
    for (const [out, flags] of ways.slice(0, 1)) await twins.run(['import', '../other', 'model', '-o', `never-${out}`, '--no-exec', ...flags]);
    await twins.agree();
    for (const twin of [twins.dvc, twins.tow]) for (const [out] of ways) rmSync(join(twin.root, out), { recursive: true });
    twins.change(erase('.dvc/cache'));
    await twins.run(['pull', ...ways.map(([out]) => out)]);
    for (const [out] of ways) for (const twin of [twins.dvc, twins.tow]) assert.equal(twin.read(`${out}/sub/b`), '2\n');
  });
});
