import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasCode } from '../../errors.ts';
import { parseSshUrl } from './address.ts';

test('user, host, port and path are read out of an SSH URL', () => {
  const address = parseSshUrl('ssh://alice@data.example.com:2222/srv/dvc/');

  assert.deepEqual(address, { displayUrl: 'ssh://alice@data.example.com:2222/srv/dvc', host: 'data.example.com', path: '/srv/dvc', options: { user: 'alice', port: '2222' } });
});

test('percent signs and hashes are parts of the path, as in DVC', () => {
  assert.equal(parseSshUrl('ssh://h/a%20b/c#d').path, '/a%20b/c#d');
});

test('an IPv6 host stands in brackets', () => {
  const { host, displayUrl, options } = parseSshUrl('ssh://[fe80::1%eth0]:22/x');

  assert.deepEqual({ host, displayUrl, options }, { host: 'fe80::1%eth0', displayUrl: 'ssh://[fe80::1%eth0]:22/x', options: { port: '22' } });
});

test('a password in the URL is an option and is not shown', () => {
  const { displayUrl, options } = parseSshUrl('ssh://alice:s3@cret@host/x');

  assert.deepEqual({ displayUrl, options }, { displayUrl: 'ssh://alice@host/x', options: { user: 'alice', password: 's3@cret' } });
});

test('the root of the server is a path', () => {
  assert.equal(parseSshUrl('ssh://h/').path, '/');
});

for (const url of ['ssh://h', 'ssh://h?x=1', 'ssh:///x', 'ssh://h:99999/x', 'ssh://h:0/x', 'ssh://-oProxyCommand=x/y', 'ssh://-lroot@h/y', 'ssh://a b/x', 'http://h/x', 'ssh://h/a?b', 'ssh://[::1/x', 'ssh://h:/x']) {
  test(`'${url}' is refused`, () => {
    assert.throws(() => parseSshUrl(url), (error) => hasCode(error, 'INVALID_CONFIG'));
  });
}

test('no error shows the password of a URL', () => {
  assert.throws(() => parseSshUrl('ssh://alice:hunter2@h'), (error: Error) => !error.message.includes('hunter2'));
});

test('a displayed URL without a password reads back as itself', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/);
  fc.assert(fc.property(name, name, fc.integer({ min: 1, max: 65535 }), fc.stringMatching(/^[^?/\u0000-\u001f][^?\u0000-\u001f]{0,30}$/), (...[user, host, port, path]) => {
    const once = parseSshUrl(`ssh://${user}@${host}:${port}/${path}`);
    assert.deepEqual(parseSshUrl(once.displayUrl), once);
  }));
});
