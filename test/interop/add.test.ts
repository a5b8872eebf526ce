import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import { append, edit, erase, files, folder, link, mode, write } from './changes.ts';
import { snapshot, type Snapshot } from './snapshot.ts';
import { twinTests, type Twin } from './twins.ts';

const DATA = { 'data/a': 'one\n', 'data/b': 'two\n', 'data/sub/c': 'three\n', 'data/sub/twin': 'one\n' };
const OUTSIDE = { '../outside/tree/a': 'one\n', '../outside/tree/sub/b': 'two\n', '../outside/file': 'single\n' };
const REMOTE = append('.dvc/config', "[core]\n    remote = store\n['remote \"store\"']\n    url = ../../store\n['remote \"other\"']\n    url = ../../other\n");

describe('add as DVC does it', { skip: whyMissing('dvc') ?? false }, () => {
  const { both } = twinTests();

  both('-o brings data from elsewhere, a file and a directory, and tracks it where it lies then', async (twins) => {
    twins.change(files(OUTSIDE), mode('../outside/file', 0o755), folder('into'), write('within', 'x\n'));

    await twins.run(['add', '../outside/file', '-o', 'renamed']);
    await twins.run(['add', 'TOP/outside/tree', '-o', 'into/tree']);
    await twins.run(['add', 'within', '--out', 'copied']);
    await twins.run(['add', '../../outside/file', '-o', 'here'], { below: 'into' });

    await twins.agree();
  });

  both('--to-remote leaves nothing but the .dvc file here, and everything there (#10003)', async (twins) => {
    twins.change(REMOTE, files(OUTSIDE));

    await twins.run(['add', '../outside/tree', '--to-remote']);
    await twins.run(['add', '../outside/file', '--to-remote', '-o', 'renamed', '-r', 'other']);

    await twins.agree();
    for (const name of ['store', 'other']) assert.deepEqual(keysOf(twins.tow, name), keysOf(twins.dvc, name));
    assert.equal(Object.keys(keysOf(twins.tow, 'store')).filter((key) => !key.endsWith('/')).length, 3, 'the listing and its files');
    for (const path of ['tree', 'renamed', '.dvc/cache']) assert.equal(existsSync(join(twins.tow.root, path)), false, path);
  });

  both('--to-remote of data in the workspace', async (twins) => {
    twins.change(REMOTE, files(DATA));

    await twins.run(['add', 'data', '--to-remote', '-o', 'elsewhere']);

    await twins.agree();
    assert.deepEqual(keysOf(twins.tow, 'store'), keysOf(twins.dvc, 'store'));
  });

  both('--to-remote puts the .dvc file beside data of the repository, and where one stands for other data', async (twins) => {
    twins.change(REMOTE, files({ ...OUTSIDE, 'sub/in': 'in\n' }));

    await twins.run(['add', 'sub/in', '--to-remote']);
    await twins.run(['add', '../../outside/file', '--to-remote'], { below: 'sub' });

    await twins.agree();
    assert.match(twins.tow.read('sub/in.dvc'), /path: in/);
  });

  both('--no-commit tracks without the cache, and commit brings the data there', async (twins) => {
    twins.change(files({ ...DATA, foo: 'foo\n' }));

    await twins.run(['add', '--no-commit', 'data', 'foo']);
    await twins.agree();
    assert.deepEqual(objectsOf(twins.tow), {});
    await twins.run(['commit']);

    await twins.agree();
    assert.equal(Object.keys(objectsOf(twins.tow)).filter((key) => !key.endsWith('/')).length, 5);
  });

  both('--glob takes what the pattern names, and says so when that is nothing', async (twins) => {
    twins.change(files({ 'raw/1.csv': '1', 'raw/2.csv': '2', 'raw/3.txt': '3', 'raw/deep/4.csv': '4', 'raw/1.csv.txt': 'x' }));

    await twins.run(['add', '--glob', 'raw/*.csv']);
    await twins.agree();
    await twins.run(['add', '--glob', 'raw/**/*.csv']);
    await twins.agree();
    await twins.refuse(['add', '--glob', 'raw/*.nothing']);
    await twins.refuse(['add', 'raw/*.csv']);
  });

  both('adding again after a change keeps comments, annotations and what people wrote', async (twins) => {
    twins.change(write('foo', 'foo\n'), files(DATA));
    await twins.run(['add', 'foo', 'data']);
    const annotate = (text: string): string => `# mine\n${text.trimEnd()}\n  desc: it is foo # why\n  type: thing\n  labels: [a, b]\n  remote: store\nmeta:\n  k: {x: 1}\n`;
    twins.change(REMOTE, edit('foo.dvc', annotate), edit('data.dvc', annotate), write('foo', 'other\n'), write('data/new', 'new\n'));

    await twins.run(['add', 'foo', 'data']);

    await twins.agree();
    assert.match(twins.tow.read('foo.dvc'), /^# mine\n[^]*desc: it is foo # why/);
  });

  both('-f and adding what is tracked already', async (twins) => {
    twins.change(files({ ...DATA, foo: 'foo\n' }));
    await twins.run(['add', 'foo', 'data']);

    await twins.run(['add', '-f', 'foo', 'data']);
    await twins.run(['add', 'foo']);
    twins.change(files({ '../outside/foo': 'another\n', foo: 'changed by hand\n' }));
    await twins.run(['add', '../outside/foo', '-o', 'foo', '-f']);
    await twins.agree();
    twins.change(files({ '../outside/data/a': 'new\n', '../outside/data/z/z': 'new, too\n' }));
    await twins.run(['add', '../outside/data', '-o', '.', '-f']);

    await twins.agree();
  });

  both('core.autostage gives Git what it needs', async (twins) => {
    twins.change(append('.dvc/config', '[core]\n    autostage = true\n'), files({ ...DATA, 'sub/foo': 'foo\n' }));

    await twins.run(['add', 'data']);
    await twins.run(['add', 'foo'], { below: 'sub' });

    await twins.agree();
    const staged = await Promise.all([twins.tow, twins.dvc].map(({ sandbox, root }) => sandbox.git(['diff', '--cached', '--name-only'], { cwd: root })));
    assert.equal(staged[0], staged[1]);
    assert.match(staged[0] ?? '', /^sub\/foo\.dvc$/m);
  });

  both('a link is replaced by the file it leads to, whose own bytes stay', async (twins) => {
    twins.change(files({ 'real/one': 'one\n', 'real/tree/two': 'two\n', ...OUTSIDE }), link('single', 'real/one'), link('far', '../outside/file'), link('tree', 'real/tree'));

    await twins.run(['add', 'single', 'far']);
    await twins.agree();
    await twins.refuse(['add', 'tree']);
    await twins.refuse(['add', 'tree/two']);
    await twins.refuse(['add', '../outside/file', '-o', 'tree/new']);
    assert.equal(twins.tow.read('real/one'), 'one\n');
  });

  for (const type of ['hardlink', 'symlink', 'copy', 'hardlink,symlink']) {
    both(`cache.type ${type}: what is added is linked as DVC links it, and --no-relink leaves it`, async (twins) => {
      twins.change(append('.dvc/config', `[cache]\n    type = "${type}"\n`), files({ ...DATA, foo: 'foo\n', empty: '', other: 'other\n' }));

      await twins.run(['add', 'data', 'foo', 'empty']);
      await twins.agree();
      await twins.run(['add', '--no-relink', 'other']);
      await twins.run(['add', 'data']);

      await twins.agree();
    });
  }

  for (const type of ['hardlink', 'symlink']) {
    both(`cache.type ${type}: an executable file is one of its own, where DVC makes the object in the cache executable for all who share it`, async (twins) => {
      twins.change(append('.dvc/config', `[cache]\n    type = ${type}\n`), write('run.sh', '#!/bin/sh\n'), mode('run.sh', 0o755));

      await twins.run(['add', 'run.sh']);

      const lines = ({ picture }: Twin): readonly unknown[] => [picture()['project/run.sh.dvc'], picture()['project/run.sh'], picture()['project/.dvc/cache/files/md5/3e/2b31c72181b87149ff995e7202c0e3']];
      const [file, ...ours] = lines(twins.tow);
      const [theirFile, , theirObject] = lines(twins.dvc);
      assert.equal(file, theirFile);
      assert.deepEqual(ours, ['100 10 bytes a8076d3d28d21e02', '0 10 bytes a8076d3d28d21e02']);
      assert.match(String(theirObject), /^100 /);
    });
  }

  both('without Git there is no .gitignore', async (twins) => {
    twins.change(files(DATA));

    await twins.run(['add', 'data']);

    await twins.agree();
    assert.equal(existsSync(join(twins.tow.root, '.gitignore')), false);
  }, 'bare');
});

describe('add refuses in the words of DVC', { skip: whyMissing('dvc') ?? false }, () => {
  const { both: refused } = twinTests();

  refused('what is not there', async (twins) => {
    twins.change(write('foo', 'foo\n'), link('broken', 'nowhere'));

    assert.match(await twins.refuse(['add', 'absent']), /does not exist/);
    await twins.refuse(['add', 'foo', 'sub/absent']);
    await twins.refuse(['add', 'broken']);
    await twins.refuse(['add', 'absent', '-o', 'foo']);
  });

  refused('a .dvc file', async (twins) => {
    twins.change(write('foo', 'foo\n'));
    await twins.run(['add', 'foo']);

    await twins.refuse(['add', 'foo.dvc']);
  });

  refused('what lies outside the repository', async (twins) => {
    twins.change(files(OUTSIDE));

    await twins.refuse(['add', '../outside/file']);
    await twins.refuse(['add', 'TOP/outside/tree']);
  });

  refused('a directory around tracked data', async (twins) => {
    twins.change(files(DATA));
    await twins.run(['add', 'data/sub']);
    await twins.run(['add', 'data/a']);

    twins.change(erase('data/a'), erase('data/a.dvc'));
    assert.match(await twins.refuse(['add', 'data']), /overlapping/);
  });

  refused('what Git tracks, whole or in part', async (twins) => {
    twins.change(files({ ...DATA, foo: 'foo\n' }));
    await twins.git('add', 'foo', 'data/sub/c');

    await twins.refuse(['add', 'foo']);
    await twins.refuse(['add', 'data']);
  });

  refused('what .dvcignore leaves out', async (twins) => {
    twins.change(write('.dvcignore', '# mine\n*.tmp\n/secret\n'), files({ 'a.tmp': 'x', 'secret/key': 'y', 'sub/.dvcignore': 'hidden\n', 'sub/hidden': 'z' }));

    assert.match(await twins.refuse(['add', 'a.tmp']), /is ignored by/);
    await twins.refuse(['add', 'secret']);
    await twins.refuse(['add', 'sub/hidden']);
  });

  refused('a .dvc file that Git would ignore', async (twins) => {
    twins.change(write('.gitignore', '*.dvc\n'), write('foo', 'foo\n'));

    assert.match(await twins.refuse(['add', 'foo']), /git-ignored/);
  });

  refused('a directory with a .dvcignore in it', async (twins) => {
    twins.change(files({ ...DATA, 'data/.dvcignore': 'a\n' }));

    assert.match(await twins.refuse(['add', 'data'], { ends: 255 }), /\.dvcignore/);
    twins.change(erase('data/.dvcignore'), write('data/sub/.dvcignore', 'c\n'));
    await twins.refuse(['add', 'data'], { ends: 255 });
  });

  refused('the output of a stage', async (twins) => {
    twins.change(files({ 'dvc.yaml': 'stages:\n  make:\n    cmd: echo 1 > made\n    outs: [made, folder]\n', made: '1\n', 'folder/inner': '2\n' }));

    assert.match(await twins.refuse(['add', 'made']), /Run the pipeline/);
    await twins.refuse(['add', 'folder/inner']);
    await twins.refuse(['add', 'made', '--to-remote', '-o', 'folder/new']);
  });

  refused('a place that is taken, without -f', async (twins) => {
    twins.change(REMOTE, files({ ...OUTSIDE, 'into/file': 'mine\n', there: 'mine, too\n' }), folder('into/tree'));

    for (const flags of [[], ['--to-remote']]) {
      assert.match(await twins.refuse(['add', '../outside/file', '-o', 'there', ...flags]), /already exists locally/);
      await twins.refuse(['add', '../outside/file', '-o', 'into', ...flags]);
      await twins.refuse(['add', '../outside/tree', '-o', 'into/', ...flags]);
    }
  });

  refused('several targets for one place', async (twins) => {
    twins.change(REMOTE, files({ ...OUTSIDE, foo: 'foo\n', bar: 'bar\n' }));

    await twins.refuse(['add', 'foo', 'bar', '-o', 'there']);
    await twins.refuse(['add', '../outside/file', '../outside/tree', '--to-remote']);
  });

  refused('flags that make no sense together', async (twins) => {
    twins.change(REMOTE, files({ foo: 'foo\n' }));

    for (const flags of [['--glob', '-o', 'x'], ['--to-remote', '--no-commit'], ['--to-remote', '--glob'], ['-r', 'store'], ['--remote-jobs', '2']]) await twins.refuse(['add', 'foo', ...flags]);
    await twins.refuse(['add', 'foo', '--to-remote', '-r', 'nobody', '-o', 'bar']);
  });
});

/** What lies in the folder of a remote; DVC leaves its temporary files there. */
const keysOf = ({ sandbox }: Twin, name: string): Snapshot => snapshot(join(sandbox.folder, name), { without: (path) => path.endsWith('.tmp') });
const objectsOf = ({ root }: Twin): Snapshot => snapshot(join(root, '.dvc/cache'));
