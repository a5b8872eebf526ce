import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { scripted, type ScriptedAnswer, type ScriptedTransport, sentHeader } from '../../test/transport/scripted.ts';
import { TowlineError, type ErrorCode } from '../errors.ts';
import { codeGrant, createPkce, type Grant, refreshGrant, requestToken, type TokenEndpoint } from './oauth.ts';

const NOW = 1_800_000_000_000;
const client = { clientId: 'id', clientSecret: 'client-secret' };
const grant = refreshGrant(client, 'refresh-secret');
const answering = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ScriptedTransport => {
  const answer: ScriptedAnswer = { status, headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) };
  return scripted(() => answer);
};
const at = (transport: ScriptedTransport, url = 'https://tokens.example/token'): TokenEndpoint => ({ transport, url, now: () => NOW, who: "the user 'ann'", hint: 'Log in anew.' });

async function sentFields(given: Grant): Promise<Record<string, string>> {
  const transport = answering(200, { access_token: 't', expires_in: 3599, token_type: 'Bearer' });
  await requestToken(at(transport), given);
  const request = transport.requests[0];
  assert.deepEqual([request?.method, sentHeader(request, 'content-type')], ['POST', 'application/x-www-form-urlencoded']);
  return Object.fromEntries(new URLSearchParams(Buffer.from(request?.body?.bytes ?? '').toString()));
}

async function refusal(transport: ScriptedTransport, url?: string): Promise<TowlineError> {
  try {
    await requestToken(at(transport, url), grant);
  } catch (error) {
    if (error instanceof TowlineError) return error;
    throw error;
  }
  return assert.fail('a token was given');
}

test('a refresh token is sent with the client it was given to, a public client without a secret', async () => {
  assert.deepEqual(await sentFields(grant), { grant_type: 'refresh_token', refresh_token: 'refresh-secret', client_id: 'id', client_secret: 'client-secret' });
  assert.deepEqual(await sentFields(refreshGrant({ clientId: 'id' }, 'r', ['a', 'b'])), { grant_type: 'refresh_token', refresh_token: 'r', client_id: 'id', scope: 'a b' });
});

test('a code is traded with the verifier of its challenge', async () => {
  const { verifier, challenge } = createPkce((count) => new Uint8Array(count).fill(255));

  const fields = await sentFields(codeGrant(client, { code: 'c', verifier, redirectUri: 'http://127.0.0.1:1/' }));

  assert.deepEqual(fields, { grant_type: 'authorization_code', code: 'c', code_verifier: verifier, redirect_uri: 'http://127.0.0.1:1/', client_id: 'id', client_secret: 'client-secret' });
  assert.equal(challenge, createHash('sha256').update(verifier).digest('base64url'));
  assert.match(verifier, /^[A-Za-z0-9_-]{43}$/);
});

test('the token ends when the service says, counted from when it was asked', async () => {
  const answer = { access_token: 't', expires_in: '3599', token_type: 'bearer', refresh_token: 'next', scope: 'a b' };
  assert.deepEqual(await requestToken(at(answering(200, answer)), grant), { value: 't', expiresAt: NOW + 3_599_000, refreshToken: 'next', scopes: ['a', 'b'] });
  assert.deepEqual(await requestToken(at(answering(200, { access_token: 't' })), grant), { value: 't', expiresAt: NOW + 300_000 });
});

const refusals: readonly (readonly [status: number, error: string, code: ErrorCode, retryable: boolean])[] = [
  [400, 'invalid_grant', 'UNAUTHENTICATED', false], [401, 'invalid_client', 'UNAUTHENTICATED', false], [401, 'unauthorized_client', 'UNAUTHENTICATED', false],
  [403, 'access_denied', 'PERMISSION_DENIED', false], [400, 'invalid_scope', 'INVALID_CONFIG', false], [400, 'temporarily_unavailable', 'UNAVAILABLE', true], [400, 'new_word', 'UNAUTHENTICATED', false],
];
for (const [status, error, code, retryable] of refusals) {
  test(`${error} is ${code}`, async () => {
    const { code: found, retryable: again, message, hint } = await refusal(answering(status, { error, error_description: 'Token has been\nexpired.' }));
    assert.deepEqual([found, again, hint], [code, retryable, 'Log in anew.']);
    assert.match(message, new RegExp(`^Cannot get a token for the user 'ann': .*\\(${error}: Token has been expired\\.\\)$`));
  });
}

test('a service that fails or asks to slow down may be asked again', async () => {
  assert.deepEqual([503, 'UNAVAILABLE', true], await refusal(answering(503, '')).then(({ context, code, retryable }) => [context['status'], code, retryable]));
  const { code, retryable, retryAfterSeconds } = await refusal(answering(429, '{}', { 'retry-after': '7' }));
  assert.deepEqual([code, retryable, retryAfterSeconds], ['RATE_LIMITED', true, 7]);
});

test('no secret that was sent stands in a message', async () => {
  const { message } = await refusal(answering(400, { error: 'invalid_grant', error_description: 'refresh-secret of client-secret is wrong' }));
  assert.match(message, /\*\*\* of \*\*\* is wrong/);
});

test('a wrong clock is called so', async () => {
  const { hint } = await refusal(answering(400, { error: 'invalid_grant', error_description: 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.' }));
  assert.equal(hint, 'Set the clock of this machine.');
});

test('what is no token is refused: a page, another type, a line break for a header, too much', async () => {
  for (const body of ['<html>login</html>', '[]', {}, { access_token: 'a\r\nX: y' }, { access_token: 't', token_type: 'mac' }]) {
    assert.equal((await refusal(answering(200, body))).code, 'UNAVAILABLE');
  }
  assert.equal((await refusal(answering(200, 'x'.repeat(70_000)))).code, 'CORRUPT');
  assert.equal((await refusal(answering(400, '<html>'))).code, 'UNAUTHENTICATED');
});

test('secrets go to https or this machine only, and no redirect is followed', async () => {
  for (const url of ['http://tokens.example/token', 'ftp://x/', 'no url', 'https://u:p@tokens.example/']) {
    const transport = answering(200, { access_token: 't' });
    assert.equal((await refusal(transport, url)).code, 'INVALID_CONFIG');
    assert.equal(transport.requests.length, 0);
  }
  const transport = answering(200, { access_token: 't' });
  assert.equal((await requestToken(at(transport, 'http://127.0.0.1:9/token'), grant)).value, 't');
  const leading = answering(307, '', { location: 'https://evil.example/' });
  await refusal(leading);
  assert.equal(leading.requests.length, 1);
});
