import assert from 'node:assert/strict';
import { supports } from '../driver.ts';
import { joinPath } from '../path.ts';
import { fromBytes } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { listPaths, readBack, same } from './expect.ts';
import { pattern, streamed } from './material.ts';

/** What holds when many do something at once. */
export const concurrencyCases: readonly Case[] = [
  defineCase({
    name: 'concurrency: twenty writers of one name leave one whole object',
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'contested');
      const contents = Array.from({ length: 20 }, (_, index) => pattern(60_000 + index, index + 1));

      await Promise.all(contents.map(async (bytes) => await driver.write(path, streamed(bytes, { chunk: 7_000 }))));

      const found = await readBack(driver, path);
      const winner = contents[found.byteLength - 60_000];
      assert.ok(winner, `the object has ${found.byteLength} bytes: no writer wrote that many`);
      same(found, winner, 'the object');
      if (supports(driver, 'list')) assert.deepEqual(await listPaths(driver, scratch), [path], 'the writers left something beside the object');
    },
  }),
  defineCase({
    name: 'concurrency: a reader sees a whole object while it is replaced',
    needs: ['write'],
    async run(driver, scratch, tools) {
      if (driver.traits.writes === 'partial') return tools.skip('writes are not atomic here');
      const path = joinPath(scratch, 'replaced');
      const contents = [pattern(200_000, 1), pattern(200_001, 2)];
      await driver.write(path, fromBytes(contents[0] ?? new Uint8Array()));

      let isOver = false;
      const writer = (async () => {
        for (let round = 1; round < 8; round++) await driver.write(path, streamed(contents[round % 2] ?? new Uint8Array()));
        isOver = true;
      })();
      try {
        while (!isOver) {
          const found = await readBack(driver, path);
          same(found, contents[found.byteLength - 200_000] ?? new Uint8Array(), 'the object read meanwhile');
        }
      } finally {
        await writer;
      }
    },
  }),
  defineCase({
    name: 'concurrency: many folders are made at once without one being in the way of another',
    needs: ['write'],
    async run(driver, scratch) {
      const paths = Array.from({ length: 24 }, (_, index) => joinPath(scratch, `deep/${index % 6}/${index % 3}`, `object-${index}`));

      await Promise.all(paths.map(async (path, index) => await driver.write(path, fromBytes(pattern(100 + index, index)))));

      for (const [index, path] of paths.entries()) same(await readBack(driver, path), pattern(100 + index, index), `'${path}'`);
    },
  }),
];
