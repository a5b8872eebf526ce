import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { followers } from '../../src/disk/follow.ts';
import { nodeDisk } from '../../src/disk/node.ts';
import { createLocalDriver } from '../../src/drivers/local/driver.ts';
import { createMemoryDriver } from '../../src/drivers/memory/index.ts';
import { hasCode, TowlineError } from '../../src/errors.ts';
import { gather } from '../../src/storage/content.ts';
import { md5, pattern } from '../../src/storage/conformance/material.ts';
import type { Driver, Entry } from '../../src/storage/driver.ts';
import { applyLayers, type Call } from '../../src/storage/layer.ts';
import { standardLayers } from '../../src/storage/layers/standard.ts';
import { parsePath } from '../../src/storage/path.ts';
import { type Quick, withQuick } from '../../src/storage/quick.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { Storage } from '../../src/storage/storage.ts';
import type { Outcome, Task, TransferOptions } from '../../src/storage/transfer/task.ts';
import { transfer } from '../../src/storage/transfer/transfer.ts';
import { temporaryFolder } from '../servers/server.ts';
import { createFakeClock } from './fake-clock.ts';
import { broken, type Fault, faulty, visible } from './faulty-driver.ts';

const SIZE = 30_000;
const COUNT = 24;

/** A remote with objects and the tasks that fetch them all. */
async function stocked(layer: (driver: Driver) => Driver = (driver) => driver, { count = COUNT, size = SIZE } = {}): Promise<{ readonly tasks: readonly Task[] }> {
  const driver = createMemoryDriver('memory://source', { partSize: 64 * 1024 });
  const paths = Array.from({ length: count }, (_, index) => parsePath(`object-${index}`));
  for (const [index, path] of paths.entries()) await driver.write(path, fromBytes(pattern(size, index)));
  const remote = layer(withoutOrigin(driver));
  const source = new Storage(withQuick(remote, { read: quickly(remote) }));
  const tasks = await Promise.all(paths.map(async (path, index): Promise<Task> => ({ source: source.source(bare(await driver.stat(path))), to: path, expected: { name: 'md5', value: md5(pattern(size, index)) } })));
  return { tasks };
}
/** One try, which says nothing of what went wrong. */
function quickly(driver: Driver): NonNullable<Quick['read']> {
  return async (path, options) => {
    try {
      const content = await driver.read(path, options);
      return { bytes: await gather(content.body, 1 << 20), body: content.body, cancel: () => undefined };
    } catch {
      return undefined;
    }
  };
}
/** As in a set of objects: the name and the size are all that is known. */
const bare = ({ path, size }: Entry): Entry => ({ path, kind: 'file', ...(size !== undefined && { size }) });
/** Bytes must pass for a fault to meet them. */
function withoutOrigin({ origin: _origin, ...rest }: Driver): Driver {
  return rest;
}
async function run(target: Driver, tasks: readonly Task[], options: TransferOptions = {}): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for await (const outcome of transfer(new Storage(target), tasks, options)) outcomes.push(outcome);
  return outcomes;
}
function failed(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.filter((outcome) => outcome.how === 'failed').map((outcome) => outcome.task.to as string);
}
const layered = (driver: Driver): Driver => applyLayers(driver, standardLayers({ concurrency: 16, tries: 4 }, { ...createFakeClock(), randomBytes: (count) => new Uint8Array(count) }));
const onObject = (index: number) => ({ path }: { readonly path?: string }): boolean => path === `object-${index}`;

/** Places where bytes go in, whole or in parts. */
const ways: Readonly<Record<string, TransferOptions>> = { 'whole': {}, 'in parts': { partThreshold: 1 }, 'by quick verbs': { isBulk: true } };

