import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePath } from '../../storage/path.ts';
import { httpUrl, namesOf, parseAddress, urlOf } from './address.ts';

test('an address shows no login and gives it as options; slashes, query and fragment are taken as DVC takes them', () => {
  assert.deepEqual(parseAddress('webdavs://ann%40corp:p%3Aw@Host.example:8443//remote.php/dav//files/?x=1#y'), {
    displayUrl: 'webdavs://host.example:8443/remote.php/dav/files', host: 'host.example:8443', path: '/remote.php/dav/files', options: { user: 'ann@corp', password: 'p:w' },
  });
  assert.deepEqual(parseAddress('webdav://host'), { displayUrl: 'webdav://host', host: 'host', path: '' });
  assert.deepEqual(parseAddress('WEBDAV://a%zz@host/x').options, { user: 'a%zz' });
  assert.deepEqual([httpUrl('webdav://host/webdav'), httpUrl('webdavs://host/x')], ['http://host/webdav', 'https://host/x']);
});

test('what is no WebDAV URL is refused without its secrets', () => {
  for (const text of ['webdav://', 'dav://ann:s3cret@host', 'webdavx://ann:s3cret@host', 'webdav://ann:s3cret@ho st/']) {
    assert.throws(() => parseAddress(text), (error: Error) => 'code' in error && error.code === 'INVALID_CONFIG' && !error.message.includes('s3cret'));
  }
});

test('names are encoded in the URL of an object, and a folder ends with a slash', () => {
  assert.equal(urlOf('http://host/b%20c', parsePath('a?b#c%41/d é')).href, 'http://host/b%20c/a%3Fb%23c%2541/d%20%C3%A9');
  assert.equal(urlOf('http://host/b', parsePath('a'), { isFolder: true }).href, 'http://host/b/a/');
  assert.equal(urlOf('http://host/b', parsePath(''), { isFolder: true }).href, 'http://host/b/');
});

const hrefs: readonly (readonly [string, readonly string[] | undefined])[] = [
  ['/dav/a%20b/', ['dav', 'a b']], ['http://other:81/dav/a', ['dav', 'a']], ['https://host', []], ['/', []], ['dav/a', ['dav', 'a']], ['/dav//a', ['dav', 'a']],
  ['/a?b#c', ['a?b#c']], ['/%41%2F', ['A/']], ['/%c3%a9', ['é']], ['/é', ['é']], ['/%e9', undefined], ['/100%', undefined],
];
for (const [href, names] of hrefs) {
  test(`${href} names ${JSON.stringify(names)}`, () => {
    assert.deepEqual(namesOf(href), names);
  });
}
