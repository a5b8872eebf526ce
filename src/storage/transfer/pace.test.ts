import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPace, fixedPace, type Pace, type PaceOptions } from './pace.ts';

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

test('it gets there in few rounds, each of which is a way there and back', () => {
  assert.equal(roomAfter(600, { latency: 20, work: 0.03 }), 256);
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

/** Seconds that 5,000 objects take, 21 ms away, of a service that takes about 1,500 a second and pauses in every seventh round. */
function secondsOf(create: (options: PaceOptions) => Pace, seed: number): number {
  let state = seed;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state + 1) / 2 ** 31;
  };
  let [idle, active] = [0, 0];
  const pace = create({ most: 256, spent: () => ({ idle, active }) });
  for (let moved = 0; moved < 5000;) {
    const count = Math.min(pace.room(), 5000 - moved);
    const pause = random() < 1 / 7 ? -Math.log(random()) * 100 : 0;
    const round = Math.max(21, (count / 1500) * 1000 * (0.7 + 0.6 * random())) + pause;
    active += count * 0.3;
    idle += Math.max(0, round - count * 0.3);
    for (let one = 0; one < count; one += 1) pace.done();
    moved += count;
  }
  return (idle + active) / 1000;
}

test('a service that pauses now and then is nearly as fast as with what would be best, run after run', () => {
  const seeds = Array.from({ length: 100 }, (_, index) => index * 7919 + 1);
  const sorted = (create: (options: PaceOptions) => Pace): readonly number[] => seeds.map((seed) => secondsOf(create, seed)).sort((a, b) => a - b);
  const [found, best] = [sorted(createPace), sorted(() => fixedPace(64))];

  for (const rank of [50, 90]) assert.ok((found[rank] ?? Infinity) < (best[rank] ?? 0) * 1.35, `rank ${rank}: ${found[rank]} s, at best ${best[rank]}`);
});