for (const [way, options] of Object.entries(ways)) {
  const local = (): { readonly folder: string; readonly driver: Driver } => {
    const folder = join(temporaryFolder('faults'), 'target');
    mkdirSync(folder);
    return { folder, driver: createLocalDriver(folder, { disk: nodeDisk, platform: process.platform }) };
  };

  describe(`a transfer of objects ${way}`, () => {
    it('brings every object', async () => {
      const { tasks } = await stocked();
      const { folder, driver } = local();

      const outcomes = await run(driver, tasks, options);

      assert.deepEqual(failed(outcomes), []);
      assert.equal(outcomes.length, COUNT);
      assert.equal(outcomes.reduce((sum, { bytes }) => sum + bytes, 0), COUNT * SIZE);
      for (let index = 0; index < COUNT; index++) assert.equal(md5(readFileSync(join(folder, `object-${index}`))), md5(pattern(SIZE, index)));
      assert.equal(readdirSync(folder).length, COUNT);
    });

    it('names a flipped bit CORRUPT, keeps nothing of that object and brings all others', async () => {
      for (const byte of [0, 1, 17_000, SIZE - 1]) {
        const { tasks } = await stocked(faulty([{ at: 'read', do: 'flip', byte, on: onObject(7) }]));
        const { folder, driver } = local();

        const outcomes = await run(driver, tasks, options);

        assert.deepEqual(failed(outcomes), ['object-7']);
        assert.ok(hasCode(outcomes.find((outcome) => outcome.how === 'failed')?.error, 'CORRUPT'));
        assert.equal(readdirSync(folder).filter((name) => name !== 'object-7').length, COUNT - 1);
        assert.equal(readdirSync(folder).includes('object-7'), false);
        assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('.')), [], 'something unfinished was left behind');
      }
    });

    for (const byte of [0, 1, 16_384, SIZE - 1]) {
      it(`leaves nothing of an object whose read is cut at byte ${byte}, and brings all others`, async () => {
        const { tasks } = await stocked(faulty([{ at: 'read', do: 'cut', byte, on: onObject(3) }]));
        const { folder, driver } = local();

        const outcomes = await run(driver, tasks, options);

        assert.deepEqual(failed(outcomes), ['object-3']);
        assert.equal(readdirSync(folder).length, COUNT - 1);
      });

      it(`goes on by itself after a read was cut at byte ${byte}, behind the layers`, async () => {
        const { tasks } = await stocked((driver) => layered(faulty([{ at: 'read', do: 'cut', byte, times: 3 }])(driver)));
        const { folder, driver } = local();

        const outcomes = await run(driver, tasks, options);

        assert.deepEqual(failed(outcomes), []);
        assert.equal(readdirSync(folder).length, COUNT);
      });

      it(`shows nothing of an object whose write is cut at byte ${byte}`, async () => {
        const { tasks } = await stocked();
        const inner = createMemoryDriver('memory://target', { partSize: 8_192 });
        const faults: readonly Fault[] = [{ at: 'write', do: 'cut', byte, on: onObject(3) }, { at: 'send', do: 'cut', byte: byte % 8_192, on: onObject(3) }];

        const outcomes = await run(faulty(faults)(inner), tasks, options);

        assert.deepEqual(failed(outcomes), ['object-3']);
        const seen = await visible(inner);
        assert.equal(seen.size, COUNT - 1);
        assert.deepEqual([...new Set(seen.values())], [SIZE]);
      });
    }

    it('repeats what failed behind the layers, whatever failed first', async () => {
      for (const at of ['write', 'upload', 'send', 'complete'] as const) {
        const { tasks } = await stocked();
        const inner = createMemoryDriver('memory://target', { partSize: 8_192 });

        const outcomes = await run(layered(faulty([{ at, do: 'fail', times: 5 }])(inner)), tasks, { jobs: 2, ...options });

        assert.deepEqual(failed(outcomes), [], `after failures of '${at}'`);
        assert.equal((await visible(inner)).size, COUNT);
      }
    });

    it('reports a refusal for each object and goes on', async () => {
      const { tasks } = await stocked();
      const inner = createMemoryDriver('memory://target', { partSize: 8_192 });
      const refused = (call: { readonly path?: string }): boolean => /[02468]$/.test(call.path ?? '');

      const outcomes = await run(faulty([{ at: 'write', do: 'refuse', on: refused }, { at: 'complete', do: 'refuse', on: refused }])(inner), tasks, options);

      assert.equal(failed(outcomes).length, COUNT / 2);
      assert.equal((await visible(inner)).size, COUNT / 2);
    });

    it('ends a cancellation at once although everything hangs, and shows nothing unfinished', async () => {
      const { tasks } = await stocked(faulty([{ at: 'read', do: 'stall', byte: 20_000 }]));
      const inner = createMemoryDriver('memory://target', { partSize: 8_192 });
      const controller = new AbortController();
      const begun = Date.now();
      let moved = 0;

      const running = run(inner, tasks, { ...options, signal: controller.signal, onBytes: (_task, bytes) => {
        moved += bytes;
        if (moved > 60_000) controller.abort();
      } });

      await assert.rejects(running, (error) => hasCode(error, 'ABORTED'));
      assert.ok(Date.now() - begun < 2_000, `it took ${Date.now() - begun} ms`);
      assert.equal((await visible(inner)).size, 0);
    });

    it('ends a cancellation at once although the target never answers', async () => {
      const { tasks } = await stocked();
      const deaf: Driver = { ...createMemoryDriver('memory://target', { partSize: 8_192 }), write: async () => await new Promise(() => undefined), upload: async () => await new Promise(() => undefined) };

      const controller = new AbortController();
      setImmediate(() => { controller.abort(); });

      const running = run(deaf, tasks, { ...options, signal: controller.signal });

      await assert.rejects(running, (error) => hasCode(error, 'ABORTED'));
    });

    it('takes only as many tasks as are under way, and stops when its reader leaves', async () => {
      const { tasks } = await stocked();
      let taken = 0;
      const counted = (function* () { for (const task of tasks) { taken += 1; yield task; } })();

      for await (const outcome of transfer(new Storage(createMemoryDriver('memory://target', { partSize: 8_192 })), counted, { ...options, jobs: 3 })) {
        assert.notEqual(outcome.how, 'failed');
        break;
      }

      assert.ok(taken <= 6, `${taken} tasks were taken for one outcome`);
    });

    it('moves an object whose source has no ranges', async () => {
      const bytes = pattern(100_000);
      const source = { size: bytes.byteLength, async *open({ start = 0 } = {}) {
        if (start > 0) throw new TowlineError('UNSUPPORTED', 'this source has no ranges');
        yield bytes;
      } };
      for (const expected of [undefined, { name: 'md5', value: md5(bytes) }] as const) {
        const inner = createMemoryDriver('memory://target', { partSize: 8_192 });

        const outcomes = await run(inner, [{ source, to: parsePath('x'), ...(expected && { expected }) }], options);

        assert.deepEqual(failed(outcomes), []);
        assert.equal(md5(await gather((await inner.read(parsePath('x'))).body, 200_000)), md5(bytes));
      }
    });

    it('takes back the bytes it told of a try that failed', async () => {
      const { tasks } = await stocked((driver) => faulty([{ at: 'read', do: 'cut', byte: 20_000, times: 3 }])(driver));
      const inner = createMemoryDriver('memory://target', { partSize: 8_192 });
      let moved = 0;

      const outcomes = await run(layered(inner), tasks, { ...options, onBytes: (_task, bytes) => { moved += bytes; } });

      const done = outcomes.filter((outcome) => outcome.how !== 'failed').length;
      assert.equal(moved, done * SIZE);
    });
  });
}

