import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Oid } from './hash-info.ts';
import { objectFolder, objectOfPath, objectPath } from './layout.ts';

const FILE = '0123456789abcdef0123456789abcdef' as Oid;
const TREE = `${FILE}.dir` as Oid;

test('objects of DVC 3 lie below files/md5, those of DVC 2 at the root, both by their first two digits', () => {
  assert.equal(objectFolder('md5'), 'files/md5');
  assert.equal(objectFolder('md5-dos2unix'), '');
  assert.equal(objectPath('md5', FILE), 'files/md5/01/23456789abcdef0123456789abcdef');
  assert.equal(objectPath('md5-dos2unix', TREE), '01/23456789abcdef0123456789abcdef.dir');
});

test('the path of an object leads back to it', () => {
  for (const name of ['md5', 'md5-dos2unix'] as const) for (const oid of [FILE, TREE]) assert.equal(objectOfPath(name, objectPath(name, oid)), oid);
});

test("what only looks like 'xx/rest' is nobody's object: gc must never see it", () => {
  const foreign = ['en/readme.txt', 'v1/model.bin', '01/23456789abcdef0123456789abcdef.tmp', '01/23456789ABCDEF0123456789abcdef', '01/23456789abcdef0123456789abcde', '012/3456789abcdef0123456789abcdef', '01/23456789abcdef0123456789abcdef/x', '', '01', '01/'];

  for (const path of foreign) {
    assert.equal(objectOfPath('md5-dos2unix', path), undefined, path);
    assert.equal(objectOfPath('md5', `files/md5/${path}`), undefined, path);
  }
});

test('an object of one layout is none of the other', () => {
  assert.equal(objectOfPath('md5', objectPath('md5-dos2unix', FILE)), undefined);
  assert.equal(objectOfPath('md5-dos2unix', objectPath('md5', FILE)), undefined);
  assert.equal(objectOfPath('md5', `other/${objectPath('md5', FILE)}`), undefined);
});
