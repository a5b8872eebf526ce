import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWebdav } from '../../../test/servers/open-webdav.ts';
import { scripted } from '../../../test/transport/scripted.ts';
import { parsePath } from '../../storage/path.ts';

interface Line { readonly href: string; readonly isFolder?: boolean }
const xml = (lines: readonly Line[]): string => `<D:multistatus xmlns:D="DAV:">${lines.map(({ href, isFolder = href.endsWith('/') }) =>
  `<D:response><D:href>${href}</D:href><D:propstat><D:prop>${isFolder ? '<D:resourcetype><D:collection/></D:resourcetype>' : '<D:getcontentlength>3</D:getcontentlength>'}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`).join('')}</D:multistatus>`;

/** The paths listed below 'x y' of http://host/dav, folders with a slash. */
async function listed(hrefs: readonly (string | Line)[], startsWith?: string): Promise<readonly string[]> {
  const net = scripted(() => ({ status: 207, body: xml(hrefs.map((one) => (typeof one === 'string' ? { href: one } : one))) }));
  const driver = await openWebdav({ url: 'webdav://host/dav', through: () => net });
  const { entries, cursor } = await driver.list(parsePath('x y'), startsWith === undefined ? {} : { startsWith });
  assert.deepEqual([cursor, net.requests.map(({ method, url }) => `${method} ${url.href}`)], [undefined, ['PROPFIND http://host/dav/x%20y/']]);
  return entries.map(({ path, kind }) => (kind === 'directory' ? `${path}/` : path));
}

const spellings: readonly (readonly [string, readonly (string | Line)[]])[] = [
  ['paths', ['/dav/x%20y/', '/dav/x%20y/a', '/dav/x%20y/b/']],
  ['whole URLs', ['http://host/dav/x%20y/', 'http://host/dav/x%20y/a', 'http://host/dav/x%20y/b/']],
  ['paths without slashes at the end', ['/dav/x%20y', '/dav/x%20y/a', { href: '/dav/x%20y/b', isFolder: true }]],
  ['paths encoded in another way', ['/dav/%78 y/', '/%64av/x%20y/%61', '/dav/x y/b/']],
  ['the host and the prefix behind a proxy', ['https://inner:8443/files/ann/x%20y/', 'https://inner:8443/files/ann/x%20y/a', 'https://inner:8443/files/ann/x%20y/b/']],
  ['the members before the folder', ['/dav/x%20y/a', '/dav/x%20y/b/', '/dav/x%20y/']],
  ['the members without the folder', ['/dav/x%20y/a', '/dav/x%20y/b/']],
  ['a member twice', ['/dav/x%20y/', '/dav/x%20y/a', '/dav/x%20y/a', '/dav/x%20y/b/']],
  ['more levels than were asked for', ['/dav/x%20y/', '/dav/x%20y/a', '/dav/x%20y/b/', '/dav/x%20y/b/c', '/dav/x%20y/b/c/d']],
];
for (const [what, hrefs] of spellings) {
  test(`a listing may give ${what}`, async () => {
    assert.deepEqual(await listed(hrefs), ['x y/a', 'x y/b/']);
  });
}

test('unfinished files and names that are no path are passed over', async () => {
  const names = ['.AAAAAAAAAAAAAAAAAAAAAA.tmp', 'a%2Fb', '%2E%2E', '%0A', '%E9', 'good%25'];
  assert.deepEqual(await listed(['/dav/x%20y/', ...names.map((name) => `/dav/x%20y/${name}`)]), ['x y/good%']);
});

test('startsWith keeps to names that begin so', async () => {
  assert.deepEqual(await listed(['/dav/x%20y/', '/dav/x%20y/ab', '/dav/x%20y/ac/', '/dav/x%20y/b'], 'a'), ['x y/ab', 'x y/ac/']);
});

test('a file has no members', async () => {
  assert.deepEqual(await listed(['/dav/x%20y']), []);
});

test('a name from elsewhere is an error, not a hole in the listing', async () => {
  await assert.rejects(listed(['/dav/x%20y/', '/dav/x%20y/a', '/dav/other']), { code: 'CORRUPT', message: /"\/dav\/other", which does not lie there/ });
  await assert.rejects(listed(['/dav/x%20y/', '/a']), { code: 'CORRUPT' });
});

test('what cannot be listed is not empty', async () => {
  for (const [status, code] of [[403, 'PERMISSION_DENIED'], [405, 'UNSUPPORTED'], [500, 'UNAVAILABLE'], [301, 'UNSUPPORTED']] as const) {
    const driver = await openWebdav({ url: 'webdav://host/dav', through: () => scripted(() => ({ status })) });
    await assert.rejects(driver.list(parsePath('a')), { code });
  }
});
