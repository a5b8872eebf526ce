import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryDriver } from '../../src/drivers/memory/index.ts';
import { hasCode, TowlineError } from '../../src/errors.ts';
import { pattern } from '../../src/storage/conformance/material.ts';
import { gather } from '../../src/storage/content.ts';
import { type Content, type Driver, VERBS } from '../../src/storage/driver.ts';
import { adaptiveConcurrency } from '../../src/storage/concurrency.ts';
import { applyLayers, around, type Call, type Layer } from '../../src/storage/layer.ts';
import { limit } from '../../src/storage/layers/limit.ts';
import { prefix } from '../../src/storage/layers/prefix.ts';
import { readOnly } from '../../src/storage/layers/read-only.ts';
import { resume } from '../../src/storage/layers/resume.ts';
import { retry } from '../../src/storage/layers/retry.ts';
import { standardLayers } from '../../src/storage/layers/standard.ts';
import { timeout } from '../../src/storage/layers/timeout.ts';
import { trace, type TraceEvent } from '../../src/storage/layers/trace.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { createFakeClock } from './fake-clock.ts';
import { counting, faulty } from './faulty-driver.ts';

const PATH = parsePath('folder/object');
const BYTES = pattern(200_000);

async function stocked(): Promise<ReturnType<typeof createMemoryDriver>> {
  const driver = createMemoryDriver('memory://test', { partSize: 1_000 });
  await driver.write(PATH, fromBytes(BYTES));
  return driver;
}
const readAll = async (driver: Driver): Promise<Uint8Array> => await gather((await driver.read(PATH)).body, 1 << 20);
const failing = (error: Error, times = Infinity): { readonly layer: Layer; tries(): number } => {
  let tries = 0;
  return { tries: () => tries, layer: around(async (_call, next) => { if (++tries <= times) throw error; return await next(); }) };
};
const unavailable = (details = {}): TowlineError => new TowlineError('UNAVAILABLE', 'try again', { retryable: true, ...details });

describe('every layer', () => {
  it('leaves absent verbs absent and keeps what it does not name', async () => {
    const { now, wait } = createFakeClock();
    const inner: Driver = await stocked();
    const { list: _list, upload: _upload, ...bare } = inner;
    const layers: Readonly<Record<string, Layer>> = {
      retry: retry({ tries: 1, budgetSeconds: 1, now, wait, random: () => 0 }), limit: limit(2), timeout: timeout({ idleSeconds: 1, now, wait }),
      resume: resume({ tries: 1, wait, random: () => 0 }), prefix: prefix(parsePath('x')), trace: trace(() => undefined, { now }),
    };
    for (const [name, layer] of Object.entries(layers)) {
      assert.deepEqual(VERBS.filter((verb) => verb in layer(bare) && layer(bare)[verb] !== undefined), VERBS.filter((verb) => verb in bare), name);
      assert.equal(layer(bare).traits, bare.traits, name);
    }
  });

  it('goes round the parts of an upload too', async () => {
    const counts = new Map<Call['verb'], number>();
    const driver = counting(counts)(await stocked());

    const upload = await driver.upload?.(PATH, { size: 1_500 });
    assert.ok(upload);
    const parts = [await upload.send({ number: 1, start: 0, end: 1_000 }, fromBytes(BYTES.subarray(0, 1_000))), await upload.send({ number: 2, start: 1_000, end: 1_500 }, fromBytes(BYTES.subarray(0, 500)))];
    await upload.complete(parts);
    await upload.abort();

    assert.deepEqual(Object.fromEntries(counts), { upload: 1, send: 2, complete: 1, abort: 1 });
    assert.equal(upload.partSize, 1_000);
  });
});

