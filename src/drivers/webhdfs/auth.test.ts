import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TowlineError } from '../../errors.ts';
import type { HttpRequest, HttpResponse } from '../../http/transport.ts';
import { type Login, loginParameters, withLogin } from './auth.ts';

const nobody: Login = { user: undefined, password: undefined, token: undefined, kerberos: false, kerberos_principal: undefined, proxy_to: undefined };

describe('the login of WebHDFS', () => {
  it('without anything says nothing', () => {
    assert.deepEqual(loginParameters(nobody), []);
  });

  it('names the user and the one acted for', () => {
    assert.deepEqual(loginParameters({ ...nobody, user: 'alice', proxy_to: 'bob' }), [['user.name', 'alice'], ['doas', 'bob']]);
  });

  it('leaves the user to the header when there is a password', () => {
    assert.deepEqual(loginParameters({ ...nobody, user: 'alice', password: 'p' }), []);
  });

  for (const [what, login, words] of [
    ['a token and a user', { token: 't', user: 'alice' }, /must not set user or proxy_to/],
    ['a token and proxy_to', { token: 't', proxy_to: 'bob' }, /must not set user or proxy_to/],
    ['a password without a user', { password: 'p' }, /user must also be set/],
    ['Kerberos and a user', { kerberos: true, user: 'alice' }, /handled by kinit/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => loginParameters({ ...nobody, ...login }), (error) => error instanceof TowlineError && error.code === 'INVALID_CONFIG' && words.test(error.message));
    });
  }

  it('shows a password to the NameNode and to nobody else', async () => {
    const seen: HttpRequest[] = [];
    const transport = withLogin({ send: async (request) => { seen.push(request); return {} as HttpResponse; } }, { ...nobody, user: 'alice', password: 'p' }, { origin: 'http://namenode:9870', importKerberos: undefined });

    for (const url of ['http://namenode:9870/a', 'http://datanode:9864/a', 'https://namenode:9870/a']) await transport.send({ method: 'GET', url: new URL(url), headers: [] });

    assert.deepEqual(seen.map(({ headers }) => headers), [[['authorization', `Basic ${Buffer.from('alice:p').toString('base64')}`]], [], []]);
  });

  it('needs no proof beside a token', async () => {
    const importKerberos = (): never => assert.fail('it wants Kerberos');
    let count = 0;
    const transport = withLogin({ send: async () => { count += 1; return {} as HttpResponse; } }, { ...nobody, token: 't', kerberos: true }, { origin: 'http://n', importKerberos });

    await transport.send({ method: 'GET', url: new URL('http://n/'), headers: [] });

    assert.equal(count, 1);
  });
});
