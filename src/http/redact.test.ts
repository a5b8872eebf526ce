import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactHeader, redactUrl } from './redact.ts';

test('the user info of a URL is hidden, of a URL object and of a text', () => {
  assert.equal(redactUrl(new URL('https://ann:secret@host/a')), 'https://***@host/a');
  assert.equal(redactUrl('https://ann@corp:p@ss@host/a'), 'https://***@host/a');
  assert.equal(redactUrl('https://host/a@b'), 'https://host/a@b');
});

for (const name of ['X-Amz-Signature', 'X-Amz-Credential', 'X-Amz-Security-Token', 'sig', 'token', 'access_token', 'Signature', 'X-Goog-Signature', 'AWSAccessKeyId', 'OSSAccessKeyId', 'key', 'delegation', 'upload%5Fid']) {
  test(`the value of '${name}' in a URL is hidden`, () => {
    assert.equal(redactUrl(`https://host/a?x=1&${name}=s3cr3t%2B&y=2#z`), `https://host/a?x=1&${name}=***&y=2#z`);
  });
}

test('what is no secret stays to be read', () => {
  const url = 'https://host/a?list-type=2&prefix=files%2Fmd5&X-Amz-Date=20260101&partNumber=3&key-marker=x';
  assert.equal(redactUrl(url), url);
});

test('headers with credentials and keys are hidden, URLs in headers are redacted, others shown', () => {
  for (const name of ['Authorization', 'cookie', 'Set-Cookie', 'x-amz-security-token', 'X-Amz-Server-Side-Encryption-Customer-Key', 'Proxy-Authorization', 'X-My-Token']) assert.equal(redactHeader(name, 'v'), '***', name);
  assert.equal(redactHeader('Location', 'https://u:p@host/?sig=x'), 'https://***@host/?sig=***');
  assert.equal(redactHeader('ETag', '"x"'), '"x"');
  assert.equal(redactHeader('x-amz-server-side-encryption-customer-key-MD5', 'x'), 'x');
});