describe('retry', () => {
  it('asks again for the names of a batch that failed with what may go away, and for no others', async () => {
    const { now, wait, waits } = createFakeClock();
    const asked: string[][] = [];
    const inner: Driver = {
      ...await stocked(),
      delete: async (names) => {
        asked.push(names.map(({ path }) => path));
        return names.map((name) => ({ ...name, ...(name.path === 'slow' && asked.length < 3 && { error: unavailable({ retryAfterSeconds: 2 }) }), ...(name.path === 'denied' && { error: new TowlineError('PERMISSION_DENIED', 'no') }) }));
      },
    };

    const results = await retry({ tries: 5, budgetSeconds: 60, now, wait, random: () => 0 })(inner).delete?.(['slow', 'denied', 'gone'].map((name) => ({ path: parsePath(name) })));

    assert.deepEqual(asked, [['slow', 'denied', 'gone'], ['slow'], ['slow']]);
    assert.deepEqual(results?.map(({ path, error }) => [path, hasCode(error, 'PERMISSION_DENIED')]), [['slow', false], ['denied', true], ['gone', false]]);
    assert.deepEqual(waits, [2000, 2000]);
  });

  it('repeats a retryable failure, waiting a random time below a bound that doubles (#6622, #4121, #3250)', async () => {
    const clock = createFakeClock();
    const { layer, tries } = failing(unavailable(), 4);
    const driver = applyLayers(await stocked(), [retry({ ...clock, tries: 5, budgetSeconds: 60, random: () => 0.5 }), layer]);

    await driver.stat(PATH);

    assert.equal(tries(), 5);
    assert.deepEqual(clock.waits, [50, 100, 200, 400]);
  });

  it('waits at least as long as the service asks, and not at all beyond its budget', async () => {
    const clock = createFakeClock();
    const patient = failing(unavailable({ retryAfterSeconds: 30 }), 1);
    await applyLayers(await stocked(), [retry({ ...clock, tries: 5, budgetSeconds: 60, random: () => 0 }), patient.layer]).stat(PATH);
    assert.deepEqual(clock.waits, [30_000]);

    const tooLong = failing(unavailable({ retryAfterSeconds: 90 }));
    const driver = applyLayers(await stocked(), [retry({ ...clock, tries: 5, budgetSeconds: 60, random: () => 0 }), tooLong.layer]);
    await assert.rejects(driver.stat(PATH), (error) => hasCode(error, 'UNAVAILABLE'));
    assert.equal(tooLong.tries(), 1);
  });

  it('never repeats what is not retryable, is ABORTED, or has run out of tries', async () => {
    for (const [error, expected] of [[new TowlineError('NOT_FOUND', 'gone'), 1], [new TowlineError('ABORTED', 'given up', { retryable: true }), 1], [new Error('of no kind'), 1], [unavailable(), 4]] as const) {
      const { layer, tries } = failing(error);
      const driver = applyLayers(await stocked(), [retry({ ...createFakeClock(), tries: 3, budgetSeconds: 600, random: () => 0 }), layer]);
      await assert.rejects(driver.stat(PATH), error);
      assert.equal(tries(), expected, error.message);
    }
  });

  it('repeats a conditional write only when the service refused it', async () => {
    for (const [code, expected] of [['UNAVAILABLE', 1], ['RATE_LIMITED', 3]] as const) {
      const { layer, tries } = failing(new TowlineError(code, 'no', { retryable: true }), 2);
      const driver = applyLayers(await stocked(), [retry({ ...createFakeClock(), tries: 3, budgetSeconds: 600, random: () => 0 }), layer]);
      await driver.write?.(parsePath('new'), fromBytes(BYTES), { mode: 'create' }).catch((error: unknown) => { assert.ok(hasCode(error, code)); });
      assert.equal(tries(), expected, code);
    }
  });

  it('stops at once when the caller gives up while it waits', async () => {
    const { layer, tries } = failing(unavailable());
    const controller = new AbortController();
    const driver = applyLayers(await stocked(), [retry({ ...createFakeClock(), tries: 9, budgetSeconds: 600, random: () => 0 }), layer]);

    const running = driver.stat(PATH, { signal: controller.signal });
    controller.abort();

    await assert.rejects(running, (error) => hasCode(error, 'ABORTED') || hasCode(error, 'UNAVAILABLE'));
    assert.equal(tries(), 1);
  });
});

