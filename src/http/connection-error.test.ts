import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TowlineError } from '../errors.ts';
import { connectionError } from './connection-error.ts';

const failed = (code: string, message = 'it failed'): Error => Object.assign(new Error(message), { code });
const rows: readonly (readonly [code: string, ours: string, isRetryable: boolean, hint: RegExp])[] = [
  ['ENOTFOUND', 'UNAVAILABLE', false, /spelling/],
  ['EAI_AGAIN', 'UNAVAILABLE', true, /online/],
  ['ETIMEDOUT', 'TIMEOUT', true, /firewall/],
  ['ECONNRESET', 'UNAVAILABLE', true, /^$/],
  ['CERT_HAS_EXPIRED', 'UNAVAILABLE', false, /renewed/],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'UNAVAILABLE', false, /ssl_verify/],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'UNAVAILABLE', false, /client certificate/],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'UNAVAILABLE', false, /scheme/],
  ['UND_ERR_INVALID_ARG', 'INVALID_ARGUMENT', false, /^$/],
  ['SOMETHING_NEW', 'UNAVAILABLE', true, /^$/],
];
for (const [code, ours, isRetryable, hint] of rows) {
  test(`${code} is ${ours} and ${isRetryable ? '' : 'not '}worth another try`, () => {
    const cause = failed(code);
    const error = connectionError(cause, 'https://host:1');
    assert.deepEqual([error.code, error.retryable, error.cause], [ours, isRetryable, cause]);
    assert.match(error.message, /^https:\/\/host:1: /);
    assert.match(error.hint ?? '', hint);
  });
}

test('an error that is ours stays as it is', () => {
  const error = new TowlineError('ABORTED', 'stopped');
  assert.equal(connectionError(error, 'x'), error);
});
