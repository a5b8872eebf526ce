import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { quickReads } from './quick-reads.ts';

/** Reads that take so many milliseconds one after the other, and where each was done. */
async function whereDone(milliseconds: readonly number[]): Promise<string> {
  let [busy, done] = [0, ''];
  let took = 0;
  const read = quickReads({
    here: () => { busy += took; done += 'h'; return 1; },
    elsewhere: async () => { done += 'e'; return await Promise.resolve(1); },
    busyMs: () => busy,
  });
  for (took of milliseconds) assert.equal(await read(0, new Uint8Array(1), { length: 1, position: 0 }), 1);
  return done;
}

test('reads that are quick are done here, and let others have their turn', async () => {
  assert.equal(await whereDone(Array.from({ length: 20 }, () => 1.9)), 'hhhhhhhhehhhhhhhhehh');
});

test('after a slow one another thread reads, until it is tried again', async () => {
  assert.equal(await whereDone([0.1, 9, ...Array.from({ length: 17 }, () => 0.1), 9, 9]), `hh${'e'.repeat(16)}hhe`);
});

test('both ways read the same bytes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'towline-quick-reads-'));
  try {
    writeFileSync(join(folder, 'file'), 'some bytes');
    const descriptor = openSync(join(folder, 'file'), 'r');
    let busy = 0;
    const read = quickReads({ busyMs: () => (busy += 9) });
    const seen: string[] = [];

    for (let turn = 0; turn < 2; turn++) {
      const buffer = new Uint8Array(8);
      const count = await read(descriptor, buffer, { length: 8, position: 5 });
      seen.push(Buffer.from(buffer.subarray(0, count)).toString());
    }

    closeSync(descriptor);
    assert.deepEqual(seen, ['bytes', 'bytes']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
