import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../../errors.ts';
import { splitBody } from './split-body.ts';

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);
async function* chunked(whole: Uint8Array, chunk: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(chunk);
  for (let at = 0; at < whole.byteLength; at += chunk) {
    const piece = whole.subarray(at, at + chunk);
    buffer.set(piece);
    yield buffer.subarray(0, piece.byteLength);
    buffer.fill(0xee);
  }
}
async function sent(body: { open(): AsyncIterable<Uint8Array> }): Promise<number[]> {
  const found: number[] = [];
  for await (const chunk of body.open()) found.push(...chunk);
  return found;
}

test('whatever the chunks, whole units are sent and the rest is kept', async () => {
  for (let size = 0; size <= 21; size++) {
    for (let from = 0; from <= Math.min(size, 5); from++) {
      for (let chunk = 1; chunk <= 9; chunk++) {
        for (const lead of [[], [200, 201, 202]]) {
          const all = [...lead, ...bytes(size).subarray(from)];
          const split = splitBody({ lead: Uint8Array.from(lead), size, from, unit: 8 }, (position) => chunked(bytes(size).subarray(position), chunk));

          const found = split.sendable === 0 ? [] : await sent(split.body);
          const rest = split.sendable === 0 ? await split.readRest() : split.rest();

          assert.equal(split.sendable, all.length - (all.length % 8));
          assert.deepEqual([found, [...rest]], [all.slice(0, split.sendable), all.slice(split.sendable)], `size ${size} from ${from} in chunks of ${chunk} after ${lead.length}`);
        }
      }
    }
  }
});

for (const [what, given] of [['too few', 15], ['too many', 17]] as const) {
  test(`a source that gives ${what} bytes is CORRUPT before the last of them is given on`, async () => {
    for (const chunk of [1, 4, 16, 32]) {
      const split = splitBody({ lead: new Uint8Array(), size: 16, from: 0, unit: 8 }, () => chunked(bytes(given), chunk));
      let count = 0;
      await assert.rejects(async () => {
        for await (const piece of split.body.open()) count += piece.byteLength;
      }, (error) => hasCode(error, 'CORRUPT'));
      assert.ok(count < 16);
    }
  });
}
