import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../../test/virtual-clock.ts';
import { createMemoryDriver } from '../../drivers/memory/index.ts';
import { pattern } from '../conformance/material.ts';
import { applyLayers, around } from '../layer.ts';
import { standardLayers } from '../layers/standard.ts';
import type { Driver } from '../driver.ts';
import { parsePath } from '../path.ts';
import { fromBytes, type Source } from '../source.ts';
import { Storage } from '../storage.ts';
import type { Task } from './task.ts';
import { transfer } from './transfer.ts';

const MIB = 1 << 20;
/** Not in memory, as what is pushed never is. */
const streamOf = (bytes: Uint8Array): Source => ({ size: bytes.byteLength, open: (options) => fromBytes(bytes).open(options) });

for (const jobs of [undefined, 16]) {
  test(`a large object in parts is not starved by a thousand small ones around it, with ${jobs ?? 'as many at once as pay'}`, async () => {
    const clock = createVirtualClock();
    const slow = around(async (call, next) => {
      await clock.wait(20 + (call.source?.size ?? 0) / 10_000, call.signal);
      return await next();
    });
    const inner = applyLayers(createMemoryDriver('memory://test', { partSize: MIB }), [...standardLayers({ concurrency: jobs ?? 64, isFixed: jobs !== undefined }, { ...clock, randomBytes: (count) => new Uint8Array(count) }), slow]);
    const small = (index: number): Task => ({ source: streamOf(pattern(100)), to: parsePath(`small-${index}`) });
    const large: Task = { source: streamOf(pattern(8 * MIB)), to: parsePath('large') };
    const tasks = [...Array.from({ length: 100 }, (_, index) => small(index)), large, ...Array.from({ length: 1_000 }, (_, index) => small(100 + index))];
    const order: string[] = [];

    await clock.until((async () => {
      for await (const { task, error } of transfer(new Storage(inner), tasks, { partThreshold: MIB, wait: clock.wait, ...(jobs !== undefined && { jobs }) })) {
        assert.equal(error, undefined);
        order.push(task.to);
      }
    })());

    assert.equal(order.length, tasks.length);
    assert.ok(order.indexOf('large') < 700, `${order.indexOf('large')} small ones came first`);
  });
}

/** How many objects of a size that nobody knows are under way at once, for each that comes to its end. */
async function underWayOf(bytes: number, count: number): Promise<readonly number[]> {
  const clock = createVirtualClock();
  const chunk = new Uint8Array(MIB);
  const seen: number[] = [];
  let underWay = 0;
  const inner = createMemoryDriver('memory://test');
  const driver: Driver = {
    ...inner,
    async write(path, source) {
      underWay += 1;
      await clock.wait(20);
      for await (const _chunk of source.open()) await clock.wait(1);
      seen.push(underWay);
      underWay -= 1;
      return { entry: { path, kind: 'file' }, how: 'streamed' };
    },
  };
  const source: Source = { size: undefined, async *open() { for (let left = bytes; left > 0; left -= MIB) yield chunk.subarray(0, Math.min(left, MIB)); } };
  await clock.until((async () => {
    for await (const { error } of transfer(new Storage(driver), Array.from({ length: count }, (_, index): Task => ({ source, to: parsePath(`object-${index}`) })), { jobs: 64, wait: clock.wait })) assert.equal(error, undefined);
  })());
  return seen;
}

test('small objects whose size nobody knows are not taken for large ones', async () => {
  assert.equal(Math.max(...(await underWayOf(4096, 500))), 64);
});

test('large objects whose size nobody knows are soon taken for what they are', async () => {
  const seen = (await underWayOf(16 * MIB, 200)).slice(100, 180);

  assert.ok(Math.max(...seen) <= 9, String(Math.max(...seen)));
});

test('objects that only wait for the medium leave their places to others', async () => {
  const clock = createVirtualClock();
  const chunk = new Uint8Array(MIB);
  let [underWay, most] = [0, 0];
  const driver: Driver = {
    ...createMemoryDriver('memory://test'),
    async write(path, source) {
      for await (const _chunk of source.open()) await clock.wait(1);
      const isLarge = source.size === 8 * MIB;
      if (!isLarge) most = Math.max(most, underWay += 1);
      await clock.wait(isLarge ? 5_000 : 20);
      if (!isLarge) underWay -= 1;
      return { entry: { path, kind: 'file' }, how: 'streamed' };
    },
  };
  const large: Source = { size: 8 * MIB, async *open() { for (let left = 8; left > 0; left -= 1) yield chunk; } };
  const tasks = [...Array.from({ length: 15 }, (_, index): Task => ({ source: large, to: parsePath(`large-${index}`) })), ...Array.from({ length: 60 }, (_, index): Task => ({ source: streamOf(pattern(100)), to: parsePath(`small-${index}`) }))];

  await clock.until((async () => {
    for await (const { error } of transfer(new Storage(driver), tasks, { wait: clock.wait })) assert.equal(error, undefined);
  })());

  assert.ok(most >= 8, `${most} small ones at once`);
});
