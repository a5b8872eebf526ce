import assert from 'node:assert/strict';
import { pattern, stalling, streamed } from '../../storage/conformance/material.ts';
import { fromBytes, type Source } from '../../storage/source.ts';
import type { ArtifactCase } from './case.ts';
import { breakingAt, describeBytes, expectBytes, expectCode, pushBytes, readBack, same } from './material.ts';

const RANGED = pattern(200_000, 7);

const roundTrip = (name: string, size: number): ArtifactCase => ({
  name: `blob: ${name} comes back as it was`,
  async run(store) {
    const bytes = pattern(size, size);
    const blob = describeBytes(bytes);

    await store.push(blob, streamed(bytes));

    assert.equal(await store.exists(blob), true);
    await expectBytes(store, blob, bytes);
  },
});

const range = (name: string, [start, end]: readonly [number | undefined, number | undefined]): ArtifactCase => ({
  name: `blob: ${name}`,
  async run(store) {
    const blob = await pushBytes(store, RANGED);

    same(await readBack(store, blob, { ...(start !== undefined && { start }), ...(end !== undefined && { end }) }), RANGED.subarray(start ?? 0, end));
  },
});

/** What is promised of blobs. */
export const blobCases: readonly ArtifactCase[] = [
  roundTrip('an empty blob', 0), roundTrip('a blob of one byte', 1), roundTrip('a small blob', 5_000), roundTrip('a blob of more than one chunk', 3_000_001),
  range('a range from a byte to a byte', [100, 70_000]), range('a range to the end', [199_000, undefined]), range('a range from the beginning', [undefined, 77]),
  range('a range of one byte', [5, 6]), range('a range beyond the end gives what is there', [199_990, 300_000]), range('an empty range gives no byte', [40, 40]),
  range('a range behind the end gives no byte', [200_000, undefined]), range('a range of the whole', [0, 200_000]),
  {
    name: 'blob: what is absent does not exist and is NOT_FOUND',
    async run(store) {
      const blob = describeBytes(pattern(100, 1));

      assert.equal(await store.exists(blob), false);
      await expectCode(store.fetch(blob), 'NOT_FOUND');
      await expectCode(store.fetch(blob, { start: 1, end: 2 }), 'NOT_FOUND');
      await expectCode(store.fetch(blob, { start: 1, end: 1 }), 'NOT_FOUND');
    },
  },
  {
    name: 'blob: a source that gives other bytes is CORRUPT, and nothing is to be seen',
    async run(store) {
      for (const size of [5_000, 300_000]) {
        const blob = describeBytes(pattern(size, 1));
        await expectCode(store.push(blob, streamed(pattern(size, 2))), 'CORRUPT');
        await expectCode(store.push(blob, fromBytes(pattern(size, 2))), 'CORRUPT');
        assert.equal(await store.exists(blob), false);
      }
    },
  },
  {
    name: 'blob: a source that is too long or too short is CORRUPT, and nothing is to be seen',
    async run(store) {
      const bytes = pattern(150_000);
      const blob = describeBytes(bytes);

      for (const wrong of [bytes.subarray(1), pattern(150_001)]) {
        await expectCode(store.push(blob, fromBytes(wrong)), 'CORRUPT');
        await expectCode(store.push(blob, streamed(wrong, { size: bytes.byteLength })), 'CORRUPT');
      }
      assert.equal(await store.exists(blob), false);
    },
  },
  {
    name: 'blob: a source that breaks is its own error, and the same blob can be pushed afterwards',
    async run(store) {
      const bytes = pattern(400_000, 3);
      const blob = describeBytes(bytes);

      await assert.rejects(store.push(blob, breakingAt(bytes, 100_000)), /the source broke/);
      assert.equal(await store.exists(blob), false);

      await store.push(blob, streamed(bytes));
      await expectBytes(store, blob, bytes);
    },
  },
  {
    name: 'blob: pushing what is there already succeeds',
    async run(store) {
      const bytes = pattern(6_000_000, 9);
      await pushBytes(store, bytes);
      await pushBytes(store, bytes);

      await expectBytes(store, describeBytes(bytes), bytes);
    },
  },
  {
    name: 'blob: a push of unknown size is checked as any other',
    async run(store) {
      const bytes = pattern(90_000, 4);

      await store.push(describeBytes(bytes), streamed(bytes, { size: undefined }));

      await expectBytes(store, describeBytes(bytes), bytes);
    },
  },
  {
    name: 'blob: many pushes of one blob at once all succeed',
    async run(store) {
      const bytes = pattern(100_000, 5);
      await Promise.all(Array.from({ length: 8 }, async () => await pushBytes(store, bytes)));

      await expectBytes(store, describeBytes(bytes), bytes);
    },
  },
  {
    name: 'blob: a body may be cancelled or left in the middle, and the store goes on working',
    async run(store) {
      const bytes = pattern(3_000_000, 6);
      const blob = await pushBytes(store, bytes);

      (await store.fetch(blob)).cancel();
      for await (const chunk of (await store.fetch(blob)).body) {
        same(chunk.slice(0, 8), bytes.subarray(0, 8));
        break;
      }

      await expectBytes(store, blob, bytes);
    },
  },
  {
    name: 'blob: a push that is given up is ABORTED, and nothing is to be seen',
    async run(store) {
      const bytes = pattern(2_000_000, 8);
      const controller = new AbortController();
      const { source, isWaiting, release } = stalling(bytes, 500_000);

      const pushing = store.push(describeBytes(bytes), source, { signal: controller.signal });
      const failed = expectCode(pushing, 'ABORTED');
      await isWaiting;
      controller.abort();
      await failed;
      release();

      assert.equal(await store.exists(describeBytes(bytes)), false);
      await expectCode(store.exists(describeBytes(bytes), { signal: AbortSignal.abort() }), 'ABORTED');
    },
  },
  {
    name: 'blob: what another repository holds is taken over from there',
    async run(store, tools) {
      const bytes = pattern(50_000, 10);
      const other = await tools.other();
      const blob = await pushBytes(other, bytes);
      const source: Source = { ...fromBytes(bytes), origin: other.origin(blob) };

      const { how } = await store.push(blob, source);

      await expectBytes(store, blob, bytes);
      if (how !== 'mounted') tools.skip('it was sent once more');
    },
  },
  {
    name: 'blob: an upload in chunks that broke goes on where it was, also in another process',
    async run(store, tools) {
      const bytes = pattern(3_500_000, 11);
      const blob = describeBytes(bytes);
      const tokens: string[] = [];

      await assert.rejects(store.push(blob, breakingAt(bytes, 2_600_000), { onToken: (token) => { tokens.push(token); } }), /the source broke/);
      const resume = tokens.at(-1);
      if (resume === undefined) return tools.skip('it is not sent in chunks');
      assert.equal(await store.exists(blob), false);
      await (await tools.reopen()).push(blob, streamed(bytes), { resume });

      await expectBytes(store, blob, bytes);
    },
  },
  {
    name: 'blob: a token of an upload that is over or of another blob begins anew, and a damaged one is INVALID_ARGUMENT',
    async run(store, tools) {
      const [first, second] = [pattern(2_500_000, 12), pattern(2_500_000, 13)];
      const tokens: string[] = [];
      await store.push(describeBytes(first), streamed(first), { onToken: (token) => { tokens.push(token); } });
      const resume = tokens[0];
      if (resume === undefined) return tools.skip('it is not sent in chunks');
      await store.delete(describeBytes(first));

      await store.push(describeBytes(first), streamed(first), { resume });
      await store.push(describeBytes(second), streamed(second), { resume });

      await expectBytes(store, describeBytes(first), first);
      await expectBytes(store, describeBytes(second), second);
      await expectCode(store.push(describeBytes(pattern(100, 14)), fromBytes(pattern(100, 14)), { resume: 'no token' }), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'blob: a deleted blob is gone, and deleting it once more succeeds',
    async run(store) {
      const blob = await pushBytes(store, pattern(1_000, 15));

      await store.delete(blob);
      await store.delete(blob);

      assert.equal(await store.exists(blob), false);
    },
  },
  {
    name: 'blob: a digest that cannot be checked is refused before anything is sent',
    async run(store) {
      const bad = [{ digest: 'sha256:abc' as const }, { digest: 'sha256:../../../../etc/passwd' as const }, { digest: `sha256:${'A'.repeat(64)}` as const }, { size: -1 }, { size: 0.5 }];
      for (const part of bad) {
        const target = { ...describeBytes(pattern(10)), ...part };
        await expectCode(store.fetch(target), 'INVALID_ARGUMENT');
        await expectCode(store.push(target, fromBytes(pattern(10))), 'INVALID_ARGUMENT');
        await expectCode(store.delete(target), 'INVALID_ARGUMENT');
      }
      await expectCode(store.exists({ ...describeBytes(pattern(10)), digest: `md5:${'0'.repeat(32)}` }), 'UNSUPPORTED');
    },
  },
];
