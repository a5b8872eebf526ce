import assert from 'node:assert/strict';
import { joinPath } from '../path.ts';
import { fromBytes } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { expectAbsent, expectBytes } from './expect.ts';
import { pattern } from './material.ts';

/** What `delete` promises. */
export const deleteCases: readonly Case[] = [
  defineCase({
    name: 'delete: a deleted object is NOT_FOUND',
    needs: ['write', 'delete'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'deleted');
      await driver.write(path, fromBytes(pattern(10)));

      const [result] = await driver.delete([{ path }]);

      assert.equal(result?.path, path);
      assert.equal(result?.error, undefined);
      await expectAbsent(driver, path);
    },
  }),
  defineCase({
    name: 'delete: an absent object succeeds',
    needs: ['delete'],
    async run(driver, scratch) {
      const [result] = await driver.delete([{ path: joinPath(scratch, 'never/was') }]);

      assert.equal(result?.error, undefined);
    },
  }),
  defineCase({
    name: 'delete: no names at all is no error',
    needs: ['delete'],
    async run(driver) {
      assert.deepEqual(await driver.delete([]), []);
    },
  }),
  defineCase({
    name: 'delete: a batch answers for each name, present, absent or oddly spelled',
    needs: ['write', 'delete'],
    async run(driver, scratch) {
      const names = ['plain', 'with space', 'a&b<c>"d\'', '100%41', 'ünïcode'];
      const present = names.map((name) => joinPath(scratch, 'batch', name));
      await Promise.all(present.map(async (path) => await driver.write(path, fromBytes(pattern(10)))));
      const all = [...present, joinPath(scratch, 'batch', 'absent')].map((path) => ({ path }));

      const results = [];
      for (let at = 0; at < all.length; at += driver.traits.deleteBatch) results.push(...(await driver.delete(all.slice(at, at + driver.traits.deleteBatch))));

      assert.deepEqual(results.map((result) => result.path).sort(), all.map((name) => name.path).sort());
      for (const result of results) assert.equal(result.error, undefined, `'${result.path}' was not deleted: ${result.error?.message}`);
      for (const path of present) await expectAbsent(driver, path);
    },
  }),
  defineCase({
    name: 'delete: takes the named object only',
    needs: ['write', 'delete'],
    async run(driver, scratch) {
      const kept = ['same', 'same-and-more', 'folder/inner'].map((name) => joinPath(scratch, name));
      for (const path of kept) await driver.write(path, fromBytes(pattern(10)));

      await driver.delete([{ path: joinPath(scratch, 'same') }]);

      for (const path of kept.slice(1)) await expectBytes(driver, path, pattern(10));
    },
  }),
  defineCase({
    name: 'delete: a folder that still holds objects keeps them',
    needs: ['write', 'delete'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'full/inner');
      await driver.write(path, fromBytes(pattern(10)));

      await driver.delete([{ path: joinPath(scratch, 'full') }]);

      await expectBytes(driver, path, pattern(10));
    },
  }),
  defineCase({
    name: 'delete: a name can be written again',
    needs: ['write', 'delete'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'folder/reborn');
      await driver.write(path, fromBytes(pattern(10, 1)));
      await driver.delete([{ path }]);
      await driver.write(path, fromBytes(pattern(20, 2)));

      await expectBytes(driver, path, pattern(20, 2));
    },
  }),
];
