import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { scripted, sentHeader, type ScriptedTransport } from '../../test/transport/scripted.ts';
import { parseChallenges } from './challenge.ts';
import { withDigest } from './digest-auth.ts';
import type { HttpResponse } from './transport.ts';

const ORIGIN = 'http://www.example.org';
/** The client nonce of RFC 7616 section 3.9.1 is text; ours is hex of these bytes. */
const NONCE_BYTES = Uint8Array.from({ length: 16 }, (_, index) => index);
const CNONCE = '000102030405060708090a0b0c0d0e0f';

function login(transport: ScriptedTransport, { user = 'Mufasa', password = 'Circle of Life', path = '/dir/index.html?q' } = {}): () => Promise<HttpResponse> {
  const digest = withDigest(transport, { user, password, origin: ORIGIN, randomBytes: () => NONCE_BYTES });
  return () => digest.send({ method: 'GET', url: new URL(path, ORIGIN), headers: [] });
}
const proofOf = (transport: ScriptedTransport, number: number): ReadonlyMap<string, string> | undefined => parseChallenges(sentHeader(transport.requests[number], 'authorization') ?? '')[0]?.parameters;
const challenge = (fields: string): { status: number; headers: Record<string, string> } => ({ status: 401, headers: { 'www-authenticate': fields } });

for (const [algorithm, hash] of [['MD5', 'md5'], ['SHA-256', 'sha256'], ['SHA-512-256', 'sha512-256'], ['MD5-sess', 'md5'], ['SHA-256-sess', 'sha256']] as const) {
  test(`${algorithm} proves the password as RFC 7616 section 3.4 says`, async () => {
    const transport = scripted((_request, number) => (number === 0 ? challenge(`Digest realm="r, \\"q\\"", nonce="n1", opaque="o", qop="auth, auth-int", algorithm=${algorithm}`) : { status: 200 }));
    assert.equal((await login(transport)()).status, 200);
    const h = (text: string): string => createHash(hash).update(text).digest('hex');
    const base = h('Mufasa:r, "q":Circle of Life');
    const first = algorithm.endsWith('-sess') ? h(`${base}:n1:${CNONCE}`) : base;
    const expected = h(`${first}:n1:00000001:${CNONCE}:auth:${h('GET:/dir/index.html?q')}`);
    const proof = proofOf(transport, 1);
    assert.deepEqual(
      ['response', 'username', 'realm', 'uri', 'opaque', 'qop', 'nc', 'algorithm'].map((name) => proof?.get(name)),
      [expected, 'Mufasa', 'r, "q"', '/dir/index.html?q', 'o', 'auth', '00000001', algorithm],
    );
  });
}

test('the vector of RFC 2617 section 3.5 without qop comes out', async () => {
  const transport = scripted((_request, number) => (number === 0 ? challenge('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"') : { status: 200 }));
  await login(transport, { password: 'Circle Of Life', path: '/dir/index.html' })();
  assert.equal(proofOf(transport, 1)?.get('response'), '670fd8c2df070c60b045671b8b24ff02');
});

test('the strongest of several offers is taken, also from one header with other schemes', async () => {
  const transport = scripted((_request, number) => (number === 0 ? challenge('Basic realm="x", Digest realm="r", nonce="a", qop="auth", algorithm=MD5, Digest realm="r", nonce="b", qop="auth", algorithm=SHA-256, Negotiate') : { status: 200 }));
  await login(transport)();
  assert.equal(proofOf(transport, 1)?.get('algorithm'), 'SHA-256');
});

test('later requests carry their proof at once and count up', async () => {
  const transport = scripted((_request, number) => (number === 0 ? challenge('Digest realm="r", nonce="n", qop="auth"') : { status: 200 }));
  const send = login(transport);
  for (let turn = 0; turn < 3; turn += 1) await send();
  assert.deepEqual([1, 2, 3].map((number) => proofOf(transport, number)?.get('nc')), ['00000001', '00000002', '00000003']);
  assert.equal(transport.requests.length, 4);
});

test('a stale nonce is answered by the new one, and nextnonce is used', async () => {
  const transport = scripted((_request, number) => {
    if (number === 0) return challenge('Digest realm="r", nonce="n1", qop="auth"');
    if (number === 2) return challenge('Digest realm="r", nonce="n2", qop="auth", stale=TRUE');
    return { status: 200, ...(number === 3 && { headers: { 'authentication-info': 'nextnonce="n3", qop=auth' } }) };
  });
  const send = login(transport);
  for (let turn = 0; turn < 3; turn += 1) assert.equal((await send()).status, 200);
  assert.deepEqual([1, 2, 3, 4].map((number) => [proofOf(transport, number)?.get('nonce'), proofOf(transport, number)?.get('nc')]), [['n1', '00000001'], ['n1', '00000002'], ['n2', '00000001'], ['n3', '00000001']]);
});

test('a wrong password is refused once and not tried for ever', async () => {
  const transport = scripted(() => challenge('Digest realm="r", nonce="n", qop="auth"'));
  const send = login(transport);
  assert.equal((await send()).status, 401);
  assert.equal((await send()).status, 401);
  assert.equal(transport.requests.length, 3);
});

test('without a Digest offer, or with auth-int alone, the 401 is the answer', async () => {
  for (const fields of ['Basic realm="x"', 'Digest realm="r", nonce="n", qop="auth-int"', 'Digest realm="r"', '']) {
    const transport = scripted(() => challenge(fields));
    assert.equal((await login(transport)()).status, 401);
    assert.equal(transport.requests.length, 1);
  }
});

test('a challenge of another origin gets no proof', async () => {
  const transport = scripted(() => challenge('Digest realm="r", nonce="n", qop="auth"'));
  assert.equal((await login(transport, { path: 'http://evil.example/' })()).status, 401);
  assert.equal(transport.requests.length, 1);
});
