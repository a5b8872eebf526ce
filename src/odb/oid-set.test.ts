import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import fc from 'fast-check';

import type { Oid } from './hash-info.ts';
import { createOidSetBuilder, filePaths, filterOids, type OidSet, oidSet, withSizesOf } from './oid-set.ts';

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

test('digests that begin alike are in order, too, also the lowest and the highest, and among very many', () => {
  const starts = ['0'.repeat(12), 'f'.repeat(12), '800000000000', '7fffffffffff'];
  const anyAlike = fc.tuple(fc.constantFrom(...starts), fc.integer({ min: 0, max: 12 }), fc.stringMatching(/^[0-9a-f]{32}$/), fc.boolean()).map(([start, alike, rest, isTree]) => `${start.slice(0, alike)}${rest.slice(alike)}${isTree ? '.dir' : ''}` as Oid);
  const inOrder = (oids: readonly Oid[]): readonly Oid[] => [...new Set(oids)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  fc.assert(fc.property(fc.array(anyAlike), (oids) => { assert.deepEqual([...oidSet(oids).oids()], inOrder(oids)); }));

  const many = Array.from({ length: 70_000 }, (_, at) => oid(at % 65_000, at % 100 === 1)).map((one, at) => (at % 3 === 0 ? `00000000${one.slice(8)}` as Oid : one));
  assert.deepEqual([...oidSet(many).oids()], inOrder(many));
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

test('sizes that are not known are those of the other set, and nothing else changes', () => {
  const anySized = fc.array(fc.tuple(anyOid, fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined })));
  const sized = (rows: readonly (readonly [Oid, number | undefined])[]): OidSet => {
    const builder = createOidSetBuilder();
    for (const [one, size] of rows) builder.add(one, size);
    return builder.build();
  };
  fc.assert(fc.property(anySized, anySized, (left, right) => {
    const [a, b] = [sized(left), sized(right)];

    const both = withSizesOf(a, b);

    assert.deepEqual([...both.oids()], [...a.oids()]);
    for (const one of a.oids()) assert.equal(both.sizeOf(one), a.sizeOf(one) ?? b.sizeOf(one));
  }));
});

test('the paths of files stand one behind the other in their order, without the trees', () => {
  fc.assert(fc.property(fc.array(anyOid), fc.constantFrom('', 'files/md5/'), (oids, folder) => {
    const set = oidSet(oids);

    assert.equal(filePaths(set, folder).toString(), [...set.oids()].filter((one) => one.length === 32).map((one) => `${folder}${one.slice(0, 2)}/${one.slice(2)}`).join(''));
  }));
});
