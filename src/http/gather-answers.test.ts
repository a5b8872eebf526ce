import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGathering } from './gather-answers.ts';

/** A server that answers in `gapMs` and a thread that is busy with each for `busyMs`. Gives the pauses made in `turns`, each a number of answers. */
async function pausesOf(turns: readonly number[], { gapMs, busyMs = 0, underWay = 64 }: { readonly gapMs: number; readonly busyMs?: number; readonly underWay?: number }): Promise<number[]> {
  const pauses: number[] = [];
  let [time, busy] = [0, 0];
  // A pause looks like work to whoever measures it from outside; the server goes on meanwhile, so that the clock is its.
  const gather = createGathering({ pause: (milliseconds) => { pauses.push(milliseconds); busy += milliseconds; }, now: () => time, busyMs: () => busy });
  for (const answers of turns) {
    for (let answer = 0; answer < answers; answer += 1) {
      time += gapMs;
      busy += busyMs;
      gather(underWay);
    }
    await new Promise(setImmediate);
  }
  return pauses;
}
const single = (turns: number): number[] => Array.from({ length: turns }, () => 1);

test('answers that come one by one are gathered: as long as eight take, after each turn from the first look on', async () => {
  assert.deepEqual(await pausesOf(single(127), { gapMs: 0.75 }), []);
  assert.deepEqual(await pausesOf(single(131), { gapMs: 0.75 }), [6, 6, 6, 6]);
  assert.deepEqual(await pausesOf(single(130), { gapMs: 5 }), [8, 8, 8]);
});

test('eight that have come in one turn are enough', async () => {
  assert.deepEqual(await pausesOf([...single(127), 8, 7, 9, 1], { gapMs: 0.75 }), [6, 6]);
});

test('no more than an eighth of what is under way is waited for', async () => {
  assert.deepEqual(await pausesOf(single(129), { gapMs: 2, underWay: 16 }), [4, 4]);
  assert.deepEqual(await pausesOf(single(129), { gapMs: 3, underWay: 1 }), []);
});

test('a fast server and a busy thread are not waited for', async () => {
  assert.deepEqual(await pausesOf(single(300), { gapMs: 0.05 }), []);
  assert.deepEqual(await pausesOf(single(300), { gapMs: 0.75, busyMs: 0.5 }), []);
});

test('a pause is no work, and what a server does next counts anew', async () => {
  assert.equal((await pausesOf(single(128 * 5), { gapMs: 0.75 })).length, 128 * 4 + 1);
  assert.equal((await pausesOf(single(128 * 5), { gapMs: 0.75, busyMs: 0.25 })).length, 128 * 4 + 1);
});
