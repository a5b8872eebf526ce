import assert from 'node:assert/strict';
import type { With } from '../driver.ts';
import { joinPath, type Path } from '../path.ts';
import { fromBytes } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { listAll, listPaths } from './expect.ts';
import { pattern } from './material.ts';

async function fill(driver: With<'write'>, folder: Path, names: readonly string[]): Promise<void> {
  for (let at = 0; at < names.length; at += 16) {
    await Promise.all(names.slice(at, at + 16).map(async (name, index) => await driver.write(joinPath(folder, name), fromBytes(pattern(10 + at + index)))));
  }
}

/** What `list` promises. */
export const listCases: readonly Case[] = [
  defineCase({
    name: 'list: an absent folder is empty',
    needs: ['list'],
    async run(driver, scratch) {
      const page = await driver.list(joinPath(scratch, 'absent'));

      assert.deepEqual(page.entries, []);
      assert.equal(page.cursor, undefined);
    },
  }),
  defineCase({
    name: 'list: gives each object once, with its path and size',
    needs: ['write', 'list'],
    async run(driver, scratch) {
      const folder = joinPath(scratch, 'folder');
      await fill(driver, folder, ['a', 'b', 'c/d', 'c/e', 'c/f/g']);

      const found = [...(await listAll(driver, folder))].sort((one, other) => (one.path < other.path ? -1 : 1));

      assert.deepEqual(found.map((entry) => entry.path), ['a', 'b', 'c/d', 'c/e', 'c/f/g'].map((name) => joinPath(folder, name)));
      for (const [index, entry] of found.entries()) if (entry.size !== undefined) assert.equal(entry.size, 10 + index, `'${entry.path}' is listed with the size ${entry.size}`);
    },
  }),
  defineCase({
    name: 'list: a folder does not show its siblings whose names begin like it',
    needs: ['write', 'list'],
    async run(driver, scratch) {
      await fill(driver, scratch, ['a/in', 'ab/out', 'a.b/out', 'a-b/out']);

      assert.deepEqual(await listPaths(driver, joinPath(scratch, 'a')), [joinPath(scratch, 'a/in')]);
    },
  }),
  defineCase({
    name: 'list: the scratch folder shows everything written in it',
    needs: ['write', 'list'],
    async run(driver, scratch) {
      await fill(driver, scratch, ['x', 'y/z']);

      assert.deepEqual(await listPaths(driver, scratch), [joinPath(scratch, 'x'), joinPath(scratch, 'y/z')]);
    },
  }),
  defineCase({
    name: 'list: startsWith keeps to names that begin so',
    needs: ['write', 'list'],
    async run(driver, scratch) {
      const folder = joinPath(scratch, 'sharded');
      await fill(driver, folder, ['ab1', 'ab2', 'ac1', 'b', 'xab']);

      const page = await driver.list(folder, { startsWith: 'ab' });

      assert.deepEqual(page.entries.map((entry) => entry.path).sort(), [joinPath(folder, 'ab1'), joinPath(folder, 'ab2')]);
    },
  }),
  defineCase({
    name: 'list: pages hang together, each path once and none left out',
    needs: ['write', 'list'],
    async run(driver, scratch) {
      const folder = joinPath(scratch, 'paged');
      const names = Array.from({ length: 130 }, (_, index) => `object-${String(index).padStart(4, '0')}`);
      await fill(driver, folder, names);

      assert.deepEqual(await listPaths(driver, folder), names.map((name) => joinPath(folder, name)));
    },
  }),
  defineCase({
    name: 'list: an object is listed as soon as it is written and not after it is deleted',
    needs: ['write', 'list', 'delete'],
    async run(driver, scratch) {
      const folder = joinPath(scratch, 'fresh');
      await fill(driver, folder, ['one', 'two']);
      assert.equal((await listPaths(driver, folder)).length, 2);

      await driver.delete([{ path: joinPath(folder, 'one') }]);

      assert.deepEqual(await listPaths(driver, folder), [joinPath(folder, 'two')]);
    },
  }),
];
