import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Oid } from './hash-info.ts';
import type { ObjectDb } from './object-db.ts';
import { createOidSetBuilder, type OidSet, oidSet } from './oid-set.ts';
import { presentOnBoth } from './present-on-both.ts';

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(32) as Oid) as [Oid, Oid, Oid];

function holding(objects: readonly (readonly [Oid, number?])[], hashName: ObjectDb['hashName'] = 'md5'): ObjectDb {
  const builder = createOidSetBuilder();
  for (const [oid, size] of objects) builder.add(oid, size);
  return { hashName, present: async () => builder.build() } as unknown as ObjectDb;
}
const oidsOf = (set: OidSet): readonly Oid[] => [...set.oids()];

test('an object of another size than in the cache is not on the remote', async () => {
  const all = oidSet([one, two, three]);
  const cache = holding([[one, 1], [two, 2], [three, 3]]);

  for (const [remote, expected] of [
    [[[one, 1], [two, 2], [three, 3]], [one, two, three]],
    [[[one, 1], [two, 1], [three, 3]], [one, three]],
    [[[two, 1], [three]], [three]],
  ] as const) {
    const { here, there } = await presentOnBoth(all, { cache, target: holding(remote) });

    assert.deepEqual([oidsOf(here), oidsOf(there)], [[one, two, three], expected]);
  }
});

test('where the cache has no object, or its digest does not tell the size, that on the remote counts as it is', async () => {
  const all = oidSet([one, two]);

  const bare = await presentOnBoth(all, { cache: holding([]), target: holding([[one, 5], [two, 6]]) });
  const text = await presentOnBoth(all, { cache: holding([[one, 4], [two, 6]], 'md5-dos2unix'), target: holding([[one, 5], [two, 6]], 'md5-dos2unix') });

  assert.deepEqual([oidsOf(bare.there), oidsOf(text.there)], [[one, two], [one, two]]);
});
