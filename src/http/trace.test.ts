import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf } from '../../test/transport/case.ts';
import { scripted, type ScriptedAnswer } from '../../test/transport/scripted.ts';
import { TowlineError } from '../errors.ts';
import { traced, type TracedExchange } from './trace.ts';
import type { HttpResponse } from './transport.ts';

async function trace(answer: ScriptedAnswer | Error, use: (response: HttpResponse) => Promise<void> | void): Promise<readonly TracedExchange[]> {
  const reports: TracedExchange[] = [];
  let time = 100;
  const transport = traced(scripted(() => answer), { now: () => (time += 5), report: (exchange) => reports.push(exchange) });
  const request = { method: 'PUT', url: new URL('https://u:p@host/a?X-Amz-Signature=s'), headers: [], body: bodyOf('data') };
  await transport.send(request).then(use).catch(() => undefined);
  return reports;
}
const common = { method: 'PUT', url: 'https://***@host/a?X-Amz-Signature=***', startedAt: 105, milliseconds: 5, sent: 4 };

test('an exchange is reported once, when its body has ended', async () => {
  const reports = await trace({ status: 200, body: ['abc', 'de'] }, async (response) => {
    for await (const _ of response.body) { /* read to the end */ }
    response.cancel();
  });
  assert.deepEqual(reports, [{ ...common, status: 200, received: 5 }]);
});

test('a body that is cancelled is reported as far as it was read', async () => {
  assert.deepEqual(await trace({ status: 206, body: 'abc' }, (response) => { response.cancel(); }), [{ ...common, status: 206, received: 0 }]);
});

test('a failure before the answer and one within the body are reported by their codes', async () => {
  assert.deepEqual(await trace(new TowlineError('TIMEOUT', 'late'), () => undefined), [{ ...common, error: 'TIMEOUT', received: 0 }]);
  const reports = await trace({ status: 200, body: 'abc', failure: new TowlineError('UNAVAILABLE', 'cut') }, async (response) => {
    for await (const _ of response.body) { /* read until it breaks */ }
  });
  assert.deepEqual(reports, [{ ...common, status: 200, received: 3, error: 'UNAVAILABLE' }]);
});
