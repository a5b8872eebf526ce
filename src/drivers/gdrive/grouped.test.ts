import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TowlineError } from '../../errors.ts';
import { grouped } from './grouped.ts';

/** Answers each group only when told to. */
function desk(atOnce: number, most: number): { readonly groups: (readonly number[])[]; readonly ask: (question: number) => Promise<string>; release(): void } {
  const groups: (readonly number[])[] = [];
  const waiting: (() => void)[] = [];
  const ask = grouped<number, string>({
    atOnce, fits: (group) => group.length < most,
    async ask(group) {
      groups.push(group);
      await new Promise<void>((resolve) => { waiting.push(resolve); });
      if (group.includes(13) && group.length > 1) throw new TowlineError('NOT_FOUND', 'one of them is gone');
      if (group.includes(13)) throw new TowlineError('NOT_FOUND', '13 is gone');
      return group.length > 3 ? undefined : group.map(String);
    },
  });
  return { groups, ask, release: () => { for (const resolve of waiting.splice(0)) resolve(); } };
}
const soon = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

test('a question alone goes at once; those that come meanwhile go together', async () => {
  const { groups, ask, release } = desk(1, 3);
  const answers = Promise.all([1, 2, 3, 4, 5].map((one) => ask(one)));
  for (let round = 0; round < 3; round++) { release(); await soon(); }
  assert.deepEqual(await answers, ['1', '2', '3', '4', '5']);
  assert.deepEqual(groups, [[1], [2, 3, 4], [5]]);
});

test('a group that is too large is asked in halves', async () => {
  const { groups, ask, release } = desk(1, 10);
  const answers = Promise.all([1, 2, 3, 4, 5].map((one) => ask(one)));
  for (let round = 0; round < 4; round++) { release(); await soon(); }
  assert.deepEqual(await answers, ['1', '2', '3', '4', '5']);
  assert.deepEqual(groups, [[1], [2, 3, 4, 5], [2, 3], [4, 5]]);
});

test('what one question fails with is not told to the others', async () => {
  const { ask, release } = desk(1, 3);
  const answers = Promise.allSettled([1, 2, 13].map((one) => ask(one)));
  for (let round = 0; round < 4; round++) { release(); await soon(); }
  assert.deepEqual((await answers).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)), ['1', '2', '13 is gone']);
});

test('a group that hangs is given up with the last who waits for it, and one who left the queue is not asked for', async () => {
  const signals: AbortSignal[] = [];
  const asked: number[] = [];
  const ask = grouped<number, string>({
    atOnce: 1, fits: () => true,
    async ask(group, signal) {
      asked.push(...group);
      signals.push(signal);
      if (group.includes(1)) await new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reject(new TowlineError('ABORTED', 'given up')); }); });
      return group.map(String);
    },
  });
  const [first, gone] = [new AbortController(), new AbortController()];
  const hanging = ask(1, first.signal);
  const [left, waiting] = [ask(2, gone.signal), ask(3)];
  gone.abort();
  await assert.rejects(left, { code: 'ABORTED' });
  first.abort();
  await assert.rejects(hanging, { code: 'ABORTED' });
  assert.equal(await waiting, '3');
  assert.deepEqual([asked, signals.map(({ aborted }) => aborted)], [[1, 3], [true, false]]);
});
