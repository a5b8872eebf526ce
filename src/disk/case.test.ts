import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { hasCode } from '../errors.ts';
import { caseTwins, checkLocalName, foldsCase } from './case.ts';

describe('names from outside', () => {
  it('are refused where they would leave their folder or hold a NUL', () => {
    for (const name of ['..', 'a/../b', '/a', 'a//b', 'a/', '.', 'a\0', 'n'.repeat(256)]) {
      assert.throws(() => checkLocalName(name, 'linux'), (error) => hasCode(error, 'INVALID_ARGUMENT'), name);
    }
  });

  it('may hold on Linux what Windows would change', () => {
    for (const name of ['a\\b', 'Icon\r', 'a\nb', 'aux', 'com1.txt', 'LPT9/x', 'a?', 'c:', 'ends.', 'ends ']) {
      checkLocalName(name, 'linux');
      assert.throws(() => checkLocalName(name, 'win32'), (error) => hasCode(error, 'INVALID_ARGUMENT'), name);
    }
    for (const name of ['auxiliary', 'company', 'a.b', '.hidden', 'caf\u00e9']) checkLocalName(name, 'win32');
  });

  it('are twins where only case, or how an accent is written, tells them apart', () => {
    assert.deepEqual(caseTwins(['a', 'b', 'sub/c']), []);
    assert.deepEqual(caseTwins(['README', 'readme', 'x']), [['README', 'readme']]);
    assert.deepEqual(caseTwins(['Data/a', 'data/b']), [['Data', 'data']]);
    assert.deepEqual(caseTwins(['caf\u00e9', 'cafe\u0301']), [['caf\u00e9', 'cafe\u0301']]);
    assert.deepEqual(caseTwins(['d/a', 'd/b', 'd/c']), []);
  });

  it('are looked at with the eyes of the file system', { skip: process.platform !== 'linux' && 'case counts on Linux only' }, () => {
    assert.equal(foldsCase(tmpdir()), false);
  });
});
