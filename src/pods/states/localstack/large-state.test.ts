import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveLarge } from '../../../../test/large-state.ts';
import { scratchNames } from '../../../../test/pods-lent.ts';

test('a state of 512 MiB is saved and loaded in less than 250 MB of memory, and leaves nothing', { timeout: 120_000 }, async () => {
  const { peakBytes, arrivedBytes } = await moveLarge(512);

  assert.ok(arrivedBytes > 512 << 20);
  assert.ok(peakBytes > 0 && peakBytes < 250_000_000, `${peakBytes}`);
  assert.deepEqual(scratchNames(), []);
});
