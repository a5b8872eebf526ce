import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drivers } from '../drivers/index.ts';
import { optionHelp } from './option-help.ts';

test('every option of every driver has one line', async () => {
  const lines = await optionHelp();
  const kinds = await Promise.all(Object.values(drivers).map((load) => load()));

  for (const key of kinds.flatMap(({ options }) => Object.keys(options))) assert.ok(lines.some((line) => line.startsWith(`  ${key}=`)), key);
  assert.equal(lines.filter((line) => line.startsWith('  verify=')).length, 1);
  assert.ok(lines.includes('options of a folder, file://:'));
});
