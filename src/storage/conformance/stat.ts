import assert from 'node:assert/strict';
import { joinPath, parsePath } from '../path.ts';
import { fromBytes } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { expectCode } from './expect.ts';
import { md5, pattern } from './material.ts';

/** What `stat` promises. */
export const statCases: readonly Case[] = [
  defineCase({
    name: 'stat: an absent object is NOT_FOUND',
    needs: [],
    async run(driver, scratch) {
      await expectCode(driver.stat(joinPath(scratch, 'absent')), 'NOT_FOUND');
    },
  }),
  defineCase({
    name: 'stat: an object below an object is NOT_FOUND',
    needs: ['write'],
    async run(driver, scratch) {
      await driver.write(joinPath(scratch, 'file'), fromBytes(pattern(10)));

      await expectCode(driver.stat(joinPath(scratch, 'file/below')), 'NOT_FOUND');
    },
  }),
  defineCase({
    name: 'stat: tells path, kind and size',
    needs: ['write'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'sized');
      await driver.write(path, fromBytes(pattern(12_345)));

      const entry = await driver.stat(path);

      assert.equal(entry.path, path);
      assert.equal(entry.kind, 'file');
      if (entry.size === undefined) return tools.skip('this storage tells no size');
      assert.equal(entry.size, 12_345);
    },
  }),
  defineCase({
    name: 'stat: the etag stays while the content does and changes with it',
    needs: ['write'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'tagged');
      await driver.write(path, fromBytes(pattern(100, 1)));
      const first = await driver.stat(path);
      if (first.etag === undefined) return tools.skip('this storage gives no etag');

      assert.equal((await driver.stat(path)).etag, first.etag, 'two looks at one object give different etags');
      await driver.write(path, fromBytes(pattern(101, 2)));

      assert.notEqual((await driver.stat(path)).etag, first.etag, 'the etag is the same for different content');
    },
  }),
  defineCase({
    name: 'stat: a checksum it vouches for is that of the content',
    needs: ['write'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'summed');
      await driver.write(path, fromBytes(pattern(5_000)));

      const { checksum } = await driver.stat(path);

      if (checksum?.name !== 'md5') return tools.skip('this storage vouches for no md5');
      assert.equal(checksum.value, md5(pattern(5_000)));
    },
  }),
  defineCase({
    name: 'stat: the time of change is in milliseconds and near',
    needs: ['write'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'timed');
      await driver.write(path, fromBytes(pattern(10)));

      const { modifiedAt } = await driver.stat(path);

      if (modifiedAt === undefined) return tools.skip('this storage tells no time');
      assert.ok(Math.abs(modifiedAt - tools.now()) < 86_400_000, `it says ${new Date(modifiedAt).toISOString()}: more than a day from this clock`);
    },
  }),
  defineCase({
    name: 'stat: metadata are told as they were written, where they are asked for and kept',
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'described');
      await driver.write(path, fromBytes(pattern(10)), { metadata: { sha256: 'ab12', second: 'two words' } });

      const { metadata } = await driver.stat(path, { withMetadata: true });

      assert.equal((await driver.stat(path)).metadata, undefined);
      if (metadata !== undefined) assert.deepEqual(metadata, { sha256: 'ab12', second: 'two words' });
    },
  }),
  defineCase({
    name: 'stat: a name that is only the beginning of another is absent',
    needs: ['write'],
    async run(driver, scratch) {
      await driver.write(joinPath(scratch, 'beginning-and-more'), fromBytes(pattern(10)));

      await expectCode(driver.stat(parsePath(`${scratch}/beginning`)), 'NOT_FOUND');
    },
  }),
];
