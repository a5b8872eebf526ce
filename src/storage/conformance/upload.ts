import assert from 'node:assert/strict';
import type { Part, Upload, With } from '../driver.ts';
import { TowlineError } from '../../errors.ts';
import { supports } from '../driver.ts';
import { joinPath, type Path } from '../path.ts';
import { fromBytes, slice } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { expectAbsent, expectBytes, expectCode, expectFailure } from './expect.ts';
import { breaking, pattern } from './material.ts';

interface Begun { readonly upload: Upload; readonly bytes: Uint8Array; readonly plan: readonly Omit<Part, 'tag'>[] }

/** Two whole parts and a bit: the least that shows every rule. The size of a part is known only once an upload is open. */
async function begin(driver: With<'upload'>, path: Path): Promise<Begun> {
  const probe = await driver.upload(path, { size: 12 << 20 });
  await probe.abort();
  const size = probe.partSize * 2 + 1_234;
  const upload = await driver.upload(path, { size });
  const { partSize } = upload;
  const plan = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => ({ number: index + 1, start: index * partSize, end: Math.min(size, (index + 1) * partSize) }));
  return { upload, plan, bytes: pattern(size, 5) };
}
async function send({ upload, bytes }: Pick<Begun, 'upload' | 'bytes'>, parts: readonly Omit<Part, 'tag'>[]): Promise<readonly Part[]> {
  const sent: Part[] = [];
  for (const part of parts) sent.push(await upload.send(part, slice(fromBytes(bytes), part.start, part.end)));
  return sent;
}
const byNumber = (parts: readonly Part[]): readonly Part[] => [...parts].sort((one, other) => one.number - other.number);

/** What `upload` promises. */
export const uploadCases: readonly Case[] = [
  defineCase({
    name: 'upload: parts in turn make one object, visible only when complete',
    needs: ['upload'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'in-turn');
      const begun = await begin(driver, path);
      const parts = await send(begun, begun.plan);
      await expectAbsent(driver, path);

      const entry = await begun.upload.complete(parts);

      assert.equal(entry.path, path);
      if (entry.size !== undefined) assert.equal(entry.size, begun.bytes.byteLength);
      await expectBytes(driver, path, begun.bytes);
    },
  }),
  defineCase({
    name: 'upload: parts in any order and at once, where the service allows it',
    needs: ['upload'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'any-order');
      const begun = await begin(driver, path);
      if (begun.upload.order === 'ascending') { await begun.upload.abort(); return tools.skip('parts must come in turn here'); }
      const [last] = await send(begun, begun.plan.slice(2));
      const rest = await Promise.all(begun.plan.slice(0, 2).map(async (part) => await begun.upload.send(part, slice(fromBytes(begun.bytes), part.start, part.end))));

      await begun.upload.complete(byNumber([...rest, ...(last ? [last] : [])]));

      await expectBytes(driver, path, begun.bytes);
    },
  }),
  defineCase({
    name: 'upload: a part may be sent again',
    needs: ['upload'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'sent-twice');
      const begun = await begin(driver, path);
      const [first] = begun.plan;
      assert.ok(first);
      await expectFailure(begun.upload.send(first, breaking(begun.bytes.subarray(first.start, first.end), 1_000, new TowlineError('CORRUPT', 'the source broke on purpose'))), 'a part whose source breaks');

      await begun.upload.complete(await send(begun, begun.plan));

      await expectBytes(driver, path, begun.bytes);
    },
  }),
  defineCase({
    name: 'upload: goes on in another process by its token',
    needs: ['upload'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'resumed');
      const begun = await begin(driver, path);
      const before = await send(begun, begun.plan.slice(0, 1));

      const other = await tools.reopen();
      assert.ok(supports(other, 'upload'));
      const upload = await other.upload(path, { size: begun.bytes.byteLength, resume: begun.upload.token });
      assert.equal(upload.partSize, begun.upload.partSize, 'the part size changed on resumption');
      const after = await send({ upload, bytes: begun.bytes }, begun.plan.slice(1));
      await upload.complete(byNumber([...before, ...after]));

      await expectBytes(driver, path, begun.bytes);
    },
  }),
  defineCase({
    name: 'upload: a resumed upload tells the parts the service holds',
    needs: ['upload'],
    async run(driver, scratch, tools) {
      const path = joinPath(scratch, 'held');
      const begun = await begin(driver, path);
      const [sent] = await send(begun, begun.plan.slice(0, 1));
      const other = await tools.reopen();
      assert.ok(supports(other, 'upload'));

      const upload = await other.upload(path, { size: begun.bytes.byteLength, resume: begun.upload.token });
      const { held, gathering } = upload;
      await upload.abort();

      if (held.length === 0 && gathering) return tools.skip('the parts gather in a file here, and the journal knows which');
      assert.deepEqual(held.map(({ number, start, end, tag }) => ({ number, start, end, tag })), [sent]);
    },
  }),
  defineCase({
    name: 'upload: a token of nothing is NOT_FOUND',
    needs: ['upload'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'forgotten');
      const { upload } = await begin(driver, path);
      await upload.abort();

      await expectCode(driver.upload(path, { size: 12 << 20, resume: upload.token }), 'NOT_FOUND');
    },
  }),
  defineCase({
    name: 'upload: given up, it leaves nothing, and the object that was there',
    needs: ['upload', 'write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'given-up');
      await driver.write(path, fromBytes(pattern(100)));
      const begun = await begin(driver, path);
      await send(begun, begun.plan.slice(0, 1));

      await begun.upload.abort();

      await expectBytes(driver, path, pattern(100));
    },
  }),
  defineCase({
    name: 'upload: giving up twice is no error',
    needs: ['upload'],
    async run(driver, scratch) {
      const { upload } = await begin(driver, joinPath(scratch, 'given-up-twice'));

      await upload.abort();
      await upload.abort();
    },
  }),
  defineCase({
    name: 'upload: what is under way is not listed',
    needs: ['upload', 'list'],
    async run(driver, scratch) {
      const begun = await begin(driver, joinPath(scratch, 'unlisted'));
      await send(begun, begun.plan.slice(0, 1));

      const { entries } = await driver.list(scratch);
      await begun.upload.abort();

      assert.deepEqual(entries.filter((entry) => entry.kind === 'file').map((entry) => entry.path), []);
    },
  }),
  defineCase({
    name: 'upload: replaces an object that is there',
    needs: ['upload', 'write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, 'replaced');
      await driver.write(path, fromBytes(pattern(100)));
      const begun = await begin(driver, path);

      await begun.upload.complete(await send(begun, begun.plan));

      await expectBytes(driver, path, begun.bytes);
    },
  }),
];
