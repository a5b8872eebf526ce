import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openWebdav } from '../../../test/servers/open-webdav.ts';
import { scripted, type ScriptedAnswer, type ScriptedTransport, sentHeader } from '../../../test/transport/scripted.ts';
import type { HttpRequest } from '../../http/transport.ts';
import { gather } from '../../storage/content.ts';
import type { Driver, ReadOptions } from '../../storage/driver.ts';
import { parsePath } from '../../storage/path.ts';
import { profiles, unknownProfile } from './profiles.ts';

const path = parsePath('ab/cd');
const BYTES = '0123456789';
const APACHE = 'xmlns:lp2="http://apache.org/dav/props/"';

interface Described { readonly etag?: string; readonly mark?: string; readonly isFolder?: boolean; readonly others?: readonly string[] }
const found = ({ etag, mark = '', isFolder = false, others = [] }: Described = {}, href = '/dav/ab/cd'): ScriptedAnswer => ({
  status: 207, headers: { server: 'Some' },
  body: `<D:multistatus xmlns:D="DAV:">${[href, ...others].map((one) => `<D:response ${mark}><D:href>${one}</D:href><D:propstat><D:prop>${
    isFolder ? '<D:resourcetype><D:collection/></D:resourcetype>' : `<D:getcontentlength>10</D:getcontentlength>${etag === undefined ? '' : `<D:getetag>${etag}</D:getetag>`}`}</D:prop></D:propstat></D:response>`).join('')}</D:multistatus>`,
});
const nginx = (): ScriptedAnswer => ({ status: 207, headers: { server: 'nginx/1.22.1' }, body: '<?xml version="1.0" encoding="utf-8" ?>\n<D:multistatus xmlns:D="DAV:">\n<D:response>\n<D:href>/dav/ab/cd</D:href>\n<D:propstat>\n<D:prop>\n<D:getcontentlength>10</D:getcontentlength>\n</D:prop>\n</D:propstat>\n</D:response>\n</D:multistatus>\n' });

async function open(answer: (request: HttpRequest, number: number) => ScriptedAnswer): Promise<{ readonly driver: Awaited<ReturnType<typeof openWebdav>>; readonly net: ScriptedTransport; readonly steps: () => readonly string[] }> {
  const net = scripted(answer);
  const driver = await openWebdav({ url: 'webdav://host/dav', through: () => net, opening: { wait: async () => undefined } });
  return { net, driver, steps: () => net.requests.map(({ method, url }) => `${method} ${url.pathname}`) };
}
async function text(driver: Driver, options?: ReadOptions): Promise<string> {
  return Buffer.from(await gather((await driver.read(path, options)).body, 1000)).toString();
}

describe('stat', () => {
  test('asks for four properties of the one resource', async () => {
    const { driver, net, steps } = await open(() => found({ etag: 'W/"x"' }));

    assert.deepEqual(await driver.stat(path), { path, kind: 'file', size: 10, etag: 'W/"x"' });

    assert.deepEqual(steps(), ['PROPFIND /dav/ab/cd']);
    assert.equal(sentHeader(net.requests[0], 'depth'), '0');
    assert.match(Buffer.from(net.requests[0]?.body?.bytes ?? []).toString(), /<prop><resourcetype\/><getcontentlength\/><getetag\/><getlastmodified\/><\/prop>/);
  });

  test('knows a folder, also where its name leads to the name with a slash', async () => {
    assert.deepEqual(await (await open(() => found({ isFolder: true }))).driver.stat(path), { path, kind: 'directory' });
    assert.deepEqual(await (await open(() => ({ status: 301, headers: { location: 'http://inner/dav/%61b/cd/' } }))).driver.stat(path), { path, kind: 'directory' });
    await assert.rejects((await open(() => ({ status: 301, headers: { location: 'https://host/dav/ab/cd' } }))).driver.stat(path), { code: 'UNSUPPORTED' });
  });

  test('takes the resource that was asked for, if the server says more', async () => {
    assert.equal((await (await open(() => found({}, '/dav/ab/cd/x'))).driver.stat(path)).kind, 'file');
  });

  test('an etag that is weak for a second only is the strong one', async () => {
    assert.equal((await (await open(() => found({ etag: 'W/"x"', mark: APACHE }))).driver.stat(path)).etag, '"x"');
  });

  test('on nginx, once it is known, asks by HEAD, which tells the etag', async () => {
    const { driver, steps } = await open(({ method }) => (method === 'PROPFIND' ? nginx() : { status: 200, headers: { etag: '"n"', 'content-length': '10' } }));

    for (let turn = 0; turn < 2; turn += 1) assert.deepEqual(await driver.stat(path), { path, kind: 'file', size: 10, etag: '"n"' });

    assert.deepEqual(steps(), ['PROPFIND /dav/ab/cd', 'HEAD /dav/ab/cd', 'HEAD /dav/ab/cd']);
  });

  const absences: readonly (readonly [string, readonly ScriptedAnswer[]])[] = [
    ['404', [{ status: 404 }]], ['410', [{ status: 410 }]], ['400 where HEAD says 404', [{ status: 400 }, { status: 404 }]], ['no resource', [{ status: 207, body: '<multistatus/>' }]],
  ];
  for (const [what, answers] of absences) {
    test(`${what} is NOT_FOUND`, async () => {
      await assert.rejects((await open((_request, number) => answers[number] ?? { status: 500 })).driver.stat(path), { code: 'NOT_FOUND' });
    });
  }

  for (const [status, code, hint] of [[401, 'UNAUTHENTICATED', /'user' and 'password'/], [403, 'PERMISSION_DENIED', /may do/], [400, 'INVALID_ARGUMENT', undefined], [405, 'UNSUPPORTED', /no WebDAV folder/], [423, 'LOCKED', undefined], [503, 'UNAVAILABLE', undefined], [200, 'UNKNOWN', undefined]] as const) {
    test(`${status} is no absence, but ${code}`, async () => {
      await assert.rejects((await open(() => ({ status }))).driver.stat(path), (error: Error) => 'code' in error && error.code === code && (hint === undefined || ('hint' in error && hint.test(String(error.hint)))));
    });
  }

  for (const [challenge, hint] of [['Digest realm="r", nonce="n"', /auth = digest/], ['Bearer', /'token' or 'bearer_token_command'/], ['Basic realm="r", Digest realm="r"', /'user' and 'password'/]] as const) {
    test(`a server that wants ${challenge} is told apart`, async () => {
      await assert.rejects((await open(() => ({ status: 401, headers: { 'www-authenticate': challenge } }))).driver.stat(path), (error: Error) => 'hint' in error && hint.test(String(error.hint)));
    });
  }
});

