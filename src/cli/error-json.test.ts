import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TowlineError } from '../errors.ts';
import { errorJson } from './error-json.ts';

test('what was thrown is told with the code to act on, without what only the exit code is made of', () => {
  const error = new TowlineError('LOCKED', 'the lock is held', { hint: 'Wait.', context: { path: 'lock', exitCode: 1, usage: true, stage: 'opening' } });

  assert.deepEqual(errorJson(error), { error: { code: 'LOCKED', message: 'the lock is held', hint: 'Wait.', context: { path: 'lock' } } });
});

test('an error of nobody is UNKNOWN', () => {
  assert.deepEqual(errorJson(new Error('oh')), { error: { code: 'UNKNOWN', message: 'oh', context: {} } });
});
