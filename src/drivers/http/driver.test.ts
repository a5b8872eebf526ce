import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { openHttp } from '../../../test/servers/open-http.ts';
import { scripted, type ScriptedAnswer, type ScriptedTransport, sentHeader } from '../../../test/transport/scripted.ts';
import type { HttpRequest } from '../../http/transport.ts';
import { gather } from '../../storage/content.ts';
import type { Driver, ReadOptions, With } from '../../storage/driver.ts';
import { parsePath } from '../../storage/path.ts';
import { fromBytes } from '../../storage/source.ts';

const path = parsePath('files/md5/ab/cd');
const BYTES = '0123456789';

async function open(answer: (request: HttpRequest, number: number) => ScriptedAnswer | Error, options: Record<string, string> = {}): Promise<{ readonly driver: With<'write'>; readonly net: ScriptedTransport }> {
  const net = scripted(answer);
  return { net, driver: await openHttp({ url: 'http://host/base', options, through: () => net }) };
}
const part = (start: number, end: number): ScriptedAnswer => ({ status: 206, headers: { 'content-range': `bytes ${start}-${end - 1}/10`, etag: '"e"' }, body: BYTES.slice(start, end) });

async function text(driver: Driver, options?: ReadOptions): Promise<string> {
  return Buffer.from(await gather((await driver.read(path, options)).body, 1000)).toString();
}

test('stat asks by HEAD and reads size, time and etag as DVC writes it', async () => {
  const { driver, net } = await open(() => ({ status: 200, headers: { 'content-length': '12', etag: 'W/"x"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' } }));
  assert.deepEqual(await driver.stat(path), { path, kind: 'file', size: 12, etag: 'W/"x"', modifiedAt: Date.UTC(2026, 0, 1) });
  assert.deepEqual(net.requests.map(({ method, url }) => `${method} ${url.href}`), ['HEAD http://host/base/files/md5/ab/cd']);
  assert.equal(driver.traits.etagField, 'checksum');
});

test('hashes the server vouches for are read in all their forms; Content-MD5 is the etag where there is none', async () => {
  const hex = createHash('md5').update('x').digest('hex');
  const base64 = createHash('md5').update('x').digest('base64');
  const sha = createHash('sha256').update('x');
  const shaHex = sha.copy().digest('hex');
  const forms: readonly (readonly [Record<string, string>, string | undefined, string | undefined])[] = [
    [{ 'content-md5': base64 }, base64, hex], [{ 'content-md5': hex }, hex, hex], [{ digest: `SHA-256=${sha.copy().digest('base64')}` }, undefined, shaHex],
    [{ 'repr-digest': `sha-256=:${sha.copy().digest('base64')}:` }, undefined, shaHex], [{ digest: 'crc32=1,md5=zzz' }, undefined, undefined],
  ];
  for (const [headers, etag, checksum] of forms) {
    const entry = await (await open(() => ({ status: 200, headers }))).driver.stat(path);
    assert.deepEqual([entry.etag, entry.checksum?.value], [etag, checksum], JSON.stringify(headers));
  }
});

for (const status of [403, 405, 501]) {
  test(`a server that answers ${status} to HEAD is asked by a GET of one byte, from then on at once`, async () => {
    const { driver, net } = await open(({ method }) => (method === 'HEAD' ? { status } : part(0, 1)));
    for (let turn = 0; turn < 3; turn += 1) assert.equal((await driver.stat(path)).size, 10);
    assert.deepEqual(net.requests.map(({ method }) => method), ['HEAD', 'GET', 'GET', 'GET']);
    assert.equal(sentHeader(net.requests[1], 'range'), 'bytes=0-0');
  });
}

test('an object that may not be read is no reason to give HEAD up', async () => {
  const { driver, net } = await open((_request, number) => (number < 2 ? { status: 403 } : { status: 200, headers: { 'content-length': '1' } }));
  await assert.rejects(driver.stat(path), { code: 'PERMISSION_DENIED' });
  assert.equal((await driver.stat(path)).size, 1);
  assert.deepEqual(net.requests.map(({ method }) => method), ['HEAD', 'GET', 'HEAD']);
});

test('an empty object is found by a GET that has no byte to give', async () => {
  const { driver } = await open(({ method }) => (method === 'HEAD' ? { status: 405 } : { status: 416, headers: { 'content-range': 'bytes */0' } }));
  assert.equal((await driver.stat(path)).size, 0);
});

test('absent is NOT_FOUND, a failing server is not', async () => {
  for (const [status, code] of [[404, 'NOT_FOUND'], [410, 'NOT_FOUND'], [500, 'UNAVAILABLE'], [401, 'UNAUTHENTICATED']] as const) {
    const { driver } = await open(() => ({ status }));
    await assert.rejects(driver.stat(path), { code });
    await assert.rejects(driver.read(path), { code });
  }
});

test('a range is asked for, and the entry is of the whole object', async () => {
  const { driver, net } = await open(() => part(2, 5));
  const content = await driver.read(path, { start: 2, end: 5, ifMatch: '"e"' });
  assert.equal(content.entry.size, 10);
  assert.equal(Buffer.from(await gather(content.body, 10)).toString(), '234');
  assert.deepEqual([sentHeader(net.requests[0], 'range'), sentHeader(net.requests[0], 'if-match'), sentHeader(net.requests[0], 'accept-encoding')], ['bytes=2-4', '"e"', 'identity']);
});

