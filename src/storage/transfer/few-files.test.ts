import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../../test/virtual-clock.ts';
import { createMemoryDriver } from '../../drivers/memory/index.ts';
import { TowlineError } from '../../errors.ts';
import { pattern } from '../conformance/material.ts';
import { parsePath } from '../path.ts';
import { fromBytes, type Source } from '../source.ts';
import { Storage } from '../storage.ts';
import type { Task } from './task.ts';
import { transfer } from './transfer.ts';

const BYTES = pattern(1000);

/** Files of which only `most` may be open at once, each for so long. */
function createFiles({ most, milliseconds }: { readonly most: number; readonly milliseconds: number }, wait: (milliseconds: number) => Promise<void>): (index: number) => Source {
  let open = 0;
  return (index) => ({ size: BYTES.byteLength, async *open(options) {
    if (open >= most) throw new TowlineError('UNAVAILABLE', `cannot read '${index}': too many open files`, { context: { errno: 'EMFILE' } });
    open += 1;
    try {
      await wait(milliseconds);
      yield* fromBytes(BYTES).open(options);
    } finally {
      open -= 1;
    }
  } });
}

for (const [most, moved] of [[3, 40], [0, 0]] as const) {
  test(`where ${most} files may be open at once, ${moved} of 40 objects are moved`, async () => {
    const clock = createVirtualClock();
    const source = createFiles({ most, milliseconds: 30 }, clock.wait);
    const driver = createMemoryDriver('memory://test');
    const counted = new Map<string, number>();
    const tasks: readonly Task[] = Array.from({ length: 40 }, (_, index) => ({ source: source(index), to: parsePath(`object-${index}`) }));
    const failed: (Error | undefined)[] = [];
    let whole = 0;

    await clock.until((async () => {
      const onBytes = ({ to }: Task, bytes: number): void => void counted.set(to, (counted.get(to) ?? 0) + bytes);
      for await (const { how, error } of transfer(new Storage(driver), tasks, { wait: clock.wait, onBytes })) {
        if (how === 'failed') failed.push(error);
        else whole += 1;
      }
    })());

    assert.equal(whole, moved);
    assert.equal(failed.length, tasks.length - moved);
    for (const error of failed) assert.match(error?.message ?? '', /too many open files/);
    // What a try has read that failed is taken back.
    assert.deepEqual([...counted.values()].filter((bytes) => bytes !== 0), Array.from({ length: moved }, () => BYTES.byteLength));
  });
}
