import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { TowlineError } from '../../../src/errors.ts';
import type { Expected } from './faults.ts';

/** Whether what came of an operation is what may come of it, and another host heard nothing that is not its own. */
export function judge(failure: unknown, { outcome, codes }: Expected, heard: readonly string[]): void {
  for (const request of heard) assert.doesNotMatch(request, /authorization|x-ms-|x-amz-|x-oss-|cookie|token|signature|password|delegation/i, 'another host was told what it should not know');
  // Another host says what it likes; a wrong byte would be CORRUPT all the same.
  if (heard.length > 0 && failure instanceof assert.AssertionError && !/wrong byte/.test(failure.message)) return;
  if (failure === undefined) return assert.notEqual(outcome, 'failure', 'it went well, although nothing that came was right');
  assert.ok(failure instanceof TowlineError, `no error of ours: ${inspect(failure)}`);
  assert.notEqual(outcome, 'success', `a fault that a repetition mends was fatal: ${failure.code} ${failure.message}`);
  assert.ok(codes.includes(failure.code), `${failure.code} is not among ${codes.join(', ')}: ${failure.message}`);
}
