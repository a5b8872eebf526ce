import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPace } from './pace.ts';

/** Moves objects for a while: the service answers after `latency` ms, takes at most `limit` a second, and each costs us `work` ms; what goes beyond the connections that are open waits `opening` ms for more. */
function roomAfter(objects: number, { latency, work, limit = Infinity, most = 256, opening = 0, pause = () => 0 }: { readonly latency: number; readonly work: number; readonly limit?: number; readonly most?: number; readonly opening?: number; readonly pause?: (round: number) => number }): number {
  let [idle, active] = [0, 0];
  const pace = createPace({ most, spent: () => ({ idle, active }) });
  // The look at what is there already has opened some.
  let connections = 16;
  for (let moved = 0, number = 0; moved < objects; number += 1) {
    // One round: all that is under way comes back.
    const count = pace.room();
    const round = Math.max(latency + (count > connections ? opening : 0) + pause(number), count * work, (count / limit) * 1000);
    connections = Math.max(connections, count);
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

test('the time that new connections take is not held against a doubling', () => {
  assert.equal(roomAfter(1500, { latency: 20, work: 0.05, opening: 100 }), 256);
});

test('a pause that meets a doubling costs a moment, not a second', () => {
  // Rounds 3 to 6 are those of the first doubling.
  assert.equal(roomAfter(1300, { latency: 20, work: 0.05, pause: (round) => (round >= 3 && round <= 6 ? 60 : 0) }), 256);
});

test('no more is kept where the service does not go faster for it', () => {
  assert.ok(roomAfter(50_000, { latency: 1, work: 0.02, limit: 4000 }) <= 32);
});

test('a small bound is kept', () => {
  assert.equal(roomAfter(100, { latency: 20, work: 0.01, most: 4 }), 4);
});
