import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openHttp } from '../../../test/servers/open-http.ts';
import { removeFolder, temporaryFolder } from '../../../test/servers/server.ts';
import { scripted, type ScriptedTransport, sentHeader } from '../../../test/transport/scripted.ts';
import type { Opening } from '../../storage/definition.ts';
import { parsePath } from '../../storage/path.ts';

const url = 'https://data.example/base';
const path = parsePath('a');
const home = temporaryFolder('netrc');
after(() => { removeFolder(home); });
writeFileSync(join(home, '.netrc'), 'machine data.example login nora password netpass');
writeFileSync(join(home, 'other'), 'machine data.example login olga password otherpass');
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

interface Given { readonly options?: Record<string, string>; readonly opening?: Partial<Opening>; readonly url?: string; readonly net?: ScriptedTransport }

/** The value of a header as it went to the server. */
async function sent(name: string, { net = scripted(() => ({ status: 200 })), ...given }: Given): Promise<string | undefined> {
  const driver = await openHttp({ url, ...given, through: () => net });
  await driver.stat(path);
  return sentHeader(net.requests.at(-1), name);
}

test('basic sends user and password, also those of the URL, which settings override', async () => {
  assert.equal(await sent('authorization', { options: { auth: 'BASIC', user: 'ann', password: 'pä' } }), basic('ann:pä'));
  assert.equal(await sent('authorization', { url: 'https://ann:pw@data.example/' }), basic('ann:pw'));
  assert.equal(await sent('authorization', { url: 'https://ann:pw@data.example/', options: { auth: 'basic', user: 'bob', password: 'x' } }), basic('bob:x'));
});

test('custom sends the password as the header, digest answers a challenge', async () => {
  assert.equal(await sent('x-key', { options: { auth: 'custom', custom_auth_header: 'X-Key', password: 'k' } }), 'k');
  const net = scripted((_request, number) => (number === 0 ? { status: 401, headers: { 'www-authenticate': 'Digest realm="r", nonce="n", qop="auth"' } } : { status: 200 }));
  assert.match((await sent('authorization', { options: { auth: 'digest', user: 'ann', password: 'pw' }, net })) ?? '', /^Digest username="ann"/);
});

for (const [auth, options, words] of [
  ['basic', { user: 'ann' }, "HTTP 'basic' authentication require both 'user' and 'password'"],
  ['basic', { password: 's3cret' }, "HTTP 'basic' authentication require both 'user' and 'password'"],
  ['digest', {}, "HTTP 'digest' authentication require both 'user' and 'password'"],
  ['custom', { password: 's3cret' }, "HTTP 'custom' authentication require both 'custom_auth_header' and 'password'"],
  ['custom', { custom_auth_header: 'X-Key' }, "HTTP 'custom' authentication require both 'custom_auth_header' and 'password'"],
] as const) {
  test(`${auth} with ${Object.keys(options).join() || 'nothing'} is refused in DVC's words when it is opened`, async () => {
    await assert.rejects(openHttp({ url, options: { auth, ...options } }), { code: 'INVALID_CONFIG', message: words });
  });
}

test('a password is asked for once, at the first request, and again when nobody answered', async () => {
  const asked: string[] = [];
  const ask = async ({ text }: { readonly text: string }): Promise<string> => {
    asked.push(text);
    if (asked.length === 1) throw new Error('no answer');
    return 'typed';
  };
  const net = scripted(() => ({ status: 200 }));
  const driver = await openHttp({ url, options: { auth: 'basic', user: 'ann', ask_password: 'true' }, opening: { ask }, through: () => net });
  assert.equal(asked.length, 0);
  await assert.rejects(driver.stat(path), /no answer/);
  await Promise.all([driver.stat(path), driver.stat(path)]);
  assert.deepEqual(asked, Array.from({ length: 2 }, () => `Enter a password for host '${url}' user 'ann':`));
  assert.equal(sentHeader(net.requests[0], 'authorization'), basic('ann:typed'));
});

test('where nobody can be asked the missing password is UNAUTHENTICATED', async () => {
  await assert.rejects(sent('authorization', { options: { auth: 'basic', user: 'ann', ask_password: 'true' } }), { code: 'UNAUTHENTICATED' });
});

test('netrc serves hosts without credentials, from $NETRC first', async () => {
  assert.equal(await sent('authorization', { opening: { home } }), basic('nora:netpass'));
  assert.equal(await sent('authorization', { opening: { home, env: { NETRC: join(home, 'other') } } }), basic('olga:otherpass'));
  assert.equal(await sent('authorization', { opening: { home }, options: { auth: 'custom', custom_auth_header: 'X-Key', password: 'k' } }), undefined);
  assert.equal(await sent('authorization', {}), undefined);
});

test('a netrc that cannot be read is a warning', async () => {
  const warnings: string[] = [];
  mkdirSync(join(home, 'folder', '.netrc'), { recursive: true });
  assert.equal(await sent('authorization', { opening: { home: join(home, 'folder'), warn: ({ text }) => warnings.push(text) } }), undefined);
  assert.equal(warnings.length, 1);
});

test("user and password without 'auth' are not sent, as in DVC, and that is said", async () => {
  const warnings: string[] = [];
  assert.equal(await sent('authorization', { options: { user: 'ann', password: 'pw' }, opening: { warn: ({ text }) => warnings.push(text) } }), undefined);
  assert.match(warnings.join(), /'auth' is not set/);
});

for (const options of [{ auth: 'basic', user: 'ann', password: 'pw' }, { auth: 'custom', custom_auth_header: 'X-Key', password: 'k' }]) {
  test(`${options.auth} credentials follow a redirect within the server and not to another`, async () => {
    const net = scripted((_request, number) => ([{ status: 302, headers: { location: '/moved' } }, { status: 302, headers: { location: 'https://cdn.example/x' } }][number] ?? { status: 200 }));
    await sent('x', { options, net });
    const header = options.auth === 'basic' ? 'authorization' : 'x-key';
    assert.deepEqual(net.requests.map((request) => request.headers.filter(([name]) => name.toLowerCase() === header).length), [1, 1, 0]);
  });
}
