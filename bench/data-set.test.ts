import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { describeSet, makeDataSet } from './data-set.ts';

it('the set has the files it says, of the sizes it says', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'towline-set-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const set = { smallFiles: 30, folders: 3, largeFiles: 2, largeMiB: 1 };

  makeDataSet(folder, set);

  const sizes = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  assert.deepEqual([sizes.filter((size) => size === 4096).length, sizes.filter((size) => size === 1 << 20).length, sizes.length], [30, 2, 32]);
  assert.equal(describeSet(set), '30 files of 4 KiB in 3 folders and 2 of 1 MiB');
});
