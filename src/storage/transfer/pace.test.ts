import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPace } from './pace.ts';

/** Moves objects for a while: the service answers after `latency` ms, takes at most `limit` a second, and each costs us `work` ms. */
function roomAfter(objects: number, { latency, work, limit = Infinity, most = 256 }: { readonly latency: number; readonly work: number; readonly limit?: number; readonly most?: number }): number {
  let [idle, active] = [0, 0];
  const pace = createPace({ most, spent: () => ({ idle, active }) });
  for (let moved = 0; moved < objects; ) {
    // One round: all that is under way comes back.
    const count = pace.room();
    const round = Math.max(latency, count * work, (count / limit) * 1000);
    active += count * work;
    idle += round - count * work;
    for (let one = 0; one < count; one += 1) pace.done();
    moved += count;
  }
  return pace.room();
}

test('a service far away gets as much at once as it takes', () => {
  assert.equal(roomAfter(5000, { latency: 20, work: 0.05 }), 256);
  assert.equal(roomAfter(5000, { latency: 20, work: 0.05, most: 100 }), 100);
});

test('no more is tried where our own work is what takes the time', () => {
  assert.equal(roomAfter(50_000, { latency: 0.5, work: 0.2 }), 16);
});

test('no more is kept where the service does not go faster for it', () => {
  assert.ok(roomAfter(50_000, { latency: 1, work: 0.02, limit: 4000 }) <= 32);
});

test('a small bound is kept', () => {
  assert.equal(roomAfter(100, { latency: 20, work: 0.01, most: 4 }), 4);
});
