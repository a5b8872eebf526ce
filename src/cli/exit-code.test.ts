import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, TowlineError } from '../errors.ts';
import { exitCodeOf } from './exit-code.ts';

const codeOf = (code: ErrorCode, wrapped: boolean, context = {}): number => exitCodeOf(new TowlineError(code, 'x', { context }), wrapped);

test("DVC's numbers: settings and logins 251, interrupted 252, no repository 253, usage 254, anything else 255", () => {
  const codes = [['INVALID_CONFIG', 251], ['UNAUTHENTICATED', 251], ['ABORTED', 252], ['NO_REPOSITORY', 253], ['NOT_FOUND', 255], ['CORRUPT', 255]] as const;

  for (const [code, number] of codes) assert.equal(codeOf(code, false), number, code);
  assert.equal(codeOf('INVALID_ARGUMENT', false, { usage: true }), 254);
  assert.equal(exitCodeOf(new Error('a fault of ours'), false), 255);
});

test('a command that DVC ends with 1 ends so, but not for usage, an interrupt or a missing repository', () => {
  const codes = [['INVALID_CONFIG', 1], ['UNAUTHENTICATED', 1], ['NOT_FOUND', 1], ['ABORTED', 252], ['NO_REPOSITORY', 253]] as const;

  for (const [code, number] of codes) assert.equal(codeOf(code, true), number, code);
  assert.equal(codeOf('INVALID_ARGUMENT', true, { usage: true }), 254);
  assert.equal(exitCodeOf(new Error('a fault of ours'), true), 255);
});
