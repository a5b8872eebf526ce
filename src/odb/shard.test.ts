import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Oid } from './hash-info.ts';
import { oidSet } from './oid-set.ts';
import { isInShard, parseShard, shareOf, shareWithTrees } from './shard.ts';

const OIDS = Array.from({ length: 2_000 }, (_, index) => `${createHash('md5').update(String(index)).digest('hex')}${index % 50 === 0 ? '.dir' : ''}` as Oid);
const EDGES = ['0'.repeat(32), 'f'.repeat(32), `7${'f'.repeat(31)}`, `8${'0'.repeat(31)}`, `ffffffff${'0'.repeat(24)}`] as Oid[];

for (const count of [1, 2, 3, 4, 7, 16, 1000, 65_536]) {
  test(`each object is in one of ${count} shares`, () => {
    for (const oid of [...OIDS, ...EDGES]) {
      const mine = count > 1000 ? undefined : Array.from({ length: count }, (_, index) => index + 1).filter((index) => isInShard(oid, { index, count }));
      // What the formula gives for it, so that other programs may count on it.
      const index = Number((BigInt(`0x${oid.slice(0, 8)}`) * BigInt(count)) >> 32n) + 1;
      if (mine) assert.deepEqual(mine, [index]);
      assert.ok(isInShard(oid, { index, count }));
    }
  });
}

test('shares are about as large as each other', () => {
  for (let index = 1; index <= 4; index++) {
    const { count } = shareOf(oidSet(OIDS), { index, count: 4 });

    assert.ok(count > 400 && count < 600, String(count));
  }
});

test('without a share all objects are meant, and with one all trees may be', () => {
  const all = oidSet(OIDS);
  const shard = { index: 2, count: 4 };
  const trees = OIDS.filter((oid) => oid.endsWith('.dir'));

  assert.equal(shareOf(all, undefined), all);
  assert.equal(shareWithTrees(all, undefined), all);
  assert.ok(trees.every((oid) => shareWithTrees(all, shard).has(oid)));
  assert.deepEqual([...shareWithTrees(all, shard).oids()].filter((oid) => !oid.endsWith('.dir')), [...shareOf(all, shard).oids()].filter((oid) => !oid.endsWith('.dir')));
});

for (const text of ['', '1', '0/4', '5/4', '1/0', '-1/4', '1/4/2', '1.5/4', 'a/b', '1/65537', ' 1/2', '1/2 ']) {
  test(`'${text}' is no share, and the message says what is one`, () => {
    assert.throws(() => parseShard(text), { code: 'INVALID_ARGUMENT', message: `expected a share such as '1/4' (from 1/4 to 4/4), got '${text}'` });
  });
}

test("'2/4' is the second of four", () => {
  assert.deepEqual(parseShard('2/4'), { index: 2, count: 4 });
});
