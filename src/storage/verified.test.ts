import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { hasCode } from '../errors.ts';
import { pattern, streamed } from './conformance/material.ts';
import { gather } from './content.ts';
import { fromBytes } from './source.ts';
import { type Expected, verified } from './verified.ts';

const BYTES = pattern(50_000);
const right = (bytes: Uint8Array = BYTES): Expected => ({ name: 'md5', value: createHash('md5').update(bytes).digest('hex') });
const isCorrupt = (error: unknown): boolean => hasCode(error, 'CORRUPT') && !error.retryable;

/** What a driver gets before it is told that something is wrong. */
async function received(chunks: AsyncIterable<Uint8Array>): Promise<{ readonly count: number; readonly error: unknown }> {
  let count = 0;
  try {
    for await (const chunk of chunks) count += chunk.byteLength;
    return { count, error: undefined };
  } catch (error) {
    return { count, error };
  }
}

describe('a verified source', () => {
  it('gives bytes that are right, of every size and in every chunking', async () => {
    for (const size of [0, 1, 999, 1_000, 1_001, 50_000]) {
      const bytes = BYTES.subarray(0, size);
      for (const declared of [size, undefined]) {
        const source = verified(streamed(bytes, { chunk: 1_000, size: declared }), right(bytes));
        assert.equal(Buffer.compare(await gather(source.open(), 1 << 20), bytes), 0);
        assert.equal(Buffer.compare(await gather(source.open(), 1 << 20), bytes), 0, 'not a second time');
      }
    }
  });

  it('throws CORRUPT before the last chunk of bytes that are wrong, wherever the bit is', async () => {
    for (const at of [0, 1, 25_000, 49_999]) {
      const wrong = Buffer.from(BYTES);
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      const { count, error } = await received(verified(streamed(wrong, { chunk: 1_000 }), right()).open());
      assert.ok(isCorrupt(error));
      assert.equal(count, 49_000);
    }
  });

  it('throws CORRUPT for bytes too few, too many, or of a size nobody told', async () => {
    for (const source of [streamed(BYTES.subarray(1), { size: BYTES.byteLength }), streamed(BYTES, { size: BYTES.byteLength - 1 }), { ...streamed(BYTES.subarray(1)), size: undefined }, streamed(new Uint8Array())]) {
      assert.ok(isCorrupt((await received(verified(source, right()).open())).error));
    }
  });

  it('leaves ranges alone: they have no digest', async () => {
    const part = await gather(verified(streamed(BYTES), { name: 'md5', value: 'of something else' }).open({ start: 10, end: 20 }), 100);
    assert.equal(Buffer.compare(part, BYTES.subarray(10, 20)), 0);
  });

  it('shows no way round the check: the origin of a file, and of wrong bytes in memory, is dropped', () => {
    const file = { ...streamed(BYTES), origin: { kind: 'file', path: '/x' } } as const;
    assert.equal(verified(file, right()).origin, undefined);
    assert.equal(verified(fromBytes(BYTES.subarray(1)), right()).origin, undefined);
    assert.notEqual(verified(fromBytes(BYTES), right()).origin, undefined);
  });
});

it('gives large sources whose readers take their time, each as it is and to its end', async () => {
  const read = async (index: number): Promise<void> => {
    const bytes = pattern(1_200_000 + index * 70_000);
    const source = verified(streamed(bytes, { chunk: 100_000, size: bytes.byteLength }), right(bytes));
    let count = 0;
    for await (const chunk of source.open()) {
      count += chunk.byteLength;
      for (let turn = 0; turn < 1 + (index % 5); turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
    }
    assert.equal(count, bytes.byteLength);
  };
  const all = Array.from({ length: 40 }, (_, index) => index);
  const next = async (): Promise<void> => {
    for (let index = all.shift(); index !== undefined; index = all.shift()) await read(index);
  };

  await Promise.all(Array.from({ length: 6 }, next));
});
