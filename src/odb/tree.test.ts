import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { compareCodePoints } from '../disk/names.ts';
import { hasCode } from '../errors.ts';
import { isPath } from '../storage/path.ts';
import type { Oid } from './hash-info.ts';
import { createTree, parseJsonEntries, parsePlainEntries, parseTree, serializeTree } from './tree.ts';

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e' as Oid;
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const entry = (relpath: string): { md5: string; relpath: string } => ({ md5: MD5, relpath });

test('what is serialized is parsed to the same entries in the same order', () => {
  const name = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }).filter((one) => isPath(one) && !one.includes('/')), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  fc.assert(fc.property(fc.uniqueArray(name, { maxLength: 20 }), (names) => {
    const leaves = names.filter((one) => !names.some((other) => other.startsWith(`${one}/`)));
    const tree = createTree(leaves.map((relpath) => ({ relpath, oid: MD5 })));

    assert.deepEqual([...parseTree(serializeTree(tree.entries), 'a tree')], [...tree.entries]);
  }));
});

test('names are in the order of their code points, not of their UTF-16 units', () => {
  const [last, astral] = ['\uffff', '\u{1f600}'];
  assert.ok(last > astral);

  assert.ok(compareCodePoints('\uffff', '\u{1f600}') < 0);
  assert.ok(compareCodePoints('a-b', 'a/b') < 0);
  assert.ok(compareCodePoints('a', 'ab') < 0);
});

for (const name of ['../x', '/etc/passwd', 'a/../../x', 'a//b', './a', '', 'a/.', 'a\u0000b', '..']) {
  test(`a tree that names ${JSON.stringify(name)} is refused`, () => {
    assert.throws(() => parseTree(bytesOf([entry(name)]), 'a tree'), (error) => hasCode(error, 'CORRUPT'));
  });
}

for (const [what, value] of [['an object', {}], ['a name twice', [entry('a'), entry('a')]], ['a name that is a file and a folder', [entry('a'), entry('a/b')]], ['no md5', [{ relpath: 'a' }]], ['a tree in a tree', [{ relpath: 'a', md5: `${MD5}.dir` }]], ['a number', [1]]] as const) {
  test(`a tree that is or has ${what} is refused`, () => {
    assert.throws(() => parseTree(bytesOf(value), 'a tree'), (error) => hasCode(error, 'CORRUPT') && error.message.includes('a tree'));
  });
}

test('keys that older versions wrote beside the md5 are passed over', () => {
  assert.deepEqual([...parseTree(bytesOf([{ ...entry('a'), size: 3, isexec: true }]), 'a tree')], [{ relpath: 'a', oid: MD5 }]);
});

test('names may hold what a file system lets them hold, line ends too', () => {
  const entries = ['Icon\r', 'a\nb', 'bell\u0007/in', 'delete\u007f'].map((relpath) => ({ relpath, oid: MD5 }));

  assert.deepEqual([...parseTree(serializeTree(entries), 'a tree')].map(({ relpath }) => relpath).sort(), entries.map(({ relpath }) => relpath).sort());
});

test('every character outside printable ASCII is escaped, DEL too, as Python does', () => {
  const bytes = serializeTree([{ relpath: 'a"\\\u007f~é\u{1f600}', oid: MD5 }]);

  assert.equal(Buffer.from(bytes).toString(), `[{"md5": "${MD5}", "relpath": "a\\"\\\\\\u007f~\\u00e9\\ud83d\\ude00"}]`);
});

test('the plain spelling is read without JSON and means the same; any other is left to JSON', () => {
  const bytes = serializeTree(['a', 'b c', "d/e'f", 'g"\\é\u{1f600}', '~[{]}'].map((relpath) => ({ relpath, oid: MD5 })));
  const plain = Buffer.from(bytes).toString();

  assert.deepEqual([...parsePlainEntries(bytes) ?? []], [...parseJsonEntries(bytes, 'a tree')]);
  for (const other of [plain.replaceAll(', ', ','), plain.replace(']}"', '\n"'), plain.slice(0, -1), `${plain} `, plain.replace(/\]$/, ', '), plain.replace('"a"', '"../a"'), plain.replace('"a"', '""'), plain.replace('"a"', '"\\q"'), plain.replace('"a"', '"\u00e9"'), '[]', '[', '']) {
    assert.equal(parsePlainEntries(Buffer.from(other)), undefined, other);
  }
});

test('a listing that is read in several pieces is read whole', () => {
  const entries = Array.from({ length: 5000 }, (_, at) => ({ relpath: `folder/${String(at).padStart(5, '0')} ${'é'.repeat(at % 40)}`, oid: MD5 }));

  assert.deepEqual([...parsePlainEntries(serializeTree(entries)) ?? []], entries);
});
