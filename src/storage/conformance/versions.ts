import assert from 'node:assert/strict';
import type { Version, With } from '../driver.ts';
import { joinPath, type Path } from '../path.ts';
import { fromBytes } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { expectBytes, expectCode, readBack, same } from './expect.ts';
import { pattern } from './material.ts';

async function versionsOf(driver: With<'listVersions'>, folder: Path): Promise<readonly Version[]> {
  const found: Version[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await driver.listVersions(folder, cursor === undefined ? {} : { cursor });
    found.push(...page.entries);
    cursor = page.cursor;
    if (cursor === undefined) return found;
  }
}

/** What `listVersions` promises, and what `versionId` means to the other verbs. */
export const versionCases: readonly Case[] = [
  defineCase({
    name: 'versions: an older version can be read, and the list has the newest first',
    needs: ['write', 'listVersions'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'twice');
      const { entry: first } = await driver.write(path, fromBytes(pattern(100, 1)));
      const { entry: second } = await driver.write(path, fromBytes(pattern(200, 2)));
      if (first.versionId === undefined || second.versionId === undefined) return tools.skip('no versions are kept here');

      const found = await versionsOf(driver, scratch);
      if (found.length === 1) return tools.skip('no versions are kept here');

      assert.deepEqual(found.map(({ versionId, size, isLatest }) => ({ versionId, size, isLatest })), [
        { versionId: second.versionId, size: 200, isLatest: true },
        { versionId: first.versionId, size: 100, isLatest: false },
      ]);
      same(await readBack(driver, path, { versionId: first.versionId }), pattern(100, 1), 'the older version');
      await expectBytes(driver, path, pattern(200, 2));
      assert.equal((await driver.stat(path, { versionId: first.versionId })).size, 100);
    },
  }),
  defineCase({
    name: 'versions: a deleted object is NOT_FOUND, its versions stay, and a marker is listed',
    needs: ['write', 'listVersions', 'delete'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'deleted');
      const { entry } = await driver.write(path, fromBytes(pattern(100)));
      await driver.delete([{ path }]);
      const { versionId } = entry;
      const found = await versionsOf(driver, scratch);
      if (versionId === undefined || found.length === 0) return tools.skip('no versions are kept here');

      await expectCode(driver.stat(path), 'NOT_FOUND');
      assert.deepEqual(found.map(({ isDeleteMarker, isLatest }) => ({ isDeleteMarker, isLatest })), [{ isDeleteMarker: true, isLatest: true }, { isDeleteMarker: false, isLatest: false }]);
      same(await readBack(driver, path, { versionId }), pattern(100), 'the deleted version');
    },
  }),
  defineCase({
    name: 'versions: a version can be deleted by itself',
    needs: ['write', 'listVersions', 'delete'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'pruned');
      const { entry: first } = await driver.write(path, fromBytes(pattern(100, 1)));
      await driver.write(path, fromBytes(pattern(200, 2)));
      const { versionId } = first;
      if (versionId === undefined || (await versionsOf(driver, scratch)).length < 2) return tools.skip('no versions are kept here');

      await driver.delete([{ path, versionId }]);

      await expectCode(driver.read(path, { versionId }), 'NOT_FOUND');
      await expectBytes(driver, path, pattern(200, 2));
    },
  }),
];