describe('a large object that comes alone is hashed by another thread', () => {
  const size = 40 << 20;
  const options: TransferOptions = { partThreshold: 1 << 20, processors: 2 };
  const target = (): { readonly folder: string; readonly driver: Driver } => {
    const folder = join(temporaryFolder('faults'), 'target');
    mkdirSync(folder);
    return { folder, driver: createLocalDriver(folder, { disk: nodeDisk, platform: process.platform }) };
  };
  const isLast = ({ args }: Call): boolean => ((args[1] as { readonly start?: number } | undefined)?.start ?? 0) > 30 << 20;
  const threadsUntilNow = async (running: Promise<unknown>): Promise<number> => {
    let most = 0;
    const timer = setInterval(() => { most = Math.max(most, followers()); }, 1);
    await running.finally(() => { clearInterval(timer); });
    return most;
  };

  it('and comes whole', async () => {
    const { tasks } = await stocked((driver) => driver, { count: 1, size });
    const { folder, driver } = target();
    let outcomes: readonly Outcome[] = [];

    const threads = await threadsUntilNow(run(driver, tasks, options).then((found) => { outcomes = found; }));

    assert.deepEqual([threads, failed(outcomes)], [1, []]);
    assert.equal(md5(readFileSync(join(folder, 'object-0'))), tasks[0]?.expected?.value);
    assert.deepEqual(readdirSync(folder), ['object-0']);
  });

  it('or not at all, where a bit is flipped in its last part', async () => {
    const { tasks } = await stocked(faulty([{ at: 'read', do: 'flip', byte: 1_000_000, on: isLast }]), { count: 1, size });
    const { folder, driver } = target();

    const outcomes = await run(driver, tasks, options);

    assert.ok(hasCode(outcomes[0]?.error, 'CORRUPT'), String(outcomes[0]?.error));
    assert.deepEqual(readdirSync(folder), []);
  });

  it('which ends with the transfer', async () => {
    const { tasks } = await stocked(faulty([{ at: 'read', do: 'stall', byte: 1_000_000, on: isLast }]), { count: 1, size });
    const controller = new AbortController();
    const running = run(target().driver, tasks, { ...options, signal: controller.signal });
    while (followers() === 0) await wait(1);
    controller.abort();

    await assert.rejects(running, (error) => hasCode(error, 'ABORTED'));
    for (let turn = 0; followers() > 0 && turn < 500; turn += 1) await wait(10);
    assert.equal(followers(), 0);
  });
});