describe('limit', () => {
  it('counts a read until its body is over or cancelled', async () => {
    const driver = limit(2)(await stocked());
    const [first, second] = [await driver.read(PATH), await driver.read(PATH)];
    let isOpen = false;
    const third = driver.read(PATH).then((content) => { isOpen = true; return content; });
    await new Promise((resolve) => { setImmediate(resolve); });
    assert.equal(isOpen, false);

    first.cancel();
    await third;
    assert.equal((await gather(second.body, 1 << 20)).byteLength, BYTES.byteLength);
    for (let round = 0; round < 5; round++) for await (const _chunk of (await driver.read(PATH)).body) break;
  });

  it('lets no more calls through than it says, and halves them when the service refuses', async () => {
    const inner = await stocked();
    let [now, most, isRefusing] = [0, 0, true];
    const watched = around(async (_call, next) => {
      now += 1;
      most = Math.max(most, now);
      try {
        await new Promise((resolve) => { setImmediate(resolve); });
        if (isRefusing) throw new TowlineError('RATE_LIMITED', 'slow down', { retryable: true });
        return await next();
      } finally {
        now -= 1;
      }
    })(inner);
    const driver = limit(() => adaptiveConcurrency({ most: 8, now: Date.now }))(watched);
    const round = async (calls: number): Promise<number> => {
      most = 0;
      await Promise.allSettled(Array.from({ length: calls }, async () => await driver.stat(PATH)));
      return most;
    };

    assert.equal(await round(40), 8);
    isRefusing = false;
    const slowed = await round(12);
    assert.ok(slowed < 8, `${slowed} calls at once after a refusal`);
    for (let index = 0; index < 10; index++) await round(40);
    assert.equal(await round(40), 8, 'it does not come back');
  });

  it('takes a 503 for a refusal, and no other failure', async () => {
    for (const [error, isRefusal] of [
      [new TowlineError('UNAVAILABLE', 'overloaded', { retryable: true, context: { status: 503 } }), true],
      [new TowlineError('TIMEOUT', 'silent', { retryable: true }), true],
      [new TowlineError('UNAVAILABLE', 'failed', { retryable: true, context: { status: 500 } }), false],
      [new TowlineError('NOT_FOUND', 'not there'), false],
    ] as const) {
      for (const isFixed of [false, true]) {
        let [underWay, most] = [0, 0];
        const counting = around(async () => {
          most = Math.max(most, underWay += 1);
          await new Promise((resolve) => { setImmediate(resolve); });
          underWay -= 1;
          throw error;
        });
        const clock = createFakeClock();
        const driver = applyLayers(await stocked(), [...standardLayers({ concurrency: 8, isFixed, tries: 0 }, { ...clock, randomBytes: (count) => new Uint8Array(count) }), counting]);

        await Promise.allSettled(Array.from({ length: 8 }, async () => await driver.stat(PATH)));
        most = 0;
        await Promise.allSettled(Array.from({ length: 20 }, async () => await driver.stat(PATH)));

        assert.equal(most, isRefusal && !isFixed ? 4 : 8, `${error.message}, ${String(isFixed)}`);
      }
    }
  });

  it('does not lock up when writes read from the same storage', async () => {
    const driver = limit(1)(await stocked());
    const source = { size: BYTES.byteLength, async *open() { yield* (await driver.read(PATH)).body; } };

    await Promise.all(['a', 'b', 'c'].map(async (name) => await driver.write?.(parsePath(name), source)));

    assert.equal((await driver.stat(parsePath('c'))).size, BYTES.byteLength);
  });

  it('gives up the wait of one whose caller does', async () => {
    const driver = limit(1)(await stocked());
    const held = await driver.read(PATH);
    const controller = new AbortController();
    const waiting = driver.read(PATH, { signal: controller.signal });
    controller.abort();
    await assert.rejects(waiting, (error) => hasCode(error, 'ABORTED'));
    held.cancel();
    (await driver.read(PATH)).cancel();
  });
});

describe('timeout', () => {
  const options = (): Parameters<typeof timeout>[0] => ({ ...createFakeClock(), idleSeconds: 10 });

  it('gives up a call that is not answered, with a TIMEOUT that may be retried (#7414, #8836, #1102, #1756, #4259)', async () => {
    for (const at of ['stat', 'read', 'list', 'write', 'upload'] as const) {
      const driver = applyLayers(await stocked(), [timeout(options()), faulty([{ at, do: 'hang' }])]);
      const calls: Readonly<Record<typeof at, () => Promise<unknown> | undefined>> = {
        stat: () => driver.stat(PATH), read: () => driver.read(PATH), list: () => driver.list?.(PATH), write: () => driver.write?.(PATH, fromBytes(BYTES)), upload: () => driver.upload?.(PATH),
      };
      await assert.rejects(async () => await calls[at](), (error) => hasCode(error, 'TIMEOUT') && error.retryable, at);
    }
  });

  it('gives up a body that stalls, and one whose sender takes no more', async () => {
    const stalling = applyLayers(await stocked(), [timeout(options()), faulty([{ at: 'read', do: 'stall', byte: 70_000 }])]);
    await assert.rejects(readAll(stalling), (error) => hasCode(error, 'TIMEOUT'));

    const inner = await stocked();
    const lazy: Driver = { ...inner, write: async (_path, source) => { for await (const _chunk of source.open()) await new Promise(() => undefined); throw new Error('not reached'); } };
    await assert.rejects(async () => await timeout(options())(lazy).write?.(PATH, fromBytes(BYTES)), (error) => hasCode(error, 'TIMEOUT'));
  });

  it('runs no timer for a body that nobody reads', async () => {
    const clock = createFakeClock();
    const content = await timeout({ ...clock, idleSeconds: 1 })(await stocked()).read(PATH);
    for (let index = 0; index < 20; index++) await new Promise((resolve) => { setImmediate(resolve); });

    assert.ok(clock.waits.length <= 2, `${clock.waits.length} waits`);
    assert.equal((await gather(content.body, 1 << 20)).byteLength, BYTES.byteLength);
  });

  it('has no limit to the whole: neither a slow reader nor a slow source is a silent service', async () => {
    const clock = createFakeClock();
    const driver = timeout({ ...clock, idleSeconds: 1 })(await stocked());
    const slowly = async (): Promise<void> => { for (let index = 0; index < 5; index++) await clock.wait(1_000); };

    let count = 0;
    for await (const chunk of (await driver.read(PATH)).body) {
      await slowly();
      count += chunk.byteLength;
    }
    await driver.write?.(parsePath('slow'), { size: 3, async *open() { for (const byte of [1, 2, 3]) { await slowly(); yield Uint8Array.of(byte); } } });

    assert.equal(count, BYTES.byteLength);
  });
});

