import assert from 'node:assert/strict';
import { TowlineError } from '../../errors.ts';
import { joinPath } from '../path.ts';
import { fromBytes } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { expectBytes, expectCode, expectFailure } from './expect.ts';
import { breaking, pattern } from './material.ts';

/** What `origin` and `presign` promise. */
export const originCases: readonly Case[] = [
  defineCase({
    name: 'origin: an object is copied to another name without its bytes passing here',
    needs: ['write', 'origin'],
    async run(driver, scratch) {
      const [from, to] = [joinPath(scratch, 'from here'), joinPath(scratch, 'to/there')];
      const bytes = pattern(200_000);
      await driver.write(from, fromBytes(bytes));
      let wasRead = false;

      const written = await driver.write(to, {
        size: bytes.byteLength,
        origin: driver.origin(from),
        async *open() { wasRead = true; yield bytes; },
      });

      await expectBytes(driver, to, bytes);
      await expectBytes(driver, from, bytes);
      assert.equal(written.how === 'streamed', wasRead, `it says '${written.how}', and the source was ${wasRead ? '' : 'not '}read`);
    },
  }),
  defineCase({
    name: 'origin: a copy stands by itself when the original is written anew',
    needs: ['write', 'origin'],
    async run(driver, scratch) {
      const [from, to] = [joinPath(scratch, 'original'), joinPath(scratch, 'copy')];
      await driver.write(from, fromBytes(pattern(5_000, 1)));
      await driver.write(to, { ...fromBytes(pattern(5_000, 1)), origin: driver.origin(from) });

      await driver.write(from, fromBytes(pattern(6_000, 2)));

      await expectBytes(driver, to, pattern(5_000, 1));
    },
  }),
  defineCase({
    name: 'origin: of an absent object nothing is made',
    needs: ['write', 'origin'],
    async run(driver, scratch) {
      const to = joinPath(scratch, 'from-nothing');
      const source = { ...breaking(pattern(10), 0, new TowlineError('NOT_FOUND', 'there is nothing to read')), origin: driver.origin(joinPath(scratch, 'absent')) };

      await expectFailure(driver.write(to, source), 'a copy of an absent object');

      await expectCode(driver.stat(to), 'NOT_FOUND');
    },
  }),
  defineCase({
    name: 'presign: makes an address that names the object and ends',
    needs: ['write', 'presign'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'signed');
      await driver.write(path, fromBytes(pattern(10)));

      const [read, write] = await Promise.all((['GET', 'PUT'] as const).map(async (method) => await driver.presign(path, { method, expiresInSeconds: 60 })));

      assert.match(read ?? '', /^https?:\/\/.*signed/);
      assert.notEqual(read, write, 'the address to read and the address to write are the same');
    },
  }),
];
