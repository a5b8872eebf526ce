import assert from 'node:assert/strict';
import { joinPath } from '../path.ts';
import { fromBytes } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { expectBytes, expectCode, readBack, same } from './expect.ts';
import { pattern } from './material.ts';

const RANGED = pattern(10_000);

function range(name: string, [start, end]: readonly [number | undefined, number | undefined], wanted: Uint8Array): Case {
  return defineCase({
    name: `read: ${name}`,
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'ranged');
      await driver.write(path, fromBytes(RANGED));
      const found = await readBack(driver, path, { ...(start !== undefined && { start }), ...(end !== undefined && { end }) });

      same(found, wanted, 'the range');
    },
  });
}

/** What `read` promises. */
export const readCases: readonly Case[] = [
  defineCase({
    name: 'read: an absent object is NOT_FOUND',
    needs: [],
    async run(driver, scratch) {
      await expectCode(driver.read(joinPath(scratch, 'absent')), 'NOT_FOUND');
    },
  }),
  defineCase({
    name: 'read: an absent object in an absent folder is NOT_FOUND',
    needs: [],
    async run(driver, scratch) {
      await expectCode(driver.read(joinPath(scratch, 'no/such/folder/absent')), 'NOT_FOUND');
    },
  }),
  range('a range from a byte to a byte', [100, 300], RANGED.subarray(100, 300)),
  range('a range from a byte to the end', [9_000, undefined], RANGED.subarray(9_000)),
  range('a range from the beginning to a byte', [undefined, 77], RANGED.subarray(0, 77)),
  range('a range of one byte', [5_000, 5_001], RANGED.subarray(5_000, 5_001)),
  range('a range that ends beyond the object gives what is there', [9_900, 20_000], RANGED.subarray(9_900)),
  range('a range of the whole', [0, 10_000], RANGED),
  range('an empty range gives no byte', [400, 400], new Uint8Array()),
  range('a range that begins at the end gives no byte', [10_000, undefined], new Uint8Array()),
  defineCase({
    name: 'read: the entry describes the whole object, also of a range',
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'described');
      await driver.write(path, fromBytes(RANGED));

      const content = await driver.read(path, { start: 10, end: 20 });
      const { entry } = content;
      content.cancel();

      assert.equal(entry.path, path);
      assert.equal(entry.kind, 'file');
      if (entry.size !== undefined) assert.equal(entry.size, RANGED.byteLength, `the entry's size is ${entry.size}, not that of the whole object`);
      assert.equal(entry.etag, (await driver.stat(path)).etag, 'read and stat give different etags of one object');
    },
  }),
  defineCase({
    name: 'read: ifMatch with the etag of the object reads it',
    needs: ['write'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'matched');
      await driver.write(path, fromBytes(RANGED));
      const { etag } = await driver.stat(path);
      if (etag === undefined) return tools.skip('this storage gives no etag');

      same(await readBack(driver, path, { ifMatch: etag, start: 50 }), RANGED.subarray(50), 'the range');
    },
  }),
  defineCase({
    name: 'read: ifMatch on an object that has changed is PRECONDITION_FAILED',
    needs: ['write'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'changed');
      await driver.write(path, fromBytes(pattern(500, 1)));
      const { etag } = await driver.stat(path);
      if (etag === undefined) return tools.skip('this storage gives no etag');
      await driver.write(path, fromBytes(pattern(501, 2)));

      await expectCode(driver.read(path, { ifMatch: etag, start: 10 }), 'PRECONDITION_FAILED');
    },
  }),
  defineCase({
    name: 'read: a body may be cancelled early, and the driver goes on working',
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'cancelled');
      const bytes = pattern(3_000_000);
      await driver.write(path, fromBytes(bytes));

      for (let round = 0; round < 5; round++) {
        const content = await driver.read(path);
        const first = await content.body[Symbol.asyncIterator]().next();
        assert.ok(!first.done && first.value.byteLength > 0, 'there was no first chunk');
        content.cancel();
      }

      await expectBytes(driver, path, bytes);
    },
  }),
  defineCase({
    name: 'read: a body may be cancelled before its first byte, and twice',
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'unread');
      await driver.write(path, fromBytes(RANGED));

      const content = await driver.read(path);
      content.cancel();
      content.cancel();

      await expectBytes(driver, path, RANGED);
    },
  }),
  defineCase({
    name: 'read: a reader may leave the body in the middle',
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'left');
      const bytes = pattern(2_000_000);
      await driver.write(path, fromBytes(bytes));

      for await (const chunk of (await driver.read(path)).body) {
        same(chunk.slice(0, 8), bytes.subarray(0, 8), 'the first chunk');
        break;
      }

      await expectBytes(driver, path, bytes);
    },
  }),
  defineCase({
    name: 'read: many reads at once give each its own bytes',
    needs: ['write'],
    async run(driver, scratch) {
      const paths = Array.from({ length: 16 }, (_, index) => joinPath(scratch, `many-${index}`));
      await Promise.all(paths.map(async (path, index) => await driver.write(path, fromBytes(pattern(40_000 + index, index)))));

      await Promise.all(paths.map(async (path, index) => { await expectBytes(driver, path, pattern(40_000 + index, index)); }));
    },
  }),
];
