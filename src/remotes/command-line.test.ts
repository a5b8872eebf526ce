import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitCommand } from './command-line.ts';

const cases: readonly (readonly [string, readonly string[]])[] = [
  ['pass show remote/store', ['pass', 'show', 'remote/store']], ['  a\t b\n', ['a', 'b']], ['', []], ['  ', []],
  [`a 'b c' "d e"f`, ['a', 'b c', 'd ef']], [`'' ""`, ['', '']], ['a\\ b \\"c', ['a b', '"c']],
  [`"a\\"b\\\\c\\d"`, ['a"b\\c\\d']], [`'a\\'b`, ['a\\b']], ['a#b $HOME `x` ; | > *', ['a#b', '$HOME', '`x`', ';', '|', '>', '*']],
];
for (const [line, words] of cases) {
  test(`${JSON.stringify(line)} is ${words.length} words`, () => {
    assert.deepEqual(splitCommand(line, 'linux'), words);
  });
}

test('what is open at the end is no command line', () => {
  for (const line of ["a 'b", 'a "b', 'a "b\\"', 'a \\']) assert.throws(() => splitCommand(line, 'linux'), { code: 'INVALID_CONFIG' });
});

test('on Windows paths keep their backslashes', () => {
  assert.deepEqual(splitCommand('C:\\bin\\get.exe "C:\\a b\\c" x', 'win32'), ['C:\\bin\\get.exe', 'C:\\a b\\c', 'x']);
});