describe('read', () => {
  const part = (start: number, end: number, headers: Record<string, string> = { etag: '"e"' }): ScriptedAnswer => ({ status: 206, headers: { 'content-range': `bytes ${start}-${end - 1}/10`, ...headers }, body: BYTES.slice(start, end) });
  const whole = (headers: Record<string, string> = { etag: '"e"' }): ScriptedAnswer => ({ status: 200, headers: { 'content-length': '10', ...headers }, body: BYTES });

  test('asks for a range and gives the size of the whole', async () => {
    const { driver, net } = await open(() => part(2, 5));
    const content = await driver.read(path, { start: 2, end: 5, ifMatch: '"e"' });

    assert.deepEqual([content.entry.size, Buffer.from(await gather(content.body, 10)).toString()], [10, '234']);
    assert.deepEqual([sentHeader(net.requests[0], 'range'), sentHeader(net.requests[0], 'if-match')], ['bytes=2-4', undefined]);
  });

  test('takes the range out of the whole where the server knows no ranges', async () => {
    assert.equal(await text((await open(() => whole())).driver, { start: 7 }), '789');
  });

  for (const [ifMatch, etag] of [['"e"', '"e"'], ['W/"e"', '"e"'], ['e', 'W/"e"']] as const) {
    test(`goes on in the same object, ${ifMatch} for ${etag}`, async () => {
      assert.equal(await text((await open(() => part(7, 10, { etag }))).driver, { start: 7, ifMatch }), '789');
    });
  }

  test('does not go on in another one, and lets its bytes be', async () => {
    const { driver, net } = await open(() => part(7, 10));

    await assert.rejects(driver.read(path, { start: 7, ifMatch: '"other"' }), { code: 'PRECONDITION_FAILED' });

    assert.equal(net.cancelled(), 1);
  });

  test('where the etag does not come with the bytes, it is asked for before them', async () => {
    let etag = '"one"';
    const { driver, steps } = await open(({ method }) => (method === 'PROPFIND' ? found({ etag }) : whole({})));

    assert.equal((await driver.read(path)).entry.etag, '"one"');
    assert.deepEqual(steps(), ['GET /dav/ab/cd', 'PROPFIND /dav/ab/cd', 'PROPFIND /dav/ab/cd', 'GET /dav/ab/cd']);
    assert.equal((await driver.read(path, { ifMatch: '"one"' })).entry.etag, '"one"');
    etag = '"two"';
    await assert.rejects(driver.read(path, { ifMatch: '"one"' }), { code: 'PRECONDITION_FAILED' });
    assert.equal(steps().length, 8);
  });

  test('where there are no etags, they are not asked for again and again', async () => {
    const { driver, steps } = await open(({ method }) => (method === 'PROPFIND' ? found() : whole({})));

    for (let turn = 0; turn < 2; turn += 1) assert.equal(await text(driver), BYTES);

    assert.deepEqual(steps(), ['GET /dav/ab/cd', 'PROPFIND /dav/ab/cd', 'GET /dav/ab/cd']);
  });

  test('of a folder there is nothing to read, whatever page the server has for it', async () => {
    const leading = await open(({ url }) => (url.pathname.endsWith('/') ? whole() : { status: 301, headers: { location: '/dav/ab/cd/' } }));
    await assert.rejects(leading.driver.read(path), { code: 'NOT_FOUND' });
    await assert.rejects((await open(({ method }) => (method === 'GET' ? { status: 405 } : found({ isFolder: true })))).driver.read(path), { code: 'NOT_FOUND' });
    await assert.rejects((await open(({ method }) => (method === 'GET' ? { status: 405 } : found()))).driver.read(path), { code: 'UNSUPPORTED' });
  });

  test('beyond the end there is nothing, and another range than asked for is CORRUPT', async () => {
    assert.equal(await text((await open(({ method }) => (method === 'GET' ? { status: 416 } : found()))).driver, { start: 10 }), '');
    assert.equal(await text((await open(() => found())).driver, { start: 4, end: 4 }), '');
    await assert.rejects((await open(() => part(1, 5))).driver.read(path, { start: 2, end: 5 }), { code: 'CORRUPT' });
  });
});

