import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeStamp } from './folder-stamp.ts';

test('a folder that changed just before is not settled: the longer before, the coarser its clock', () => {
  const root = mkdtempSync(join(tmpdir(), 'towline-stamp-'));
  try {
    mkdirSync(join(root, 'ab'));
    // Of times that lie ahead, so that the one of the change, which nobody can set, is not the last.
    const ahead = Math.floor(Date.now() / 1000) + 1000;
    utimesSync(join(root, 'ab'), ahead, ahead + 0.4567891);
    const fine = statSync(join(root, 'ab')).mtimeMs;
    assert.ok(!Number.isInteger(fine), 'the file system of this machine counts by parts of a millisecond');

    assert.deepEqual([100, 300].map((later) => takeStamp(root, () => fine + later).isSettled), [false, true]);
    utimesSync(join(root, 'ab'), ahead, ahead);
    assert.deepEqual([300, 2900, 3100].map((later) => takeStamp(root, () => ahead * 1000 + later).isSettled), [false, false, true]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
