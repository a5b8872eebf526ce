import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareCommands } from './compatibility-page.ts';

test('every command of DVC is here with all its flags, or the page says why not', async () => {
  assert.deepEqual((await compareCommands()).filter(({ lacks }) => lacks.length > 0).map(({ name, lacks }) => `${name}: ${lacks.join(', ')}`), []);
});