describe('delete', () => {
  const remove = async (answer: (request: HttpRequest, number: number) => ScriptedAnswer): Promise<{ readonly steps: readonly string[]; readonly error: Error | undefined }> => {
    const { driver, steps } = await open(answer);
    const [result] = await driver.delete([{ path }]);
    return { steps: steps(), error: result?.error };
  };

  test('looks first, for a folder would be deleted with all that is in it', async () => {
    assert.deepEqual(await remove(({ method }) => (method === 'PROPFIND' ? found() : { status: 204 })), { steps: ['PROPFIND /dav/ab/cd', 'DELETE /dav/ab/cd'], error: undefined });
    assert.deepEqual(await remove(({ method }) => (method === 'PROPFIND' ? { status: 404 } : { status: 204 })), { steps: ['PROPFIND /dav/ab/cd'], error: undefined });
  });

  test('leaves a folder that holds something, also something unfinished, and takes an empty one', async () => {
    const full = await remove(() => found({ isFolder: true, others: ['/dav/ab/cd/.AAAAAAAAAAAAAAAAAAAAAA.tmp'] }));
    assert.deepEqual(full, { steps: ['PROPFIND /dav/ab/cd', 'PROPFIND /dav/ab/cd/'], error: undefined });

    const empty = await remove(({ method }) => (method === 'PROPFIND' ? found({ isFolder: true }) : { status: 204 }));
    assert.deepEqual(empty, { steps: ['PROPFIND /dav/ab/cd', 'PROPFIND /dav/ab/cd/', 'DELETE /dav/ab/cd/'], error: undefined });
  });

  for (const refusal of [{ status: 400 }, { status: 409 }, { status: 301, headers: { location: 'http://host/dav/ab/cd/' } }]) test(`is one request where the server refuses to delete a folder so, by ${refusal.status}`, async () => {
    const { driver, net, steps } = await open(({ method }, number) => (method === 'PROPFIND' ? found({ mark: APACHE, isFolder: number > 2, others: number > 2 ? ['/dav/ab/cd/x'] : [] }) : number === 2 ? refusal : { status: 204 }));
    await driver.stat(path);

    assert.deepEqual(await driver.delete([{ path }]), [{ path }]);
    assert.equal(sentHeader(net.requests[1], 'depth'), '0');
    assert.deepEqual(await driver.delete([{ path }]), [{ path }]);

    assert.deepEqual(steps().slice(1), ['DELETE /dav/ab/cd', 'DELETE /dav/ab/cd', 'PROPFIND /dav/ab/cd', 'PROPFIND /dav/ab/cd/']);
  });

  test('takes no folder where names with a dot are hidden, and says so', async () => {
    const { driver } = await open(({ method }, number) => (method === 'PROPFIND' ? (number === 0 ? nginx() : found({ isFolder: true })) : method === 'HEAD' ? { status: 200 } : { status: 409 }));
    await driver.stat(path);

    const [result] = await driver.delete([{ path }]);

    assert.ok(result?.error && 'code' in result.error && result.error.code === 'UNSUPPORTED');
  });

  test('never takes the root, and names the object that could not be deleted', async () => {
    const { driver, steps } = await open(() => ({ status: 204 }));
    assert.deepEqual(await driver.delete([{ path: parsePath('') }]), [{ path: '' }]);
    assert.deepEqual(steps(), []);

    const { error } = await remove(({ method }) => (method === 'PROPFIND' ? found() : { status: 403 }));
    assert.match(error?.message ?? '', /^deleting 'ab\/cd' on webdav:\/\/host\/dav \(DELETE\): refused: not allowed/);
  });
});

test('versions are refused', async () => {
  const { driver } = await open(() => found());
  await assert.rejects(driver.stat(path, { versionId: '1' }), { code: 'UNSUPPORTED' });
  await assert.rejects(driver.read(path, { versionId: '1' }), { code: 'UNSUPPORTED' });
  assert.equal((await driver.delete([{ path, versionId: '1' }]))[0]?.error !== undefined, true);
});

test('every row of the profiles names its source and a day, and a mark of its own', () => {
  for (const row of [...profiles, unknownProfile]) assert.match(`${row.source} ${row.checked}`, /\S+ \d{4}-\d{2}-\d{2}$/);
  for (const row of profiles) assert.ok(row.marks, row.name);
});
