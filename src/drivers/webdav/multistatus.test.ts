import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scripted } from '../../../test/transport/scripted.ts';
import { readMultistatus, type Resource } from './multistatus.ts';

async function read(body: string | readonly string[]): Promise<{ readonly resources: readonly Resource[]; readonly starts: readonly string[] }> {
  const response = await scripted(() => ({ status: 207, body })).send({ method: 'PROPFIND', url: new URL('http://h'), headers: [] });
  const [resources, starts]: [Resource[], string[]] = [[], []];
  for await (const one of readMultistatus(response, (start) => starts.push(start))) resources.push(one);
  return { resources, starts };
}
const at = Date.UTC(2026, 10, 28, 15, 50, 23);

// As Apache 2.4.71 answers.
const APACHE = `<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">
<D:response xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/" xmlns:g0="DAV:">
<D:href>/d/</D:href>
<D:propstat>
<D:prop>
<lp1:resourcetype><D:collection/></lp1:resourcetype>
<lp1:getlastmodified>Sat, 28 Nov 2026 15:50:23 GMT</lp1:getlastmodified>
</D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
<D:propstat>
<D:prop>
<g0:getcontentlength/>
</D:prop>
<D:status>HTTP/1.1 404 Not Found</D:status>
</D:propstat>
</D:response>
<D:response xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/">
<D:href>/d/a&amp;b%25%23</D:href>
<D:propstat>
<D:prop>
<lp1:resourcetype/>
<lp1:getcontentlength>1</lp1:getcontentlength>
<lp1:getetag>W/"1-661582290687d"</lp1:getetag>
<lp1:getlastmodified>Sat, 28 Nov 2026 15:50:23 GMT</lp1:getlastmodified>
</D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
</D:response>
</D:multistatus>
`;
const FOUND = [{ href: '/d/', isCollection: true, modifiedAt: at }, { href: '/d/a&b%25%23', isCollection: false, size: 1, etag: 'W/"1-661582290687d"', modifiedAt: at }];

test('an answer is read whole, in pieces of any size, and its beginning is told once', async () => {
  for (const size of [1, 7, 100, 100_000]) {
    const { resources, starts } = await read(APACHE.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []);

    assert.deepEqual(resources, FOUND);
    assert.equal(starts.length, 1);
    assert.match(starts[0] ?? '', /^<\?xml.*\n<D:multistatus[^]*apache\.org/);
  }
});

test('a status may come before its properties, and names have any prefix or none', async () => {
  const { resources } = await read('<multistatus xmlns="DAV:"><response><href>/a</href><propstat><status>HTTP/1.1 404 Not Found</status><prop><getetag>no</getetag></prop></propstat><propstat><status>HTTP/1.1 200 OK</status><prop><getcontentlength>7</getcontentlength><resourcetype></resourcetype></prop></propstat></response></multistatus>');

  assert.deepEqual(resources, [{ href: '/a', isCollection: false, size: 7 }]);
});

test('a resource that is gone is left out, and no resource is none', async () => {
  assert.deepEqual((await read('<D:multistatus xmlns:D="DAV:"><D:response><D:href>/a</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response><D:responsedescription>x</D:responsedescription></D:multistatus>')).resources, []);
  assert.deepEqual((await read('<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"/>')).resources, []);
});

test('values that mean nothing are left out', async () => {
  const { resources } = await read('<m:multistatus xmlns:m="DAV:"><m:response><m:href> /a </m:href><m:propstat><m:prop><m:getcontentlength>-1</m:getcontentlength><m:getetag/><m:getlastmodified>soon</m:getlastmodified></m:prop></m:propstat></m:response></m:multistatus>');

  assert.deepEqual(resources, [{ href: '/a', isCollection: false }]);
});

const damaged: readonly (readonly [string, string | readonly string[]])[] = [
  ['is cut off', APACHE.slice(0, -20)], ['is cut off within a resource', APACHE.slice(0, 700)], ['is empty', ''], ['is a web page', '<html><body>Hello</body></html>'],
  ['has a resource without href', '<D:multistatus><D:response><D:propstat/></D:response></D:multistatus>'], ['closes what was not open', '</D:response></D:multistatus>'],
  ['is no UTF-8', `${APACHE.slice(0, 300)}\u00e9${APACHE.slice(300)}`], ['defines entities', APACHE.replace('&amp;', '&evil;')],
  ['never ends a resource', ['<D:multistatus><D:response>', ...Array.from({ length: 20 }, () => 'x'.repeat(100_000))]],
];
for (const [how, body] of damaged) {
  test(`an answer that ${how} is CORRUPT`, async () => {
    await assert.rejects(read(body), { code: 'CORRUPT' });
  });
}
