import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../project.ts';
import { CONFORMANCE_PAGE, conformancePage } from './page.ts';

test('the page of storages and promises is what the targets say', () => {
  assert.equal(readFileSync(join(projectFolder, CONFORMANCE_PAGE), 'utf8'), conformancePage(), 'write it anew: node dist/test/conformance/write-page.js');
});
