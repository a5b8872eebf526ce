import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { areSameNames, compareCodePoints, packNames, splitNames } from './names.ts';

const NUMBERS = [0, 1, 2, 1023, 1024, 1025, 3000] as const;
const some = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `folder/${at}`);

test('names are given back as they were gathered, in order or by row', () => {
  for (const count of NUMBERS) {
    const names = packNames(some(count));

    assert.equal(names.length, count);
    assert.deepEqual([...names], some(count));
    for (const row of [0, count - 1, 1023, 1024, 7]) assert.equal(names.at(row), some(count)[row]);
    assert.equal(names.at(count), undefined);
    assert.equal(names.at(-1), undefined);
  }
});

test('names that were written as one text are the same names', () => {
  for (const count of NUMBERS) {
    const names = packNames(some(count));

    assert.ok(areSameNames(names, splitNames(names.pieces.join('\0'), count)));
  }
  fc.assert(fc.property(fc.array(fc.string().filter((name) => !name.includes('\0'))), (list) => assert.deepEqual([...splitNames(list.join('\0'), list.length)], list)));
});

test('one other name, more or fewer are not the same names', () => {
  const names = packNames(some(2000));

  for (const other of [some(1999), some(2001), some(2000).with(1500, 'other'), [...some(1999), 'other']]) assert.ok(!areSameNames(names, packNames(other)));
});

test('names are in order when each comes after the one before it', () => {
  const sorted = [...some(3000)].sort(compareCodePoints);

  assert.ok(packNames(sorted).isInOrder());
  assert.ok(packNames([]).isInOrder());
  assert.ok(!packNames([...sorted, 'a']).isInOrder());
  assert.ok(!packNames([...sorted, sorted.at(-1) ?? '']).isInOrder());
  assert.ok(packNames(['\uffff', '\u{1f600}']).isInOrder());
});
