import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxiesFrom, proxyAuthorization } from './proxy.ts';

const choose = (env: Record<string, string>, url: string): string | undefined => proxiesFrom(env)(new URL(url))?.href;
const PROXY = 'http://proxy:3128/';

test('without variables there is no proxy', () => {
  assert.equal(choose({}, 'https://host/'), undefined);
  assert.equal(choose({ https_proxy: ' ' }, 'https://host/'), undefined);
});

test('each scheme has its variable, all_proxy is for the rest, and lower case wins', () => {
  const env = { HTTP_PROXY: 'http://a:1', https_proxy: 'http://b:2', HTTPS_PROXY: 'http://c:3' };
  assert.equal(choose(env, 'http://host/'), 'http://a:1/');
  assert.equal(choose(env, 'https://host/'), 'http://b:2/');
  assert.equal(choose({ all_proxy: 'proxy:3128' }, 'https://host/'), PROXY);
});

test('HTTP_PROXY of a CGI program is a header of its caller and does not count', () => {
  assert.equal(choose({ HTTP_PROXY: 'http://evil', REQUEST_METHOD: 'GET' }, 'http://host/'), undefined);
  assert.equal(choose({ http_proxy: 'http://good:1', REQUEST_METHOD: 'GET' }, 'http://host/'), 'http://good:1/');
});

test('a proxy that is no http URL is refused when it would be used, without its password', () => {
  const choice = proxiesFrom({ https_proxy: 'socks5://ann:secret@host:1' });
  assert.equal(choice(new URL('http://host/')), undefined);
  assert.throws(() => choice(new URL('https://host/')), (error: Error) => 'code' in error && error.code === 'INVALID_CONFIG' && !error.message.includes('secret') && error.message.includes('https_proxy'));
});

const cases: readonly (readonly [noProxy: string, url: string, isDirect: boolean])[] = [
  ['*', 'https://anything/', true],
  ['example.com', 'https://example.com/', true],
  ['example.com', 'https://a.b.example.com/', true],
  ['.example.com', 'https://a.example.com/', true],
  ['*.example.com', 'https://a.example.com/', true],
  ['example.com', 'https://notexample.com/', false],
  ['example.com', 'https://example.com.evil.org/', false],
  ['EXAMPLE.com', 'https://Example.COM./', true],
  ['example.com:8443', 'https://example.com:8443/', true],
  ['example.com:8443', 'https://example.com/', false],
  ['example.com:443', 'https://example.com/', true],
  ['a.org, example.com b.org', 'https://b.org/', true],
  ['10.0.0.0/8', 'http://10.200.1.1/', true],
  ['10.0.0.0/8', 'http://11.0.0.1/', false],
  ['10.0.0.0/8', 'http://10.example.com/', false],
  ['127.0.0.1', 'http://127.0.0.1:9000/', true],
  ['127.0.0.1:9000', 'http://127.0.0.1:9001/', false],
  ['fd00::/8', 'http://[fd12::1]/', true],
  ['fd00::/8', 'http://[fe80::1]/', false],
  ['::1', 'http://[::1]:80/', true],
  ['[::1]:8080', 'http://[0:0:0:0:0:0:0:1]:8080/', true],
  ['10.0.0.0/99', 'http://10.0.0.1/', false],
];
for (const [noProxy, url, isDirect] of cases) {
  test(`NO_PROXY='${noProxy}': ${url} is reached ${isDirect ? 'directly' : 'by the proxy'}`, () => {
    assert.equal(choose({ HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY, NO_PROXY: noProxy }, url), isDirect ? undefined : PROXY);
  });
}

test('credentials in a proxy URL are decoded', () => {
  assert.equal(proxyAuthorization(new URL('http://a%40b:p%3Aq@h')), `Basic ${Buffer.from('a@b:p:q').toString('base64')}`);
  assert.equal(proxyAuthorization(new URL('http://h')), undefined);
});
