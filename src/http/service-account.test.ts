import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { hasCode } from '../errors.ts';
import { readServiceAccount } from './service-account.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const file = {
  type: 'service_account', client_email: 'tow@project.iam.gserviceaccount.com', private_key_id: 'key-1', project_id: 'project',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }), token_uri: 'https://tokens.example/token',
};
const NOW = 1_800_000_000_999;

const decoded = (part: string | undefined): unknown => JSON.parse(Buffer.from(part ?? '', 'base64url').toString());

test('the assertion names the account, the scopes and the service, and is signed', () => {
  const { fields, secrets } = readServiceAccount(file, "'key.json'").grant({ scopes: ['a', 'b'], now: NOW });

  const [header, claims, signature] = (fields['assertion'] ?? '').split('.');
  assert.equal(fields['grant_type'], 'urn:ietf:params:oauth:grant-type:jwt-bearer');
  assert.deepEqual(decoded(header), { alg: 'RS256', typ: 'JWT', kid: 'key-1' });
  assert.deepEqual(decoded(claims), { iss: file.client_email, scope: 'a b', aud: file.token_uri, iat: 1_800_000_000, exp: 1_800_003_600 });
  assert.ok(verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature ?? '', 'base64url')));
  assert.deepEqual(secrets, [fields['assertion']]);
});

test('a subject is the user it acts for', () => {
  const { fields } = readServiceAccount(file, "'key.json'").grant({ scopes: ['a'], subject: 'ann@example.com', now: NOW });
  assert.equal((decoded((fields['assertion'] ?? '').split('.')[1]) as { sub: string }).sub, 'ann@example.com');
});

test('the assertion is for Google by its one name, also at an older or a private address', () => {
  for (const [uri, audience] of [
    ['https://accounts.google.com/o/oauth2/token', 'https://oauth2.googleapis.com/token'], ['https://oauth2-vpc.p.googleapis.com/token', 'https://oauth2.googleapis.com/token'],
    ['https://googleapis.com.example/token', 'https://googleapis.com.example/token'],
  ]) {
    const account = readServiceAccount({ ...file, token_uri: uri }, "'key.json'");
    const [, claims] = (account.grant({ scopes: ['a'], now: NOW }).fields['assertion'] ?? '').split('.');
    assert.deepEqual([account.tokenUrl, (decoded(claims) as { aud: string }).aud], [uri, audience]);
  }
});

test('a file without token_uri is of Google', () => {
  const { token_uri: _, ...rest } = file;
  assert.equal(readServiceAccount(rest, "'key.json'").tokenUrl, 'https://oauth2.googleapis.com/token');
});

const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
for (const [what, json] of [
  ['no object', 'text'], ['without an email', { ...file, client_email: '' }], ['without a key', { ...file, private_key: undefined }],
  ['with something else for a key', { ...file, private_key: 'SECRET' }], ['with a key of another kind', { ...file, private_key: ed25519 }],
] as const) {
  test(`a file ${what} is INVALID_CONFIG, and its content is not shown`, () => {
    assert.throws(() => readServiceAccount(json, "'key.json'"), (error) => hasCode(error, 'INVALID_CONFIG') && /^'key\.json' is not/.test(error.message) && !error.message.includes('SECRET'));
  });
}
