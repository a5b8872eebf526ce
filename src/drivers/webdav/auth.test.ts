import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { openWebdav } from '../../../test/servers/open-webdav.ts';
import { removeFolder, temporaryFolder } from '../../../test/servers/server.ts';
import { scripted, type ScriptedTransport, sentHeader } from '../../../test/transport/scripted.ts';
import { TowlineError } from '../../errors.ts';
import type { Opening } from '../../storage/definition.ts';
import { parsePath } from '../../storage/path.ts';

const url = 'webdavs://data.example/base';
const path = parsePath('a');
const home = temporaryFolder('webdav-netrc');
after(() => { removeFolder(home); });
writeFileSync(join(home, '.netrc'), 'machine data.example login nora password netpass');
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const BODY = '<multistatus xmlns="DAV:"><response><href>/base/a</href></response></multistatus>';
const answering = (): ScriptedTransport => scripted(() => ({ status: 207, body: BODY }));

interface Given { readonly options?: Record<string, string>; readonly opening?: Partial<Opening>; readonly url?: string; readonly net?: ScriptedTransport }

/** The value of a header as it went to the server. */
async function sent(name: string, { net = answering(), ...given }: Given): Promise<string | undefined> {
  const driver = await openWebdav({ url, ...given, through: () => net });
  await driver.stat(path);
  return sentHeader(net.requests.at(-1), name);
}

describe('the login of a WebDAV remote', () => {
  const command = { commandOutput: async () => 'printed\n' };
  const all = { bearer_token_command: 'get', token: 't0k', user: 'ann', password: 'pw', custom_auth_header: 'X-Key' };
  const without = (...keys: readonly string[]): Record<string, string> => Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));
  const order: readonly (readonly [string, Given, string, string])[] = [
    ['the program that prints a token', { options: all, opening: command }, 'authorization', 'Bearer printed'],
    ['then the token', { options: without('bearer_token_command') }, 'authorization', 'Bearer t0k'],
    ['then user and password', { options: without('bearer_token_command', 'token') }, 'authorization', basic('ann:pw')],
    ['then the custom header', { options: without('bearer_token_command', 'token', 'user') }, 'x-key', 'pw'],
    ['then netrc', { opening: { home } }, 'authorization', basic('nora:netpass')],
  ];
  for (const [what, given, header, value] of order) {
    test(`is ${what}`, async () => {
      assert.equal(await sent(header, given), value);
    });
  }

  test('may stand in the URL, which settings override', async () => {
    assert.equal(await sent('authorization', { url: 'webdavs://eve:p%40@data.example/base' }), basic('eve:p@'));
    assert.equal(await sent('authorization', { url: 'webdavs://eve:x@data.example/base', options: { user: 'ann', password: 'pw' } }), basic('ann:pw'));
    assert.equal(await sent('authorization', { url: 'webdavs://eve@data.example/base', options: { password: 'pw' } }), basic('eve:pw'));
  });

  test('takes an empty password, as for shared folders, and that of netrc for the same user only', async () => {
    assert.equal(await sent('authorization', { options: { user: 'share', password: '' } }), basic('share:'));
    assert.equal(await sent('authorization', { options: { user: 'nora' }, opening: { home } }), basic('nora:netpass'));
    await assert.rejects(sent('authorization', { options: { user: 'ann' }, opening: { home } }), { code: 'UNAUTHENTICATED' });
  });

  test('answers a digest challenge', async () => {
    const net = scripted((_request, number) => (number === 0 ? { status: 401, headers: { 'www-authenticate': 'Digest realm="r", nonce="n", qop="auth"' } } : { status: 207, body: BODY }));
    assert.match((await sent('authorization', { options: { auth: 'digest', user: 'ann', password: 'pw' }, net })) ?? '', /^Digest username="ann"/);
    assert.equal(sentHeader(net.requests[0], 'authorization'), undefined);
  });

  test('is asked for once, in the words of DVC, for a user or a header', async () => {
    for (const [options, name, header, value] of [[{ user: 'ann', ask_password: 'true' }, 'ann', 'authorization', basic('ann:typed')], [{ custom_auth_header: 'X-Key' }, 'X-Key', 'x-key', 'typed']] as const) {
      const asked: string[] = [];
      const net = answering();
      const driver = await openWebdav({ url, options, through: () => net, opening: { home, ask: async ({ text, secret }) => { asked.push(`${text} ${secret}`); return 'typed'; } } });
      assert.equal(asked.length, 0);

      await Promise.all([driver.stat(path), driver.stat(path)]);

      assert.deepEqual(asked, [`Enter a password for host '${url}' user '${name}': true`]);
      assert.equal(sentHeader(net.requests[0], header), value);
    }
  });

  test('that says too little is refused when it is opened, or warned of', async () => {
    const warnings: string[] = [];
    await assert.rejects(sent('x', { options: { auth: 'digest', password: 'pw' } }), { code: 'INVALID_CONFIG', message: /needs 'user'/ });
    assert.equal(await sent('authorization', { options: { password: 's3cret' }, opening: { warn: ({ text }) => warnings.push(text) } }), undefined);
    assert.match(warnings.join(), /'password' of webdavs:\/\/data\.example\/base is not sent/);
  });

  for (const [options, header] of [[{ user: 'ann', password: 'pw' }, 'authorization'], [{ token: 't' }, 'authorization'], [{ custom_auth_header: 'X-Key', password: 'k' }, 'x-key']] as const) {
    test(`of ${Object.keys(options).join()} follows a redirect within the server and not to another`, async () => {
      const net = scripted((_request, number) => ([{ status: 307, headers: { location: '/moved' } }, { status: 307, headers: { location: 'https://cdn.example/x' } }][number] ?? { status: 207, body: BODY }));
      await sent('x', { options, net });
      assert.deepEqual(net.requests.map((request) => request.headers.filter(([name]) => name.toLowerCase() === header).length), [1, 1, 0]);
    });
  }
});

