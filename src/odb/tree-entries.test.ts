import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Oid } from './hash-info.ts';
import { createOidColumn, forgetRows, packOids, unknownRows } from './oid-column.ts';
import { packEntries, pairEntries, type TreeEntry } from './tree-entries.ts';
import { parseTree, serializeTree } from './tree.ts';

const oidOf = (text: string): Oid => createHash('md5').update(text).digest('hex') as Oid;
const entriesOf = (...names: readonly string[]): readonly TreeEntry[] => names.map((relpath) => ({ relpath, oid: oidOf(relpath) }));

test('packed entries are the same entries, in order or by row', () => {
  const entries = entriesOf(...Array.from({ length: 2000 }, (_, at) => `${at} é`));

  const packed = packEntries(entries);

  assert.deepEqual([...packed], entries);
  for (const row of [0, 511, 512, 1023, 1024, 1999]) assert.deepEqual(packed.at(row), entries[row]);
  assert.equal(packed.at(2000), undefined);
});

test('of rows that are not known nothing is given', () => {
  const oids = packOids([oidOf('a'), '' as Oid, oidOf('c')]);

  assert.deepEqual([...oids], [oidOf('a'), '', oidOf('c')]);
  assert.deepEqual([...unknownRows(oids)], [1]);
  forgetRows(oids, (oid) => oid === oidOf('c'));
  assert.deepEqual([oids.at(2), [...unknownRows(oids)]], ['', [1, 2]]);
  assert.deepEqual([...createOidColumn(new Uint8Array())], []);
});

test('two directories are walked beside each other by their names', () => {
  const [a, b, c] = [oidOf('a'), oidOf('b'), oidOf('c')];

  assert.deepEqual([...pairEntries(entriesOf('a', 'b'), entriesOf('b', 'c'))], [
    { relpath: 'a', before: a, after: undefined }, { relpath: 'b', before: b, after: b }, { relpath: 'c', before: undefined, after: c },
  ]);
  assert.deepEqual([...pairEntries([], entriesOf('a'))], [{ relpath: 'a', before: undefined, after: a }]);
  assert.deepEqual([...pairEntries([], [])], []);
});

test('a file of a directory that was read costs no object: fewer than 64 bytes with a name of 20', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const count = 100_000;
  const bytes = serializeTree(packEntries(Array.from({ length: count }, (_, at) => ({ relpath: `folder/${String(at).padStart(13, '0')}`, oid: oidOf(String(at)) }))));

  const before = used();
  const entries = parseTree(bytes, 'a tree');
  const each = (used() - before) / count;

  assert.equal(entries.length, count);
  assert.ok(each < 64, `${each.toFixed(0)} bytes`);
});
