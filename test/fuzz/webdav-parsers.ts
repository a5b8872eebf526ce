import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { namesOf, parseAddress, urlOf } from '../../src/drivers/webdav/address.ts';
import { createReader, type Resource } from '../../src/drivers/webdav/multistatus.ts';
import { encodeText } from '../../src/http/xml.ts';
import { splitCommand } from '../../src/remotes/command-line.ts';
import { isPath, type Path } from '../../src/storage/path.ts';
import type { Parser } from './parsers.ts';

const same = <T>(arbitrary: fc.Arbitrary<T>, isSame: (value: T) => boolean): fc.IProperty<[unknown]> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table holds properties of many types; each is made and used with its own
  fc.property(arbitrary, isSame) as unknown as fc.IProperty<[unknown]>;

function readAll(text: string, size: number): readonly Resource[] {
  const reader = createReader();
  const resources: Resource[] = [];
  for (let at = 0; at < text.length; at += size) resources.push(...reader.take(text.slice(at, at + size)));
  reader.end();
  return resources;
}
const written = (resources: readonly Pick<Resource, 'href'>[]): string => `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">${resources.map(({ href }) => `<D:response><D:href>${encodeText(href)}</D:href></D:response>`).join('')}</D:multistatus>`;
const href = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => text.trim() === text);
const path = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter(isPath);

/** What WebDAV servers, URLs and command lines of a config say. */
export const webdavParsers: readonly Parser[] = [
  {
    name: 'multistatus', parse: (text) => readAll(text, 50),
    corpus: [
      '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">\n<D:response xmlns:lp1="DAV:">\n<D:href>/d/</D:href>\n<D:propstat>\n<D:prop>\n<lp1:resourcetype><D:collection/></lp1:resourcetype>\n<lp1:getlastmodified>Sat, 28 Nov 2026 15:50:23 GMT</lp1:getlastmodified>\n</D:prop>\n<D:status>HTTP/1.1 200 OK</D:status>\n</D:propstat>\n<D:propstat>\n<D:prop>\n<g0:getcontentlength/>\n</D:prop>\n<D:status>HTTP/1.1 404 Not Found</D:status>\n</D:propstat>\n</D:response>\n</D:multistatus>\n',
      '<multistatus xmlns="DAV:"><response><href>/a&amp;b</href><propstat><prop><getcontentlength>7</getcontentlength><getetag>"x"</getetag></prop></propstat></response><response><href>/c</href><status>HTTP/1.1 404</status></response></multistatus>',
    ],
    roundTrip: same(fc.tuple(fc.array(href, { maxLength: 5 }), fc.integer({ min: 1, max: 200 })), ([hrefs, size]) => isDeepStrictEqual(readAll(written(hrefs.map((one) => ({ href: one }))), size).map((one) => one.href), hrefs)),
  },
  { name: 'href', parse: namesOf, corpus: ['http://host:80/dav/a%20b/', '/dav//%c3%a9?x#y', '/%zz', '%'], roundTrip: same(path, (text) => namesOf(urlOf('http://host', text as Path).href)?.join('/') === text) },
  { name: 'WebDAV address', parse: parseAddress, corpus: ['webdavs://ann%40x:p%zz@host:8443//remote.php/dav/?x#y', 'webdav://[::1]:80/a'] },
  {
    name: 'command line', parse: (text) => splitCommand(text, 'linux'), corpus: ['pass show "a \\" b" \'c d\' e\\ f', '""'],
    roundTrip: same(fc.array(fc.string({ unit: 'binary', maxLength: 10 }), { maxLength: 5 }), (words) => isDeepStrictEqual(splitCommand(words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' '), 'linux'), words)),
  },
];