describe('a token that a program prints', () => {
  interface Running { readonly driver: Awaited<ReturnType<typeof openWebdav>>; readonly net: ScriptedTransport; readonly runs: string[] }
  /** `good` is what the server takes now. */
  async function run(state: { good: string }, print: (count: number) => string, options: Record<string, string> = {}): Promise<Running> {
    const runs: string[] = [];
    const net = scripted((request) => (sentHeader(request, 'authorization') === `Bearer ${state.good}` ? { status: 207, body: BODY } : { status: 401 }));
    const commandOutput: NonNullable<Opening['commandOutput']> = async (key, { timeoutSeconds }) => {
      runs.push(`${key} ${timeoutSeconds}`);
      return print(runs.length);
    };
    return { driver: await openWebdav({ url, options: { bearer_token_command: 'get', ...options }, opening: { commandOutput }, through: () => net }), net, runs };
  }

  test('is printed once, at the first request, within the time of the remote', async () => {
    const { driver, runs } = await run({ good: 'one' }, () => ' one\n', { timeout: '7' });
    assert.deepEqual(runs, []);

    await Promise.all([driver.stat(path), driver.stat(path)]);

    assert.deepEqual(runs, ['bearer_token_command 7']);
  });

  test('is printed anew when the server refuses it, once for all that were refused', async () => {
    const state = { good: 'token1' };
    const { driver, runs, net } = await run(state, (count) => `token${count}`);
    await driver.stat(path);
    state.good = 'token2';

    await Promise.all([driver.stat(path), driver.stat(path), driver.stat(path)]);

    assert.equal(runs.length, 2);
    assert.deepEqual(net.requests.map((request) => sentHeader(request, 'authorization')).filter((value) => value === 'Bearer token2').length, 3);
  });

  test('that is refused again is UNAUTHENTICATED, after one more run', async () => {
    const { driver, runs, net } = await run({ good: 'none' }, () => 'bad');

    await assert.rejects(driver.stat(path), { code: 'UNAUTHENTICATED' });

    assert.deepEqual([runs.length, net.requests.length], [2, 2]);
  });

  test('that cannot be had is said in the words of DVC, and tried again the next time', async () => {
    const { driver, runs } = await run({ good: 'later' }, (count) => {
      if (count === 1) throw new TowlineError('UNAUTHENTICATED', "remote 'r': it failed", { hint: 'look' });
      return count === 2 ? 'two words' : 'later';
    });

    await assert.rejects(driver.stat(path), { code: 'UNAUTHENTICATED', message: "Bearer Token Retrieval Failed. remote 'r': it failed", hint: 'look' });
    await assert.rejects(driver.stat(path), { code: 'UNAUTHENTICATED', message: /^Bearer Token Retrieval Failed\. What 'bearer_token_command' of .* prints is no token$/ });
    await driver.stat(path);

    assert.equal(runs.length, 3);
  });

  test('needs somebody who starts programs', async () => {
    await assert.rejects(sent('x', { options: { bearer_token_command: 'get' } }), { code: 'UNSUPPORTED' });
  });
});