describe('a transfer', () => {
  it('never holds more bytes than its budget in memory (#4139, #7129)', async () => {
    const { tasks } = await stocked((driver) => driver, { count: 6, size: 400_000 });
    const inner = createMemoryDriver('memory://target', { partSize: 50_000 });
    let most = 0;
    let now = 0;
    const measured: Driver = { ...inner, upload: async (path, options) => {
      const upload = await inner.upload(path, options);
      return Object.assign(Object.create(upload) as typeof upload, { send: async (...args: Parameters<typeof upload.send>) => {
        now += args[0].end - args[0].start;
        most = Math.max(most, now);
        try { return await upload.send(...args); } finally { now -= args[0].end - args[0].start; }
      } });
    } };

    const outcomes = await run(measured, tasks, { partThreshold: 1, bytesInFlight: 120_000 });

    assert.deepEqual(failed(outcomes), []);
    assert.ok(most <= 120_000, `${most} bytes were under way`);
    assert.ok(most > 50_000, 'parts were not sent in parallel');
  });

  it('copies on the service where source and target are of one, and says so', async () => {
    const driver = createMemoryDriver('memory://both');
    await driver.write(parsePath('from'), fromBytes(pattern(1_000)));
    const storage = new Storage(driver);

    const [outcome] = await run(driver, [{ source: storage.source(await driver.stat(parsePath('from'))), to: parsePath('to'), expected: { name: 'md5', value: md5(pattern(1_000)) } }]);

    assert.equal(outcome?.how, 'copied');
    assert.equal(outcome?.bytes, 1_000);
  });

  it('does not keep a copy by the service that is not what was expected', async () => {
    const driver = createMemoryDriver('memory://both');
    await driver.write(parsePath('from'), fromBytes(pattern(1_000)));
    const source = new Storage(driver).source(await driver.stat(parsePath('from')));

    const [outcome] = await run(driver, [{ source, to: parsePath('to'), expected: { name: 'md5', value: md5(pattern(7)) } }]);

    assert.ok(hasCode(outcome?.error, 'CORRUPT'));
    assert.deepEqual([...(await visible(driver)).keys()], ['from']);
  });

  it('checks a file before it is linked', async () => {
    const folder = temporaryFolder('linked');
    const driver = createLocalDriver(folder, { disk: nodeDisk, platform: process.platform });
    await driver.write?.(parsePath('from'), fromBytes(pattern(2_000_000)));
    const source = new Storage(driver).source(await driver.stat(parsePath('from')));

    const [good] = await run(driver, [{ source, to: parsePath('good'), expected: { name: 'md5', value: md5(pattern(2_000_000)) } }]);
    const [bad] = await run(driver, [{ source, to: parsePath('bad'), expected: { name: 'md5', value: md5(pattern(7)) } }]);

    assert.equal(good?.error, undefined);
    assert.equal(statSync(join(folder, 'good')).size, 2_000_000);
    assert.ok(hasCode(bad?.error, 'CORRUPT'));
    assert.deepEqual(readdirSync(folder).sort(), ['from', 'good']);
  });

  it('throws what the tasks themselves fail with, after what was under way has ended', async () => {
    const { tasks } = await stocked();
    const inner = createMemoryDriver('memory://target');
    const breaking = (async function* () { yield* tasks.slice(0, 3); throw broken({ verb: 'list' }); })();

    const outcomes: Outcome[] = [];
    await assert.rejects(async () => { for await (const outcome of transfer(new Storage(inner), breaking)) outcomes.push(outcome); }, (error) => hasCode(error, 'UNAVAILABLE'));

    assert.equal(outcomes.length, 3);
  });
});
