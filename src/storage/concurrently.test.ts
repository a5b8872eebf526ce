import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../errors.ts';
import { concurrently } from './concurrently.ts';
import { createGate } from './gate.ts';

const turn = async (): Promise<void> => { await new Promise((resolve) => { setImmediate(resolve); }); };

describe('concurrently', () => {
  it('runs no more at once than it may, and yields every result', async () => {
    let [now, most] = [0, 0];
    const results: number[] = [];

    for await (const result of concurrently(Array.from({ length: 50 }, (_, index) => index), { jobs: 4 }, async (item) => {
      most = Math.max(most, ++now);
      await turn();
      now -= 1;
      return item;
    })) results.push(result);

    assert.deepEqual(results.sort((one, other) => one - other), Array.from({ length: 50 }, (_, index) => index));
    assert.equal(most, 4);
  });

  it('takes items only as fast as results are taken', async () => {
    let taken = 0;
    const items = (function* () { for (;;) yield taken++; })();
    const running = concurrently(items, { jobs: 3 }, async (item) => item);

    await running.next();
    for (let index = 0; index < 20; index++) await turn();

    assert.ok(taken <= 4, `${taken} items were taken for one result`);
    await running.return(undefined);
  });

  it('ends with the first failure, after what was under way has ended', async () => {
    let [begun, ended] = [0, 0];
    const running = (async () => {
      for await (const _result of concurrently([1, 2, 3, 4, 5, 6], { jobs: 3 }, async (item, signal) => {
        begun += 1;
        try {
          if (item === 2) throw new Error('the second failed');
          await turn();
          await turn();
          assert.equal(signal.aborted, true);
        } finally {
          ended += 1;
        }
      }));
    })();

    await assert.rejects(running, /the second failed/);
    assert.equal(begun, ended);
    assert.ok(begun <= 3);
  });

  it('yields results that are undefined', async () => {
    let count = 0;
    for await (const _result of concurrently([1, 2, 3], { jobs: 2 }, async () => undefined)) count += 1;
    assert.equal(count, 3);
  });

  it('ends with ABORTED when its signal fires, although the items hang', async () => {
    const controller = new AbortController();
    const hanging = { [Symbol.asyncIterator]: () => ({ next: async () => await new Promise<IteratorResult<number>>(() => undefined) }) };
    const running = concurrently(hanging, { jobs: 2, signal: controller.signal }, async (item) => item).next();

    setImmediate(() => { controller.abort(); });

    await assert.rejects(running, (error) => hasCode(error, 'ABORTED'));
  });

  it('closes the items when its reader leaves', async () => {
    let isClosed = false;
    const items = (function* () { try { for (;;) yield 1; } finally { isClosed = true; } })();

    for await (const _result of concurrently(items, { jobs: 2 }, async (item) => item)) break;
    await turn();

    assert.equal(isClosed, true);
  });
});

describe('a gate', () => {
  it('lets through what fits, first come first served, and something too large alone', async () => {
    const gate = createGate({ calls: 2, bytes: 100 });
    const order: string[] = [];
    const leave = await gate.enter({ calls: 1, bytes: 60 });
    const enter = async (name: string, bytes: number): Promise<() => void> => {
      const release = await gate.enter({ calls: 1, bytes });
      order.push(name);
      return release;
    };
    const [large, huge, small] = [enter('large', 80), enter('huge', 500), enter('small', 1)];
    await turn();
    assert.deepEqual(order, [], 'a small one went past a large one that waits');

    leave();
    leave();
    (await large)();
    (await huge)();
    (await small)();

    assert.deepEqual(order, ['large', 'huge', 'small']);
  });

  it('forgets one that gives up, and lets the next one in', async () => {
    const gate = createGate({ calls: 1, bytes: Infinity });
    const leave = await gate.enter({ calls: 1, bytes: 0 });
    const controller = new AbortController();
    const first = Promise.resolve(gate.enter({ calls: 1, bytes: 0 }, controller.signal));
    const second = gate.enter({ calls: 1, bytes: 0 });

    controller.abort();
    await assert.rejects(first, (error) => hasCode(error, 'ABORTED'));
    leave();

    (await second)();
  });
});
