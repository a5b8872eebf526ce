import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../errors.ts';
import { createSharedWork } from './shared-work.ts';

const soon = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

test('callers that come together share one answer', async () => {
  const share = createSharedWork<number>();
  let begun = 0;
  const act = async (): Promise<number> => { await soon(); return ++begun; };
  assert.deepEqual(await Promise.all([share('a', undefined, act), share('a', undefined, act), share('b', undefined, act)]), [1, 1, 2]);
  assert.equal(await share('a', undefined, act), 3);
});

test('work that hangs is given up with its last waiter, and who comes after the first begins anew', async () => {
  const share = createSharedWork<string>();
  const [first, second] = [new AbortController(), new AbortController()];
  let given: AbortSignal | undefined;
  const hanging = (signal: AbortSignal): Promise<string> => { given = signal; return new Promise(() => undefined); };
  const both = [share('a', first.signal, hanging), share('a', second.signal, hanging)];

  first.abort();
  await assert.rejects(both[0] ?? assert.fail(), (error) => hasCode(error, 'ABORTED'));
  assert.equal(given?.aborted, false);
  assert.equal(await share('a', undefined, async () => 'anew'), 'anew');
  second.abort();
  await assert.rejects(both[1] ?? assert.fail(), (error) => hasCode(error, 'ABORTED'));
  assert.equal(given?.aborted, true);
});
