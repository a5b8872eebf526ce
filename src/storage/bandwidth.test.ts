import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../test/virtual-clock.ts';
import { createBandwidth, createBucket } from './bandwidth.ts';
import { parseRate } from './rate.ts';

test('however many take at once, no more passes than the rate, and in the order they came', async () => {
  const clock = createVirtualClock();
  const bucket = createBucket(1000, clock);
  const begin = clock.now();
  const passed: (readonly [number, number])[] = [];

  await clock.until(Promise.all(Array.from({ length: 50 }, async (_, index) => {
    await bucket.take(100 + index);
    passed.push([index, clock.now() - begin]);
  })));

  assert.deepEqual(passed.map(([index]) => index), Array.from({ length: 50 }, (_, index) => index));
  let before = 0;
  for (const [index, at] of passed) {
    assert.ok(before <= at + 250.001, `${before} bytes had passed after ${at} ms`);
    before += 100 + index;
  }
  // All but the last are paid for, less what the idle time before had saved up.
  assert.ok(Math.abs((passed.at(-1)?.[1] ?? 0) - (before - 149 - 250)) < 1);
});

test('an idle hour saves up no more than a quarter of a second', async () => {
  const clock = createVirtualClock();
  const bucket = createBucket(1000, clock);
  await bucket.take(1);
  await clock.until(clock.wait(3_600_000));
  const begin = clock.now();

  await clock.until((async () => { for (let count = 0; count < 10; count++) await bucket.take(250); })());

  assert.equal(clock.now() - begin, 2000);
});

test('who gives up gives back what was meant for it', async () => {
  const clock = createVirtualClock();
  const bucket = createBucket(1000, clock);
  const controller = new AbortController();
  await bucket.take(1250);
  const begin = clock.now();
  const given = bucket.take(60_000, controller.signal);

  controller.abort();

  await assert.rejects(clock.until(given), { code: 'ABORTED' });
  await clock.until(bucket.take(0));
  assert.equal(clock.now() - begin, 1000);
});

test('both directions draw from one budget, or each from its own', async () => {
  for (const [text, expected] of [['1k', 9_750], ['1k:1k', 4_750], ['off:1k', 4_750], ['off', 0]] as const) {
    const clock = createVirtualClock();
    const { up, down } = createBandwidth(clock).budget('core', parseRate(text));
    const begin = clock.now();

    await clock.until(Promise.all([up, down].flatMap((bucket) => (bucket ? Array.from({ length: 5 }, async () => { await bucket.take(1024); }) : []))));
    await clock.until(Promise.all([up?.take(0), down?.take(0)]));

    assert.equal(Math.round(clock.now() - begin), expected, text);
  }
});

test('all that the same line limits draws from one budget', () => {
  const bandwidth = createBandwidth(createVirtualClock());
  const rate = parseRate('1k');

  assert.equal(bandwidth.budget('.dvc/towline:2', rate), bandwidth.budget('.dvc/towline:2', rate));
  assert.notEqual(bandwidth.budget('.dvc/towline:2', rate), bandwidth.budget('.dvc/towline:5', rate));
});
