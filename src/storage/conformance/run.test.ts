import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryDriver, createMemoryStore } from '../../drivers/memory/index.ts';
import { TowlineError } from '../../errors.ts';
import type { Driver } from '../driver.ts';
import { parsePath } from '../path.ts';
import { cases } from './index.ts';
import { runCases } from './run.ts';

test('a storage that refuses every write fails the cases that write, and each comes to its end', async () => {
  const refuse = async (): Promise<never> => { throw new TowlineError('PERMISSION_DENIED', 'no writing here'); };
  const inner = createMemoryDriver('memory://refusing', { store: createMemoryStore('memory://refusing', { now: () => 0 }) });
  const driver: Driver = { ...inner, write: refuse, upload: refuse };

  const results = await runCases(driver, parsePath('scratch'), { cases, now: () => 0 });

  assert.equal(results.length, cases.length);
  assert.equal(results.find(({ name }) => name.startsWith('cancel: a write that is given up'))?.outcome, 'failed');
  assert.equal(results.find(({ name }) => name === 'stat: an absent object is NOT_FOUND')?.outcome, 'passed');
});
