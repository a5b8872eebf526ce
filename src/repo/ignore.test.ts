import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIgnore } from './ignore.ts';
import type { Ignore } from './ignore.ts';

function ignoreOf(files: Readonly<Record<string, string>>, nested: readonly string[] = []): Ignore {
  return createIgnore((path) => files[path], { isNested: (folder) => nested.includes(folder) });
}

test('the rule that decides is named by file, line and pattern', () => {
  const ignore = ignoreOf({ '.dvcignore': '# c\n\n*.tmp\nfoo*\n' });

  assert.equal(ignore.ignores('foobar', false), true);
  assert.equal(ignore.explain('foobar', false), '.dvcignore:4:foo*');
  assert.equal(ignore.explain('data', false), undefined);
});

test('a file further down adds to its parents and may take back', () => {
  const ignore = ignoreOf({ '.dvcignore': '*.log\n', 'sub/.dvcignore': '!keep.log\n/local\n' });

  assert.equal(ignore.ignores('sub/x.log', false), true);
  assert.equal(ignore.ignores('sub/keep.log', false), false);
  assert.equal(ignore.explain('sub/keep.log', false), 'sub/.dvcignore:1:!keep.log');
  assert.equal(ignore.ignores('keep.log', false), true);
  assert.equal(ignore.ignores('sub/local', true), true);
  assert.equal(ignore.ignores('sub/deep/local', true), false);
});

test('nothing inside an ignored folder comes back', () => {
  const ignore = ignoreOf({ '.dvcignore': 'out/\n!out/x\n', 'out/.dvcignore': '!y\n' });

  assert.equal(ignore.ignores('out', true), true);
  assert.equal(ignore.ignores('out', false), false);
  assert.equal(ignore.ignores('out/x', false), true);
  assert.equal(ignore.ignores('out/y', false), true);
  assert.equal(ignore.explain('out/y', false), '.dvcignore:1:out/');
});

test('what belongs to Git, Mercurial and DVC is never looked at, nor are nested repositories', () => {
  const ignore = ignoreOf({}, ['sub/repo']);

  for (const path of ['.git', '.hg', '.dvc', 'a/.dvc', 'a/.git']) assert.equal(ignore.ignores(path, true), true, path);
  assert.equal(ignore.ignores('.git', false), true);
  assert.equal(ignore.ignores('.dvcignore', false), false);
  assert.equal(ignore.ignores('x.dvc', false), false);
  assert.equal(ignore.ignores('sub/repo', true), true);
  assert.equal(ignore.ignores('sub/repo/file', false), true);
  assert.equal(ignore.explain('sub/repo', true), 'in sub_repo:repo');
});

test('names that only look like patterns of other programs are names', () => {
  const ignore = ignoreOf({ '.dvcignore': 'a b\nC\n' });

  assert.equal(ignore.ignores('a b', false), true);
  assert.equal(ignore.ignores('c', false), false);
  assert.equal(ignore.ignores('..x', false), false);
});

test('the names in a folder are asked for in one way or the other with the same answer', () => {
  const trees = [ignoreOf({}, ['sub/repo']), ignoreOf({ '.dvcignore': '*.log\nout/\n' }), ignoreOf({ 'sub/.dvcignore': '!keep.log\n/local\n' }, ['repo']), ignoreOf({ '.dvcignore': '# nothing\n' })];
  const folders = ['', 'sub', 'sub/repo', 'sub/deep', 'out', '.git', '.hidden', 'sub/.git/x'];
  const names = ['a', 'x.log', 'keep.log', 'local', 'out', 'repo', '.git', '.hg', '.dvc', '.dvcignore', '.gitignore', '..'];

  for (const ignore of trees) {
    for (const folder of folders) {
      const isIgnored = ignore.ignoresIn(folder);
      for (const name of names) for (const isFolder of [true, false]) assert.equal(isIgnored(name, isFolder), ignore.ignores(folder === '' ? name : `${folder}/${name}`, isFolder), `${folder}/${name}`);
    }
  }
});

test('who has the names of a folder has the same answers, and the disk is not asked', () => {
  const tree: Readonly<Record<string, readonly string[]>> = { '': ['a', 'x.log', 'sub', 'out'], sub: ['.dvcignore', 'keep.log', 'x.log', 'deep', 'repo'], 'sub/deep': ['a', '.hg', 'x.log'], 'sub/repo': ['.dvc', 'a'], out: ['a'] };
  const asked: string[] = [];
  const files: Readonly<Record<string, string>> = { '.dvcignore': '*.log\nout/\n', 'sub/.dvcignore': '!keep.log\n' };
  const ignore = createIgnore((path) => { asked.push(path); return files[path]; }, { isNested: (folder) => { throw new Error(folder); }, nestedBy: '.dvc' });

  const plain = ignoreOf(files, ['sub/repo']);
  for (const [folder, names] of Object.entries(tree)) {
    const isIgnored = ignore.ignoresIn(folder, names);
    for (const name of names.filter((one) => one !== 'repo')) assert.equal(isIgnored(name, false), plain.ignores(folder === '' ? name : `${folder}/${name}`, false), `${folder}/${name}`);
  }

  assert.deepEqual(asked, ['.dvcignore', 'sub/.dvcignore']);
});

test('where rules are about hidden names only, and where they are not', () => {
  assert.equal(ignoreOf({}).ignoresHiddenOnly('sub/deep'), true);
  assert.equal(ignoreOf({ '.dvcignore': '# nothing\n' }).ignoresHiddenOnly('sub'), true);
  assert.equal(ignoreOf({ '.dvcignore': 'x\n' }).ignoresHiddenOnly('sub'), false);
  assert.equal(ignoreOf({ 'sub/.dvcignore': 'x\n' }).ignoresHiddenOnly('sub'), false);
  assert.equal(ignoreOf({ 'sub/.dvcignore': 'x\n' }).ignoresHiddenOnly('other'), true);
  assert.equal(ignoreOf({ '.dvcignore': 'sub/\n' }).ignoresHiddenOnly('sub'), false);
});
