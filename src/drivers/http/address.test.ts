import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePath } from '../../storage/path.ts';
import { objectUrls, parseAddress } from './address.ts';

test('an address shows neither user info nor query, and gives both as options', () => {
  const address = parseAddress('https://ann%40corp:p%3Aw@Host.example:8443/data/?sig=s3cret');
  assert.deepEqual(address, {
    displayUrl: 'https://host.example:8443/data', host: 'host.example:8443', path: '/data',
    options: { auth: 'basic', user: 'ann@corp', password: 'p:w', query: 'sig=s3cret' },
  });
});

test('what is no http URL is refused without its secrets', () => {
  for (const text of ['ftp://ann:s3cret@host/', 'https://', 'http//ann:s3cret@host']) {
    assert.throws(() => parseAddress(text), (error: Error) => 'code' in error && error.code === 'INVALID_CONFIG' && !/s3cret@host\//.test(error.message));
  }
});

test('names are encoded segment by segment, and the query goes with each', () => {
  const urlOf = objectUrls('https://host/base%20x', 'sig=a%2Fb');
  assert.equal(urlOf(parsePath('files/md5/ab/cd')).href, 'https://host/base%20x/files/md5/ab/cd?sig=a%2Fb');
  assert.equal(urlOf(parsePath('a?b#c%41/d e')).href, 'https://host/base%20x/a%3Fb%23c%2541/d%20e?sig=a%2Fb');
  assert.equal(urlOf(parsePath('')).href, 'https://host/base%20x?sig=a%2Fb');
  assert.equal(urlOf(parsePath('...x/%2e%2e/y')).pathname, '/base%20x/...x/%252e%252e/y');
});

test('a name that UTF-8 cannot carry is refused', () => {
  assert.throws(() => objectUrls('http://host', undefined)(parsePath('a\ud800')), { code: 'INVALID_ARGUMENT' });
});
