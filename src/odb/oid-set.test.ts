import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import fc from 'fast-check';

import type { Oid } from './hash-info.ts';
import { createOidSetBuilder, filterOids, oidSet } from './oid-set.ts';

const oid = (seed: number, isTree = false): Oid => `${createHash('md5').update(String(seed)).digest('hex')}${isTree ? '.dir' : ''}` as Oid;
const anyOid = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()).map(([seed, isTree]) => oid(seed, isTree));

test('a set holds what was added, once, files before trees, in the order of the digests', () => {
  fc.assert(fc.property(fc.array(anyOid), (oids) => {
    const set = oidSet(oids);
    const expected = [...new Set(oids)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));

    assert.deepEqual([...set.oids()], expected);
    assert.equal(set.count, expected.length);
  }));
});

test('minus and filter take away what they should', () => {
  fc.assert(fc.property(fc.array(anyOid), fc.array(anyOid), (left, right) => {
    const [a, b] = [oidSet(left), oidSet(right)];
    const rest = a.minus(b);

    for (const one of left) assert.equal(rest.has(one), !b.has(one));
    assert.deepEqual([...rest.oids()], [...filterOids(a, (one) => !b.has(one)).oids()]);
  }));
});

test('sizes are kept through building, filtering and subtraction, and an unknown one is undefined', () => {
  const builder = createOidSetBuilder(1);
  builder.add(oid(1), 10);
  builder.add(oid(2));
  builder.add(oid(3, true), 0);
  builder.add(oid(2), 7);

  const set = builder.build().minus(oidSet([oid(3, true)]));

  assert.equal(set.sizeOf(oid(1)), 10);
  assert.equal(set.sizeOf(oid(2)), 7);
  assert.equal(set.sizeOf(oid(3, true)), undefined);
  assert.equal(filterOids(set, (one) => one === oid(1)).sizeOf(oid(1)), 10);
});