for (const [start, end] of [[2, 5], [0, 3], [7, undefined], [0, 99], [3, 3]] as const) {
  test(`a server that knows no ranges still gives [${start}, ${end ?? 'end'})`, async () => {
    const { driver } = await open(() => ({ status: 200, headers: { 'content-length': '10' }, body: ['01', '234', '5678', '9'] }));
    assert.equal(await text(driver, { start, ...(end !== undefined && { end }) }), BYTES.slice(start, end));
  });
}

test('beyond the end lies nothing', async () => {
  const { driver } = await open(({ method }) => (method === 'GET' ? { status: 416, headers: { 'content-range': 'bytes */10' } } : { status: 200, headers: { 'content-length': '10' } }));
  const content = await driver.read(path, { start: 10 });
  assert.deepEqual([content.entry.size, (await gather(content.body, 10)).byteLength], [10, 0]);
});

test('another range than was asked for is CORRUPT, a shorter one than announced UNAVAILABLE', async () => {
  for (const answer of [part(3, 5), part(2, 7), { status: 206, body: '234' }]) await assert.rejects((await open(() => answer)).driver.read(path, { start: 2, end: 5 }), { code: 'CORRUPT' });
  const { driver } = await open(() => ({ ...part(2, 5), body: '23' }));
  await assert.rejects(text(driver, { start: 2, end: 5 }), { code: 'UNAVAILABLE', retryable: true });
});

test('a part that nobody asked for is not taken for the whole', async () => {
  await assert.rejects((await open(() => part(0, 5))).driver.read(path));
});

test('an object that has changed is PRECONDITION_FAILED, also from servers without preconditions and with weak etags', async () => {
  const answers: readonly ScriptedAnswer[] = [{ status: 412 }, { status: 200, headers: { etag: '"new"' }, body: BYTES }, { status: 206, headers: { 'content-range': 'bytes 2-9/10' }, body: '23456789' }];
  for (const answer of answers) {
    const { driver, net } = await open(() => answer);
    await assert.rejects(driver.read(path, { start: 2, ifMatch: '"e"' }), { code: 'PRECONDITION_FAILED' });
    assert.ok(net.cancelled() > 0);
  }
  const { driver, net } = await open(() => ({ status: 200, headers: { etag: 'W/"e"' }, body: BYTES }));
  assert.equal(await text(driver, { start: 2, ifMatch: 'W/"e"' }), '23456789');
  assert.equal(sentHeader(net.requests[0], 'if-match'), undefined);
});

for (const [options, method] of [[{}, 'POST'], [{ method: 'put' }, 'PUT']] as const) {
  test(`an upload is a ${method} with length, type and hash`, async () => {
    const { driver, net } = await open(() => ({ status: 201, headers: { etag: '"n"' } }), options);
    const source = { ...fromBytes(Buffer.from('abc')), checksum: { name: 'md5' as const, value: createHash('md5').update('abc').digest('hex') } };
    const written = await driver.write(path, source);
    assert.deepEqual(written, { how: 'streamed', entry: { path, kind: 'file', size: 3, etag: '"n"' } });
    const [request] = net.requests;
    assert.deepEqual([request?.method, request?.body?.size, sentHeader(request, 'content-type'), sentHeader(request, 'content-md5')], [method, 3, 'application/octet-stream', createHash('md5').update('abc').digest('base64')]);
  });
}

test('an upload that is not taken is an error, a redirect to a page as well', async () => {
  for (const [status, code, hint] of [[405, 'UNSUPPORTED', /'method'.*PUT/], [409, 'PRECONDITION_FAILED', /webdav/], [303, 'UNSUPPORTED', /./], [302, 'UNSUPPORTED', /./], [507, 'UNAVAILABLE', /space/]] as const) {
    const { driver, net } = await open(() => ({ status, headers: { location: '/thanks' } }));
    await assert.rejects(driver.write(path, fromBytes(Buffer.from('abc'))), (error: Error) => 'code' in error && error.code === code && 'hint' in error && hint.test(String(error.hint)));
    assert.equal(net.requests.length, 1);
  }
});

test('conditions on uploads are refused before a byte is sent', async () => {
  const { driver, net } = await open(() => ({ status: 201 }));
  for (const mode of ['create', { ifMatch: '"e"' }] as const) await assert.rejects(driver.write(path, fromBytes(Buffer.from('x')), { mode }), { code: 'UNSUPPORTED' });
  assert.equal(net.requests.length, 0);
});

test('there is no list, and delete only where the remote says so, per name', async () => {
  const plain = await open(() => ({ status: 200 }));
  assert.deepEqual([plain.driver.list, plain.driver.delete], [undefined, undefined]);
  const { driver } = await open(({ url }) => ({ status: url.pathname.endsWith('gone') ? 404 : url.pathname.endsWith('kept') ? 403 : 204 }), { delete: 'true' });
  const results = await driver.delete?.(['there', 'gone', 'kept'].map((name) => ({ path: parsePath(name) })));
  assert.deepEqual(results?.map(({ path: name, error }) => [name, error && 'code' in error ? error.code : undefined]), [['there', undefined], ['gone', undefined], ['kept', 'PERMISSION_DENIED']]);
});

test('a version cannot be named', async () => {
  const { driver } = await open(() => ({ status: 200 }));
  await assert.rejects(driver.stat(path, { versionId: '1' }), { code: 'UNSUPPORTED' });
  await assert.rejects(driver.read(path, { versionId: '1' }), { code: 'UNSUPPORTED' });
});
