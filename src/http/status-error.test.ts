import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scripted, type ScriptedAnswer } from '../../test/transport/scripted.ts';
import type { TowlineError } from '../errors.ts';
import { parseRetryAfter } from './retry-after.ts';
import { statusError } from './status-error.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

async function errorOf(answer: ScriptedAnswer): Promise<TowlineError> {
  const url = new URL('https://ann:pw@host/a?sig=s3cret');
  return statusError(await scripted(() => answer).send({ method: 'PUT', url, headers: [] }), { method: 'PUT', now: NOW });
}

const rows: readonly (readonly [status: number, code: string, isRetryable: boolean])[] = [
  [400, 'INVALID_ARGUMENT', false], [401, 'UNAUTHENTICATED', false], [403, 'PERMISSION_DENIED', false], [404, 'NOT_FOUND', false], [405, 'UNSUPPORTED', false],
  [407, 'UNAUTHENTICATED', false], [408, 'TIMEOUT', true], [410, 'NOT_FOUND', false], [412, 'PRECONDITION_FAILED', false], [418, 'INVALID_ARGUMENT', false], [423, 'LOCKED', true],
  [429, 'RATE_LIMITED', true], [500, 'UNAVAILABLE', true], [501, 'UNSUPPORTED', false], [502, 'UNAVAILABLE', true], [503, 'UNAVAILABLE', true], [504, 'TIMEOUT', true], [507, 'UNAVAILABLE', false], [302, 'UNSUPPORTED', false],
];
for (const [status, code, isRetryable] of rows) {
  test(`status ${status} is ${code} and ${isRetryable ? '' : 'not '}worth another try`, async () => {
    const error = await errorOf({ status });
    assert.deepEqual([error.code, error.retryable, error.context['status']], [code, isRetryable, status]);
  });
}

test('the message names method, URL without secrets, status and the beginning of a text', async () => {
  const { message } = await errorOf({ status: 500, headers: { 'content-type': 'text/plain' }, body: `disk\n\u0000 full ${'x'.repeat(5000)}` });
  assert.match(message, /^PUT https:\/\/\*\*\*@host\/a\?sig=\*\*\*: .*\(500: disk full x+\)$/);
  assert.ok(message.length < 320);
});

test('web pages and bytes are not shown, and a text that breaks off is', async () => {
  assert.match((await errorOf({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' })).message, /\(502\)$/);
  assert.match((await errorOf({ status: 502, headers: { 'content-type': 'application/octet-stream' }, body: 'abc' })).message, /\(502\)$/);
  assert.match((await errorOf({ status: 502, body: 'half', failure: new Error('cut') })).message, /\(502: half\)$/);
});

test('of XML the words are shown, also when it breaks off within a tag', async () => {
  const body = '<?xml version="1.0"?>\n<d:error xmlns:d="DAV:"><s:exception>Sabre\\DAV\\Exception\\Locked</s:exception><s:message>It is locked</s:message><s:header na';
  assert.match((await errorOf({ status: 423, headers: { 'content-type': 'application/xml; charset=utf-8' }, body })).message, /\(423: Sabre\\DAV\\Exception\\Locked It is locked\)$/);
});

test('Retry-After is read as seconds and as a date', async () => {
  assert.equal((await errorOf({ status: 503, headers: { 'retry-after': '7' } })).retryAfterSeconds, 7);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 12:01:30 GMT', NOW), 90);
  assert.equal(parseRetryAfter('Thursday, 01-Jan-26 12:00:10 GMT', NOW), 10);
  assert.equal(parseRetryAfter('Thu Jan  1 12:00:05 2026', NOW), 5);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 11:00:00 GMT', NOW), 0);
  for (const text of [undefined, '', 'soon', '-1', '2026-01-01', '1e9', 'Thu, nonsense']) assert.equal(parseRetryAfter(text, NOW), undefined, String(text));
});
