import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createIgnore } from '../ignore.ts';
import { addGitignoreEntries, gitignoreEntry, removeGitignoreEntries } from './gitignore.ts';

test('entries are escaped as DVC does', () => {
  assert.deepEqual(['a: b#c', '!x', '*y', 'q?', '[z]', 'we"ird.txt', 'sp ace', 'sub/deep'].map(gitignoreEntry), ['/a: b\\#c', '/\\!x', '/\\*y', '/q\\?', '/\\[z\\]', '/we"ird.txt', '/sp ace', '/sub/deep']);
});

test('an entry goes behind the others, after a line end that is missing, and only once', () => {
  assert.equal(addGitignoreEntries(undefined, ['a']), '/a\n');
  assert.equal(addGitignoreEntries('x', ['a', 'b', 'a']), 'x\n/a\n/b\n');
  assert.equal(addGitignoreEntries('/a\n', ['a']), '/a\n');
  assert.equal(addGitignoreEntries('x\r\n', ['a']), 'x\r\n/a\r\n');
});

test('an entry is removed escaped or not, and an empty file goes', () => {
  assert.equal(removeGitignoreEntries('/x\n/a\\#b\n/y\n', ['a#b']), '/x\n/y\n');
  assert.equal(removeGitignoreEntries('/a#b\n', ['a#b']), undefined);
  assert.equal(removeGitignoreEntries('/x\n', ['y']), '/x\n');
  assert.equal(removeGitignoreEntries('/x\n/with space \n', ['with space ']), '/x\n');
});

test('what was added ignores exactly that name, and removing it gives the old text', () => {
  const name = fc.string({ minLength: 1, maxLength: 12 }).filter((one) => /^[^\s/\\\u0000-\u001f\u007f](?:[^/\\\u0000-\u001f\u007f]*[^\s/\\\u0000-\u001f\u007f])?$/.test(one) && one !== '.' && one !== '..');
  fc.assert(
    fc.property(name, name, (path, other) => {
      const text = addGitignoreEntries('kept\n', [path]);
      const ignore = createIgnore((file) => (file === '.gitignore' ? text : undefined), { fileName: '.gitignore', builtIn: [] });

      assert.equal(ignore.ignores(path, true), true);
      if (other !== path && other !== 'kept') assert.equal(ignore.ignores(other, true), false);
      assert.equal(removeGitignoreEntries(text, [path]), 'kept\n');
    }),
  );
});
