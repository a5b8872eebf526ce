import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeDisk } from '../disk/node.ts';
import { temporaryPath } from '../disk/temporary.ts';
import { sweepUnfinished, unfinishedFolder } from './unfinished.ts';

test('what a crash has left of growing files is swept, and nothing else', () => {
  const root = mkdtempSync(join(tmpdir(), 'towline-unfinished-'));
  try {
    sweepUnfinished(nodeDisk, root);
    assert.equal(existsSync(unfinishedFolder(nodeDisk, root)), false);
    mkdirSync(join(root, '.dvc'));
    const folder = unfinishedFolder(nodeDisk, root);
    for (const path of [temporaryPath(folder), temporaryPath(folder), join(folder, 'notes')]) writeFileSync(path, 'x');

    sweepUnfinished(nodeDisk, root);

    assert.deepEqual(readdirSync(folder), ['notes']);
  } finally {
    rmSync(root, { recursive: true });
  }
});
