import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import { tow } from '../servers/tow.ts';
import { edit, erase, files, folder, write } from './changes.ts';
import { twinTests } from './twins.ts';

const DATA = { 'data/a': 'one\n', 'data/sub/b': 'two\n', single: 'single\n', 'deep/inner': 'inner\n' };

const PIPELINE = `stages:
  first:
    cmd: cp single one && cp single counted
    deps: [single]
    outs:
    - one
    - counted:
        cache: false
  second:
    cmd: cp one two
    deps: [one]
    outs:
    - two:
        persist: true
  third:
    cmd: echo 3
`;

describe('move, check-ignore, destroy, install and the merge of .dvc files as DVC has them', { skip: whyMissing('dvc') ?? false }, () => {
  const { both, dvc } = twinTests();

  both('move of files and directories: to a new name, into a folder, from a folder below', async (twins) => {
    twins.change(files(DATA), folder('other'));
    await twins.run(['add', '-q', 'data', 'single', 'deep/inner']);
    twins.change(edit('single.dvc', (text) => text.replace('path: single', 'path: single\n  desc: what it is') + 'meta:\n  owner: me\n'));
    await twins.run(['move', 'single', 'double']);
    await twins.agree();
    await twins.run(['move', 'data', 'other']);
    await twins.run(['mv', 'inner', '../other/outer'], { below: 'deep' });
    await twins.agree();
    await twins.run(['status']);
  });

  both('move of what has changed, is absent, or has a .dvc file of another name', async (twins) => {
    twins.change(files(DATA));
    await twins.run(['add', '-q', 'data', 'single', 'deep/inner']);
    twins.change(write('single', 'changed\n'), erase('deep/inner'), edit('data.dvc', (text) => text), files({ 'named.dvc': '' }));
    twins.change(edit('named.dvc', () => readFileSync(join(twins.tow.root, 'data.dvc'), 'utf8')), erase('data.dvc'));
    await twins.run(['move', 'single', 'moved']);
    await twins.run(['move', 'deep/inner', 'deep/outer']);
    await twins.run(['move', 'data', 'renamed']);
    const picture = (twin: typeof twins.tow): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(twin.picture()).filter(([path]) => !path.includes('.dvc/cache')));
    assert.deepEqual(picture(twins.tow), picture(twins.dvc), 'all but the cache, into which DVC takes the change it does not record');
  });

  both('move refuses what DVC refuses', async (twins) => {
    twins.change(files({ ...DATA, 'dvc.yaml': 'stages:\n  make:\n    cmd: cp single out\n    outs: [out]\n' }));
    await twins.run(['add', '-q', 'data', 'single', 'deep/inner']);
    for (const words of [['nothere', 'x'], ['data/a', 'x'], ['single', 'deep/inner'], ['out', 'x'], ['single', '../elsewhere'], ['single', 'nofolder/x']]) await twins.refuse(['move', ...words]);
  });

  both('remove leaves files that can be written to, and takes stages out of dvc.yaml and dvc.lock', async (twins) => {
    twins.change(files({ ...DATA, 'dvc.yaml': PIPELINE }));
    await twins.run(['config', 'cache.type', 'hardlink,symlink']);
    await twins.run(['add', '-q', 'data', 'single', 'deep/inner']);
    for (const twin of [twins.tow, twins.dvc]) assert.equal((await dvc(twin, ['repro', '-q'])).status, 0);
    await twins.run(['remove', 'single.dvc', 'data.dvc']);
    await twins.agree();
    for (const name of ['single', 'data/sub/b']) assert.ok((statSync(join(twins.tow.root, name)).mode & 0o200) !== 0, `${name} can be written to`);
    await twins.run(['remove', 'second']);
    await twins.agree();
    await twins.refuse(['remove', 'dvc.yaml:absent']);
    await twins.run(['remove', 'first', '--outs']);
    await twins.agree();
  });

  both('check-ignore', async (twins) => {
    twins.change(files({ '.dvcignore': '*.tmp\n!keep.tmp\n/d/\nkeep/*\n!keep/me\n', 'd/x': '', 'keep/.dvcignore': 'y\n', 'keep/me': '' }));
    const targets = ['a.tmp', 'keep.tmp', 'd', 'd/x', 'keep/me', 'keep/n', '.git', '.dvc/config', 'nothing', '../out', '.'];
    await twins.run(['check-ignore', ...targets]);
    await twins.run(['check-ignore', '-d', ...targets]);
    await twins.run(['check-ignore', '-d', '-n', '-a', ...targets]);
    await twins.run(['check-ignore', 'nothing'], { ends: 1 });
    await twins.run(['check-ignore', '-d', 'nothing'], { ends: 1 });
    for (const words of [[], ['-n', 'a'], ['-a', 'a'], ['--stdin', 'a']]) await twins.refuse(['check-ignore', ...words], { ends: 255 });
  });

  both('destroy leaves the data, as files of their own', async (twins) => {
    twins.change(files({ ...DATA, 'dvc.yaml': 'stages:\n  make:\n    cmd: cp single out\n    outs: [out]\n', 'dvc.lock': "schema: '2.0'\nstages: {}\n" }));
    await twins.run(['config', 'cache.type', 'symlink']);
    await twins.run(['add', '-q', 'data', 'single', 'deep/inner']);
    const refused = await tow(twins.tow.sandbox, ['destroy'], { cwd: twins.tow.root });
    assert.deepEqual([refused.status, /cannot destroy without a confirmation from the user. Use `-f` to force/.test(refused.stderr)], [1, true]);
    await twins.run(['destroy', '-f']);
    await twins.agree();
    assert.equal(twins.tow.read('data/sub/b'), 'two\n');
  });

  both('the merge driver puts two versions of a directory together, or leaves the conflict', async (twins) => {
    const versions = { base: { a: '1', b: '1', c: '1' }, our: { a: '2', b: '1', c: '1', new: 'x' }, their: { a: '1', b: '3' }, clash: { a: '9', b: '1', c: '1' } };
    for (const [name, contents] of Object.entries(versions)) {
      twins.change(files(Object.fromEntries(Object.entries(contents).map(([file, text]) => [`data/${file}`, text]))));
      await twins.run(['add', '-q', 'data']);
      twins.change(files({ [`${name}.txt`]: '' }));
      for (const twin of [twins.tow, twins.dvc]) edit(`${name}.txt`, () => twin.read('data.dvc')).change(twin.root);
      twins.change(erase('data'));
    }
    twins.change(files({ 'empty.txt': '' }));
    const driver = (ancestor: string, our: string, their: string): string[] => ['git-hook', 'merge-driver', '--ancestor', ancestor, '--our', our, '--their', their];
    const { ours } = await twins.run(driver('base.txt', 'our.txt', 'clash.txt'), { ends: 255 });
    assert.match(ours.stderr, /unable to auto-merge the following paths:\na\n/);
    await twins.agree();
    await twins.run(driver('base.txt', 'our.txt', 'their.txt'));
    await twins.agree();
    await twins.run(driver('empty.txt', 'clash.txt', 'clash.txt'));
    await twins.agree();
  });

  both('install has Git run hooks, and never replaces one', async (twins) => {
    await twins.run(['install']);
    const [ours, theirs] = await Promise.all([twins.tow, twins.dvc].map(async ({ sandbox, root }) => (await sandbox.run('git', ['config', '--get-regexp', '^merge'], { cwd: root })).stdout));
    assert.equal(ours?.replace('merge.dvc.driver tow ', 'merge.dvc.driver dvc ').replace(' --path %P', ' '), theirs);
    for (const name of ['pre-commit', 'pre-push', 'post-checkout']) {
      const [mine, other] = [twins.tow, twins.dvc].map(({ read }) => read(`.git/hooks/${name}`).split('\n')[1]);
      assert.equal(mine?.replace('exec tow ', 'exec dvc ').replace('"$@"', '$@'), other);
    }
    twins.change(files({ '.git/hooks/pre-push': '#!/bin/sh\n', '.git/hooks/post-checkout': '#!/bin/sh\n' }));
    await twins.refuse(['install']);
  });
});
