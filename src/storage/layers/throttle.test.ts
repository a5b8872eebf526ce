import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../../test/virtual-clock.ts';
import { createMemoryDriver } from '../../drivers/memory/index.ts';
import { createBandwidth } from '../bandwidth.ts';
import { pattern } from '../conformance/material.ts';
import { gather } from '../content.ts';
import type { Driver, With } from '../driver.ts';
import { parsePath } from '../path.ts';
import { parseRate } from '../rate.ts';
import { fromBytes, type Source } from '../source.ts';
import { applyLayers, around } from '../layer.ts';
import { throttle } from './throttle.ts';

const KIB = 1024;
const path = (index: number): ReturnType<typeof parsePath> => parsePath(`object-${index}`);
const streamOf = (bytes: Uint8Array): Source => ({ size: bytes.byteLength, async *open() { for (let at = 0; at < bytes.byteLength; at += 50_000) yield bytes.subarray(at, at + 50_000); } });

/** A memory behind a limit, and when how many bytes reached it. */
function limited(text: string): { readonly clock: ReturnType<typeof createVirtualClock>; readonly driver: With<'write'>; readonly arrived: { readonly at: number; readonly bytes: number }[]; readonly begin: number } {
  const clock = createVirtualClock();
  const begin = clock.now();
  const arrived: { at: number; bytes: number }[] = [];
  const watched = around(async (call, next) => {
    if (!call.source) return await next();
    if (call.source.origin?.kind === 'memory') arrived.push({ at: clock.now() - begin, bytes: call.source.size ?? 0 });
    const { source: { origin: _origin, ...source } } = call;
    const isWhole = call.source.origin !== undefined;
    return await next({ source: { ...source, async *open(options) { for await (const chunk of call.source?.open(options) ?? []) { if (!isWhole) arrived.push({ at: clock.now() - begin, bytes: chunk.byteLength }); yield chunk; } } } });
  });
  const driver = applyLayers(createMemoryDriver('memory://test', { partSize: 100 * KIB }), [throttle(createBandwidth(clock).budget('test', parseRate(text))), watched]) as With<'write'>;
  return { clock, driver, arrived, begin };
}

/** No span of a second, wherever it begins, has seen more than the rate, what was saved up, and one piece. */
function assertEven(arrived: readonly { readonly at: number; readonly bytes: number }[], { rate, piece }: { readonly rate: number; readonly piece: number }): void {
  for (const { at } of arrived) {
    const within = arrived.filter((one) => one.at >= at && one.at < at + 1000).reduce((sum, { bytes }) => sum + bytes, 0);
    assert.ok(within <= rate * 1.25 + piece, `${within} bytes in the second after ${at} ms`);
  }
}

test('small and large objects, from memory and streamed, reach the service no faster than allowed, and unchanged', async () => {
  const { clock, driver, arrived, begin } = limited('100k');
  const objects = [3 * KIB, 60 * KIB, 300 * KIB, 700 * KIB].map((size, index) => ({ bytes: pattern(size), path: path(index), isStream: index % 2 === 1 }));
  const total = objects.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);

  await clock.until(Promise.all(objects.map(async ({ bytes, path: to, isStream }) => { await driver.write(to, isStream ? streamOf(bytes) : fromBytes(bytes)); })));

  assert.equal(arrived.reduce((sum, { bytes }) => sum + bytes, 0), total);
  assertEven(arrived, { rate: 100 * KIB, piece: 60 * KIB });
  const seconds = (clock.now() - begin) / 1000;
  assert.ok(seconds > total / (100 * KIB) - 0.3 && seconds < total / (100 * KIB) + 0.1, `${seconds} s`);
  for (const { bytes, path: from } of objects) assert.deepEqual(await clock.until(driver.read(from).then(async ({ body }) => await gather(body, 1 << 20))), Buffer.from(bytes));
});

test('what is read is paid for when it has arrived, and nothing more is asked for before', async () => {
  const { clock, driver, begin } = limited('off:100k');
  const bytes = pattern(250 * KIB);
  await driver.write(path(1), fromBytes(bytes));
  assert.equal(clock.now(), begin, 'writing is not limited here');

  const read = await clock.until(Promise.all(Array.from({ length: 4 }, async () => await gather((await driver.read(path(1))).body, 1 << 20))));

  for (const one of read) assert.deepEqual(one, Buffer.from(bytes));
  const seconds = (clock.now() - begin) / 1000;
  assert.ok(seconds > 7.2 && seconds < 10.1, `${seconds} s`);
});

test('the parts of an upload are counted, too', async () => {
  const { clock, driver, arrived } = limited('100k');
  const upload = await (driver as Driver).upload?.(path(1), { size: 250 * KIB });
  assert.ok(upload);

  await clock.until(Promise.all([0, 1, 2].map(async (index) => await upload.send({ number: index + 1, start: index * 100 * KIB, end: Math.min(250, index * 100 + 100) * KIB }, streamOf(pattern(Math.min(100, 250 - index * 100) * KIB))))));

  assert.equal(arrived.reduce((sum, { bytes }) => sum + bytes, 0), 250 * KIB);
  assertEven(arrived, { rate: 100 * KIB, piece: 4 * KIB });
});

test('one who gives up while it waits sends nothing, and the others go on', async () => {
  const { clock, driver, arrived } = limited('100k');
  const controller = new AbortController();
  const first = driver.write(path(1), fromBytes(pattern(60 * KIB)));
  const second = driver.write(path(2), fromBytes(pattern(60 * KIB)), { signal: controller.signal });
  const third = driver.write(path(3), fromBytes(pattern(60 * KIB)));

  controller.abort();

  await assert.rejects(clock.until(second), { code: 'ABORTED' });
  await clock.until(Promise.all([first, third]));
  assert.equal(arrived.length, 2);
});
