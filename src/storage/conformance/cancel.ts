import assert from 'node:assert/strict';
import { supports } from '../driver.ts';
import { joinPath } from '../path.ts';
import { fromBytes } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { expectAbsent, expectBytes, expectCode } from './expect.ts';
import { pattern, stalling } from './material.ts';

const given = { signal: AbortSignal.abort() };

/** What a signal does. */
export const cancelCases: readonly Case[] = [
  defineCase({
    name: 'cancel: a call whose signal has fired before is ABORTED and changes nothing',
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'kept');
      await driver.write(path, fromBytes(pattern(100)));

      await expectCode(driver.stat(path, given), 'ABORTED');
      await expectCode(driver.read(path, given), 'ABORTED');
      await expectCode(driver.write(path, fromBytes(pattern(50)), given), 'ABORTED');
      if (supports(driver, 'list')) await expectCode(driver.list(scratch, given), 'ABORTED');
      if (supports(driver, 'delete')) await expectCode(driver.delete([{ path }], given), 'ABORTED');
      if (supports(driver, 'upload')) await expectCode(driver.upload(path, { size: 12 << 20, ...given }), 'ABORTED');

      await expectBytes(driver, path, pattern(100));
    },
  }),
  defineCase({
    name: 'cancel: a write that is given up midway is ABORTED and leaves nothing',
    needs: ['write'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'given-up');
      const controller = new AbortController();
      const { source, isWaiting, release } = stalling(pattern(400_000), 200_000);
      const writing = expectCode(driver.write(path, source, { signal: controller.signal }), 'ABORTED');

      try {
        // A write that fails at once never comes to wait.
        await Promise.race([isWaiting, writing]);
        controller.abort();
        await writing;
      } finally {
        release();
      }

      if (driver.traits.writes === 'partial') return tools.skip('it is ABORTED as it should; what is visible then is not promised by this storage');
      await expectAbsent(driver, path);
      await driver.write(path, fromBytes(pattern(100)));
      await expectBytes(driver, path, pattern(100));
    },
  }),
  defineCase({
    name: 'cancel: a read that is given up midway ends with ABORTED',
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'long');
      const bytes = pattern(8_000_000);
      await driver.write(path, fromBytes(bytes));
      const controller = new AbortController();
      const content = await driver.read(path, { signal: controller.signal });

      const reading = (async () => {
        let count = 0;
        for await (const chunk of content.body) {
          count += chunk.byteLength;
          controller.abort();
        }
        return count;
      })();

      await expectCode(reading, 'ABORTED');
      await expectBytes(driver, path, bytes);
    },
  }),
  defineCase({
    name: 'cancel: many reads given up leave the driver able to read as many again',
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'again');
      const bytes = pattern(500_000);
      await driver.write(path, fromBytes(bytes));

      // More open at once than the service takes well would wait for each other behind the limit.
      const length = Math.min(12, driver.traits.concurrency);

      for (let round = 0; round < 6; round++) {
        const contents = await Promise.all(Array.from({ length }, async () => await driver.read(path)));
        for (const content of contents) content.cancel();
      }

      assert.ok((await Promise.all(Array.from({ length: 12 }, async () => { await expectBytes(driver, path, bytes); }))).length === 12);
    },
  }),
];