describe('resume', () => {
  const layer = resume({ ...createFakeClock(), tries: 3, random: () => 0 });

  it('goes on where the read broke, as often as it brings something', async () => {
    const inner = await stocked();
    const opened: Content[] = [];
    let cancelled = 0;
    const breaking: Driver = { ...inner, async read(path, options) {
      const content = await inner.read(path, options);
      opened.push(content);
      return { ...content, cancel: () => { cancelled += 1; content.cancel(); }, body: (async function* () { for await (const chunk of content.body) { yield chunk.subarray(0, 20_000); throw unavailable(); } })() };
    } };

    const bytes = await readAll(layer(breaking));

    assert.equal(Buffer.compare(bytes, BYTES), 0);
    assert.ok(opened.length >= 10);
    assert.ok(cancelled >= opened.length - 1, `${opened.length - cancelled} broken bodies were not closed`);
  });

  it('ends when nothing comes any more', async () => {
    const driver = applyLayers(await stocked(), [layer, faulty([{ at: 'read', do: 'cut', byte: 0 }])]);
    await assert.rejects(readAll(driver), (error) => hasCode(error, 'UNAVAILABLE'));
  });

  it('does not mix two objects: one that changed meanwhile is PRECONDITION_FAILED', async () => {
    const inner = await stocked();
    const driver = applyLayers(inner, [layer, faulty([{ at: 'read', do: 'cut', byte: 100_000, times: 1 }])]);
    const content = await driver.read(PATH);
    await inner.write(PATH, fromBytes(pattern(200_000, 2)));
    // Of the first object all chunks up to the cut are still there.
    await assert.rejects(gather(content.body, 1 << 20), (error) => hasCode(error, 'PRECONDITION_FAILED'));
  });
});

describe('prefix, read-only, trace and the standard order', () => {
  it('prefix shows one folder as the whole', async () => {
    const inner = await stocked();
    const driver = prefix(parsePath('folder'))(inner);

    assert.equal((await driver.stat(parsePath('object'))).path, 'object');
    assert.deepEqual((await driver.list?.(parsePath('')))?.entries.map((entry) => entry.path), ['object']);
    assert.deepEqual((await driver.delete?.([{ path: parsePath('object') }]))?.map((result) => result.path), ['object']);
    assert.equal((await inner.list(parsePath(''))).entries.length, 0);
    assert.equal(driver.displayUrl, 'memory://test/folder');
  });

  it('read-only has nothing that changes something', async () => {
    const driver = readOnly({ ...(await stocked()), presign: async () => 'https://signed' });

    assert.deepEqual(['write', 'delete', 'upload'].filter((verb) => verb in driver), []);
    assert.equal(await driver.presign?.(PATH, { method: 'GET', expiresInSeconds: 1 }), 'https://signed');
    await assert.rejects(async () => await driver.presign?.(PATH, { method: 'PUT', expiresInSeconds: 1 }), (error) => hasCode(error, 'UNSUPPORTED'));
  });

  it('trace tells each call once with its outcome, a read when its body is over', async () => {
    const events: TraceEvent[] = [];
    const driver = trace((event) => { events.push(event); }, createFakeClock())(await stocked());

    const content = await driver.read(PATH);
    assert.equal(events.length, 0);
    await gather(content.body, 1 << 20);
    content.cancel();
    await assert.rejects(driver.stat(parsePath('absent')));

    assert.deepEqual(events.map(({ verb, path, outcome }) => ({ verb, path, outcome })), [{ verb: 'read', path: PATH, outcome: 'done' }, { verb: 'stat', path: 'absent', outcome: 'NOT_FOUND' }]);
  });

  it('together they bring a read through failures of every kind', async () => {
    const clock = createFakeClock();
    const driver = applyLayers(await stocked(), [
      ...standardLayers({ concurrency: 1, idleSeconds: 5 }, { ...clock, randomBytes: (count) => new Uint8Array(count).fill(128) }),
      faulty([{ at: 'read', do: 'fail', times: 2 }, { at: 'read', do: 'stall', byte: 66_000, times: 1 }, { at: 'read', do: 'cut', byte: 10_000, times: 2 }, { at: 'read', do: 'hang', times: 1 }]),
    ]);

    assert.equal(Buffer.compare(await readAll(driver), BYTES), 0);
    assert.equal(Buffer.compare(await readAll(driver), BYTES), 0, 'a place in the limit was lost');
  });
});
