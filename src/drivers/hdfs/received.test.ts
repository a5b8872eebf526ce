import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { it } from 'node:test';
import { createReceived } from './received.ts';

it('gives every byte once and in order, and what was taken stays until it is released', () => {
  const received = createReceived();
  const sent = randomBytes(600_000);
  let added = 0;
  let taken = 0;
  while (taken < sent.byteLength) {
    for (let count = randomInt(0, 4); count > 0 && added < sent.byteLength; count -= 1) {
      const bytes = sent.subarray(added, added + randomInt(1, 70_000));
      received.add(bytes);
      added += bytes.byteLength;
    }
    assert.equal(received.length, added - taken);
    if (received.length === 0) continue;
    received.release();
    const piece = received.take(randomInt(1, received.length + 1));
    const more = sent.subarray(added, added + 100_000);
    received.add(more);
    added += more.byteLength;

    assert.ok(piece.equals(sent.subarray(taken, taken + piece.byteLength)), `at ${taken}`);
    taken += piece.byteLength;
  }
  assert.equal(received.length, 0);
});
