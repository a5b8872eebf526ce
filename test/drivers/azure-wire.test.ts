import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { hasCode, TowlineError } from '../../src/errors.ts';
import { applyLayers } from '../../src/storage/layer.ts';
import { retry } from '../../src/storage/layers/retry.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { createAzureWire } from './azure-wire.ts';
import type { Answer, SeenRequest } from './s3-wire.ts';

const hello = fromBytes(Buffer.from('hello'));
const helloMd5 = createHash('md5').update('hello').digest('hex');
const base64Md5 = Buffer.from(helloMd5, 'hex').toString('base64');
const path = parsePath('a/b');
const sas = 'sv=2021-12-02&sig=hidden-secret%3D';
const error = (code: string, rest = ''): string => `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>because</Message>${rest}</Error>`;
const refuse = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer => ({ status, headers: { 'x-ms-error-code': code, ...headers }, body: error(code) });
const listing = (blobs: string, marker = ''): string => `<EnumerationResults><Blobs>${blobs}</Blobs><NextMarker>${marker}</NextMarker></EnumerationResults>`;
const withCode = (code: Parameters<typeof hasCode>[1], text = '') => (thrown: unknown): boolean =>
  hasCode(thrown, code) && thrown.message.includes(text) && !/hidden-secret|aGlkZGVu/.test(JSON.stringify([thrown.message, thrown.hint, thrown.context]));
const parameter = (request: SeenRequest | undefined, name: string): string | null => new URL(request?.target ?? '', 'http://x').searchParams.get(name);

describe('Azure on the wire: options', () => {
  const seen = async (options: Record<string, string>, env: Record<string, string> = {}, url?: string): Promise<readonly SeenRequest[]> => {
    const wire = createAzureWire(() => ({}));
    await (await wire.open(options, env, url)).stat(path);
    return wire.seen;
  };

  it('account_key signs each request, and never leaves', async () => {
    const [request] = await seen({});
    const text = 'HEAD\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Sat, 21 Nov 2026 00:00:00 GMT\nx-ms-version:2021-12-02\n/acct/box/pre/a/b';

    assert.equal(request?.origin, 'https://acct.blob.core.windows.net');
    assert.equal(request.headers.get('authorization'), `SharedKey acct:${createHmac('sha256', 'hidden-secret').update(text).digest('base64')}`);
  });

  it('sas_token stands in every address, with or without its question mark', async () => {
    for (const token of [sas, `?${sas}`]) {
      const [request] = await seen({ account_key: '', sas_token: token });

      assert.equal(request?.target, `/box/pre/a/b?${sas}`);
      assert.ok(!request.headers.has('authorization'));
    }
  });

  it('connection_string says account, key and endpoint', async () => {
    const [request] = await seen({ account_key: '', account_name: '', connection_string: 'AccountName=devstoreaccount1;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1' });

    assert.deepEqual([request?.origin, request?.target], ['http://127.0.0.1:10000', '/devstoreaccount1/box/pre/a/b']);
    assert.match(request?.headers.get('authorization') ?? '', /^SharedKey devstoreaccount1:/);
  });

  it('allow_anonymous_login sends nothing, whatever the environment lends', async () => {
    const [request] = await seen({ account_key: '', allow_anonymous_login: 'true' }, { AZURE_STORAGE_KEY: 'a2V5', AZURE_STORAGE_SAS_TOKEN: sas });

    assert.ok(!request?.headers.has('authorization') && !request?.target.includes('?'));
  });

  it('endpointurl and endpoint_suffix say where the service is, and so does the URL', async () => {
    const rows: readonly (readonly [options: Record<string, string>, origin: string, url?: string])[] = [
      [{ endpointurl: 'http://127.0.0.1:10000' }, 'http://127.0.0.1:10000'],
      [{ endpoint_suffix: 'core.usgovcloudapi.net' }, 'https://acct.blob.core.usgovcloudapi.net'],
      [{ account_name: '' }, 'https://other.blob.core.chinacloudapi.cn', 'azure://box@other.blob.core.chinacloudapi.cn/pre'],
    ];
    for (const [options, origin, url] of rows) assert.equal((await seen(options, {}, url))[0]?.origin, origin);
  });

  it('timeout stands in every request; read_timeout, connection_timeout and ssl_verify reach the connection', async () => {
    const wire = createAzureWire(() => ({ body: listing('') }));
    const driver = await wire.open({ timeout: '30', read_timeout: '7', connection_timeout: '3', ssl_verify: '/ca.pem' });
    await driver.list(parsePath(''));
    await driver.write(path, hello);

    assert.deepEqual(wire.seen.map((request) => parameter(request, 'timeout')), ['30', '30']);
    assert.deepEqual(wire.connections, [{ verifyTls: true, caFile: '/ca.pem', connectTimeoutSeconds: 3, idleTimeoutSeconds: 7 }]);
  });

  it('version_aware, worktree, jobs, checksum_jobs and verify are taken, and change no request', async () => {
    const plain = await seen({});
    const all = await seen({ version_aware: 'true', worktree: 'true', jobs: '3', checksum_jobs: '2', verify: 'true' });

    assert.deepEqual(all.map(({ target }) => target), plain.map(({ target }) => target));
  });

  it('never let what opens something by itself go to another host than Microsoft, this machine, or one that the user trusts', async () => {
    const lent = { AZURE_STORAGE_SAS_TOKEN: sas };
    const refused = (endpointurl: string, env: Record<string, string> = lent): Promise<unknown> => seen({ account_key: '', endpointurl }, env);

    await assert.rejects(refused('https://blobs.example.org'), withCode('INVALID_CONFIG', "none of Microsoft's clouds"));
    await assert.rejects(refused('https://acct.blob.core.windows.net.example.org'), withCode('INVALID_CONFIG', "none of Microsoft's clouds"));
    await assert.rejects(refused('http://acct.blob.core.windows.net'), withCode('INVALID_CONFIG', 'plain http'));
    await assert.rejects(refused('https://blobs.example.org', {}), withCode('INVALID_CONFIG', 'the token of an identity'));
    await assert.rejects(seen({ account_key: '', sas_token: sas, endpointurl: 'http://blobs.example.org' }), withCode('INVALID_CONFIG', 'plain http'));
    assert.equal((await seen({ account_key: '', endpointurl: 'http://127.0.0.1:1' }, lent)).length, 1);
    assert.equal((await seen({ account_key: '', endpointurl: 'https://blobs.example.org' }, { ...lent, AZURE_AUTHORITY_HOST: 'https://login.example.org' })).length, 1);
    assert.equal((await seen({ account_key: '', sas_token: sas, endpointurl: 'https://blobs.example.org' })).length, 1);
  });
});

describe('Azure on the wire: requests', () => {
  it('encodes a name once', async () => {
    const wire = createAzureWire(() => ({}));
    await (await wire.open({}, {}, 'azure://box/x y')).stat(parsePath("a?#%+'ü"));

    assert.equal(wire.seen[0]?.target, '/box/x%20y/a%3F%23%25%2B%27%C3%BC');
  });

  it('lets the service check the bytes of one Put Blob, with the hash that is known already', async () => {
    const wire = createAzureWire(() => ({ status: 201, headers: { etag: '"0x1"', 'content-md5': base64Md5, 'x-ms-version-id': 'V' } }));
    const driver = await wire.open();
    const written = await driver.write(path, { size: 5, checksum: { name: 'md5', value: helloMd5 }, open: () => hello.open() }, { contentType: 'text/plain', metadata: { Author: 'me' } });

    assert.deepEqual(written.entry, { path, kind: 'file', size: 5, etag: '"0x1"', versionId: 'V', checksum: { name: 'md5', value: helloMd5 } });
    const [{ headers }] = wire.seen as [SeenRequest];
    assert.deepEqual(['x-ms-blob-type', 'content-md5', 'x-ms-blob-content-type', 'x-ms-meta-author'].map((name) => headers.get(name)), ['BlockBlob', base64Md5, 'text/plain', 'me']);
  });

  it('says CORRUPT when the service stored other bytes', async () => {
    const wire = createAzureWire(() => ({ status: 201, headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }));

    await assert.rejects((await wire.open()).write(path, { ...hello, checksum: { name: 'md5', value: helloMd5 } }), withCode('CORRUPT'));
  });

  it('checks the hash of a stream itself, where it is too long for one request, and commits nothing that is wrong', async () => {
    const bytes = Buffer.alloc(17 << 20, 7);
    const stream = { size: undefined, open: () => fromBytes(bytes).open() };
    const wire = createAzureWire(({ method }) => (method === 'GET' ? refuse(404, 'BlobNotFound') : { status: 201, headers: { etag: '"0x4"' } }));
    const driver = await wire.open();
    const right = await driver.write(path, { ...stream, checksum: { name: 'md5', value: createHash('md5').update(bytes).digest('hex') } });

    assert.equal(right.entry.size, bytes.byteLength);
    await assert.rejects(driver.write(path, { ...stream, checksum: { name: 'md5', value: helloMd5 } }), withCode('CORRUPT'));
    assert.equal(wire.seen.filter(({ target }) => target.includes('comp=blocklist') && !target.includes('type')).length, 1);
  });

  it('starts an upload by a login that may only write', async () => {
    const wire = createAzureWire(({ method }) => (method === 'GET' ? refuse(403, 'AuthorizationPermissionMismatch') : { status: 201 }));

    assert.deepEqual((await (await wire.open()).upload(path, { size: 5 })).held, []);
    await assert.rejects((await wire.open()).upload(path, { size: 5, resume: (await (await wire.open()).upload(path, { size: 5 })).token }), withCode('PERMISSION_DENIED'));
  });

  it('quotes etags as DVC does, in headers and in listings', async () => {
    const blob = '<Blob><Name>pre/a/b</Name><Properties><Etag>0x8D</Etag><Content-Length>5</Content-Length></Properties></Blob>';
    const wire = createAzureWire(({ method }) => (method === 'HEAD' ? { headers: { etag: '"0x8D"' } } : { body: listing(blob) }));
    const driver = await wire.open();

    assert.equal((await driver.stat(path)).etag, '"0x8D"');
    assert.equal((await driver.list(parsePath(''))).entries[0]?.etag, '"0x8D"');
  });

  it('writes on conditions, and says which of them failed', async () => {
    const exists = createAzureWire(() => refuse(409, 'BlobAlreadyExists'));
    const changed = createAzureWire(() => refuse(412, 'ConditionNotMet'));
    const gone = createAzureWire(() => refuse(404, 'BlobNotFound'));

    await assert.rejects((await exists.open()).write(path, hello, { mode: 'create' }), withCode('ALREADY_EXISTS'));
    await assert.rejects((await changed.open()).write(path, hello, { mode: 'create' }), withCode('ALREADY_EXISTS', 'it exists already'));
    await assert.rejects((await changed.open()).write(path, hello, { mode: { ifMatch: '"0x1"' } }), withCode('PRECONDITION_FAILED'));
    await assert.rejects((await gone.open()).write(path, hello, { mode: { ifMatch: '"0x1"' } }), withCode('PRECONDITION_FAILED'));
    assert.deepEqual([exists.seen[0]?.headers.get('if-none-match'), changed.seen[1]?.headers.get('if-match')], ['*', '"0x1"']);
  });

  it('sends parts under names of one upload, of the length that other parts have, and commits them in order', async () => {
    const left = `<BlockList><UncommittedBlocks><Block><Name>${Buffer.alloc(46, 'x').toString('base64')}</Name><Size>1</Size></Block></UncommittedBlocks></BlockList>`;
    const wire = createAzureWire(({ method }) => (method === 'GET' ? { body: left } : { status: 201, headers: { etag: '"0x2"' } }));
    const upload = await (await wire.open()).upload(path, { size: 20 << 20 });
    const parts = [];
    for (const [number, start, end] of [[2, 16 << 20, 20 << 20], [1, 0, 16 << 20]] as const) parts.push(await upload.send({ number, start, end }, fromBytes(new Uint8Array(end - start))));
    const entry = await upload.complete(parts);

    const ids = wire.seen.slice(1, 3).map((request) => Buffer.from(parameter(request, 'blockid') ?? '', 'base64').toString());
    assert.deepEqual(ids, ['0000000000000000-000002'.padEnd(46, '.'), '0000000000000000-000001'.padEnd(46, '.')]);
    assert.deepEqual([...(wire.seen[3]?.body ?? '').matchAll(/<Latest>([^<]*)</g)].map(([, id = '']) => Buffer.from(id, 'base64').toString()), ids.toReversed());
    assert.deepEqual([entry.size, entry.etag, upload.partSize], [20 << 20, '"0x2"', 16 << 20]);
  });

  it('copies on the service from an address signed for one hour of reading, and lets it check the hash', async () => {
    const wire = createAzureWire(() => ({ status: 201, headers: { etag: '"0x3"' } }));
    const driver = await wire.open();
    const written = await driver.write(parsePath('copy'), { ...hello, checksum: { name: 'md5', value: helloMd5 }, origin: driver.origin(path, { versionId: '2026-11-21T00:00:00.0000001Z' }) });

    const headers = wire.seen[0]?.headers;
    const from = new URL(headers?.get('x-ms-copy-source') ?? '');
    assert.equal(written.how, 'copied');
    assert.deepEqual([headers?.get('x-ms-blob-type'), headers?.get('x-ms-source-content-md5')], ['BlockBlob', base64Md5]);
    assert.deepEqual([from.pathname, ...['sp', 'sr', 'se', 'spr', 'versionid'].map((name) => from.searchParams.get(name))], ['/box/pre/a/b', 'r', 'bv', '2026-11-21T01:00:00Z', 'https', '2026-11-21T00:00:00.0000001Z']);
  });

  it('streams where a copy is refused or the source is of another account', async () => {
    const wire = createAzureWire(({ headers }) => (headers.has('x-ms-copy-source') ? refuse(403, 'CannotVerifyCopySource') : { status: 201 }));
    const driver = await wire.open();
    const other = await wire.open({ account_name: 'other' });

    assert.equal((await driver.write(parsePath('copy'), { ...hello, origin: driver.origin(path) })).how, 'streamed');
    assert.equal((await driver.write(parsePath('copy'), { ...hello, origin: other.origin(path) })).how, 'streamed');
    assert.equal(wire.seen.filter(({ headers }) => headers.has('x-ms-copy-source')).length, 1);
  });

  it('copies what is too large for one request in parts', async () => {
    const size = 6000 * 1024 ** 2;
    const wire = createAzureWire(({ method }) => (method === 'GET' ? refuse(404, 'BlobNotFound') : { status: 201 }));
    const driver = await wire.open();
    const written = await driver.write(parsePath('copy'), { size, origin: driver.origin(path), open: () => { throw new Error('it was read'); } });

    const ranges = wire.seen.flatMap(({ headers }) => headers.get('x-ms-source-range') ?? []);
    assert.deepEqual([written.how, written.entry.size, ranges.length, ranges[0], ranges.at(-1)], ['copied', size, 24, 'bytes=0-268435455', `bytes=${23 * 268_435_456}-${size - 1}`]);
    assert.match(wire.seen.at(-1)?.target ?? '', /comp=blocklist/);
  });

  it('deletes many in one request, each signed, and the failed ones by themselves', async () => {
    const names = Array.from({ length: 9 }, (_, index) => ({ path: parsePath(`n${index}`) }));
    const answers = names.map((_, index) => `--x\r\nContent-ID: ${index}\r\n\r\nHTTP/1.1 ${index === 4 ? '403 no' : '202 Accepted'}\r\n\r\n`).join('');
    const wire = createAzureWire(({ method }) => (method === 'POST' ? { status: 202, headers: { 'content-type': 'multipart/mixed; boundary=x' }, body: `${answers}--x--` } : refuse(403, 'AuthorizationPermissionMismatch')));
    const results = await (await wire.open()).delete(names);

    assert.deepEqual(wire.seen.map(({ method, target }) => `${method} ${target}`), ['POST /box?restype=container&comp=batch', 'DELETE /box/pre/n4']);
    assert.equal(wire.seen[0]?.body.match(/^authorization: SharedKey acct:/gm)?.length, 9);
    assert.ok(!wire.seen[0]?.body.includes('x-ms-version'), 'the version stands outside only');
    assert.deepEqual(results.map((result) => hasCode(result.error, 'PERMISSION_DENIED')), names.map((_, index) => index === 4));
  });

  it('deletes one by one, and asks no more for batches, where there are none', async () => {
    const names = Array.from({ length: 9 }, (_, index) => ({ path: parsePath(`n${index}`) }));
    const wire = createAzureWire(({ method }) => (method === 'POST' ? refuse(501, 'NotImplemented') : { status: 202 }));
    const driver = await wire.open();
    for (let round = 0; round < 2; round++) assert.ok((await driver.delete(names)).every((result) => result.error === undefined));

    assert.equal(wire.seen.filter(({ method }) => method === 'POST').length, 1);
    assert.equal(wire.seen.filter(({ method }) => method === 'DELETE').length, 18);
  });

  it('lets the layers repeat deletions that may succeed later, of one blob and of what a batch left', async () => {
    for (const count of [1, 9]) {
      const names = Array.from({ length: count }, (_, index) => ({ path: parsePath(`n${index}`) }));
      const wire = createAzureWire(({ method, target }, request) => (method === 'POST' ? refuse(501, 'NotImplemented') : target.endsWith('n0') && request <= count + 1 ? refuse(503, 'ServerBusy') : { status: 202 }));
      const driver = applyLayers(await wire.open(), [retry({ tries: 3, budgetSeconds: 60, now: () => 0, wait: async () => undefined, random: () => 0 })]);

      assert.deepEqual(await driver.delete?.(names), names);
      assert.deepEqual(wire.seen.filter(({ method }) => method === 'DELETE').map(({ target }) => target).slice(count), count === 1 ? ['/box/pre/n0', '/box/pre/n0'] : ['/box/pre/n0']);
    }
  });

  it('deletes the current version by first making it an earlier one, unless it is that already', async () => {
    const versionId = '2026-11-21T00:00:00.0000001Z';
    const wire = createAzureWire(({ method, target }, count) => (count === 1 ? refuse(403, 'OperationNotAllowedOnRootBlob') : method === 'DELETE' && !target.includes('versionid') ? refuse(412, 'ConditionNotMet') : { status: 202, headers: { etag: '"0x9"' } }));
    const [result] = await (await wire.open()).delete([{ path, versionId }]);

    assert.equal(result?.error, undefined);
    assert.deepEqual(wire.seen.map(({ method, headers }) => `${method} ${headers.get('if-match') ?? ''}`), ['DELETE ', 'HEAD ', 'DELETE "0x9"', 'DELETE ']);
  });

  it('takes folders of a hierarchical namespace for no objects', async () => {
    const blob = (name: string, rest: string): string => `<Blob><Name>pre/${name}</Name><Properties><Content-Length>0</Content-Length>${rest.startsWith('<R') ? rest : ''}</Properties>${rest.startsWith('<M') ? rest : ''}</Blob>`;
    const blobs = [blob('dir', '<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>'), blob('kind', '<ResourceType>directory</ResourceType>'), blob('old', '<Metadata><is_directory>true</is_directory></Metadata>'), blob('file', '<Metadata><is_directory>false</is_directory></Metadata>'), blob('marker/', '')];
    const wire = createAzureWire(({ method, target }) => (target.includes('comp=list') ? { body: listing(blobs.join('')) } : method === 'DELETE' ? refuse(409, 'DirectoryIsNotEmpty') : { headers: { 'x-ms-meta-hdi_isfolder': 'true' } }));
    const driver = await wire.open();

    assert.deepEqual((await driver.list(parsePath(''))).entries.map((entry) => entry.path as string), ['file']);
    await assert.rejects(driver.stat(path), withCode('NOT_FOUND'));
    await assert.rejects(driver.read(path), withCode('NOT_FOUND'));
    assert.equal((await driver.delete([{ path }]))[0]?.error, undefined);
    assert.equal(parameter(wire.seen[0], 'include'), 'metadata');
  });

  it('lists from marker to marker, by the beginning of names, and leaves out what no path can be with a warning', async () => {
    const blob = (name: string): string => `<Blob><Name>pre/${name}</Name><Properties><Content-Length>1</Content-Length></Properties></Blob>`;
    const wire = createAzureWire((_request, count) => ({ body: count === 1 ? listing(['good', 'a//b', '../../x'].map(blob).join(''), '2!next') : listing('') }));
    const driver = await wire.open();
    const first = await driver.list(parsePath('d'), { startsWith: '0f' });
    const second = await driver.list(parsePath('d'), { startsWith: '0f', cursor: first.cursor ?? '' });

    assert.deepEqual(first.entries.map((entry) => entry.path as string), ['good']);
    assert.equal(second.cursor, undefined);
    assert.deepEqual(wire.seen.map((request) => [parameter(request, 'prefix'), parameter(request, 'marker')]), [['pre/d/0f', null], ['pre/d/0f', '2!next']]);
    assert.equal(wire.warnings.length, 1);
  });

  it('signs addresses for one object, and not by what it was only given', async () => {
    const wire = createAzureWire(() => ({}));
    const driver = await wire.open();
    const url = new URL(await driver.presign(path, { method: 'PUT', expiresInSeconds: 60 }));

    assert.deepEqual([url.origin, url.pathname, url.searchParams.get('sp'), url.searchParams.get('se')], ['https://acct.blob.core.windows.net', '/box/pre/a/b', 'cw', '2026-11-21T00:01:00Z']);
    await assert.rejects((await wire.open({ account_key: '', sas_token: sas })).presign(path, { method: 'GET', expiresInSeconds: 60 }), withCode('UNSUPPORTED'));
    assert.equal(await (await wire.open({ account_key: '', allow_anonymous_login: 'true' })).presign(path, { method: 'GET', expiresInSeconds: 60 }), 'https://acct.blob.core.windows.net/box/pre/a/b');
    await assert.rejects(driver.presign(path, { method: 'GET', expiresInSeconds: 0 }), withCode('INVALID_ARGUMENT'));
  });

  it('never treats the container as an object, nor a backslash as a slash', async () => {
    const wire = createAzureWire(() => ({}));
    const driver = await wire.open({}, {}, 'azure://box');

    assert.ok(hasCode((await driver.delete([{ path: parsePath('') }]))[0]?.error, 'INVALID_ARGUMENT'));
    await assert.rejects(driver.stat(parsePath('')), withCode('INVALID_ARGUMENT'));
    await assert.rejects(driver.write(parsePath('a\\b'), hello), withCode('UNSUPPORTED', 'backslash'));
    assert.equal(wire.seen.length, 0);
  });

  it('cuts the bytes itself where a cache ignores the range', async () => {
    const wire = createAzureWire(() => ({ body: 'hello' }));
    const chunks: string[] = [];
    for await (const chunk of (await (await wire.open()).read(path, { start: 1, end: 3, versionId: 'V', ifMatch: '"0x1"' })).body) chunks.push(Buffer.from(chunk).toString());

    assert.equal(chunks.join(''), 'el');
    assert.deepEqual([wire.seen[0]?.headers.get('range'), wire.seen[0]?.headers.get('if-match'), parameter(wire.seen[0], 'versionid')], ['bytes=1-2', '"0x1"', 'V']);
  });
});

describe('Azure on the wire: refusals', () => {
  it('corrects its clock by that of the service, once a request', async () => {
    const late = Date.UTC(2026, 10, 21, 5);
    const wire = createAzureWire((_request, count) => (count === 1 ? refuse(403, 'AuthenticationFailed', { date: new Date(late).toUTCString() }) : {}));
    await (await wire.open()).stat(path);
    const loop = createAzureWire((_request, count) => refuse(403, 'AuthenticationFailed', { date: new Date(late + count * 3_600_000).toUTCString() }));

    assert.deepEqual(wire.seen.map(({ headers }) => headers.get('x-ms-date')), ['Sat, 21 Nov 2026 00:00:00 GMT', 'Sat, 21 Nov 2026 05:00:00 GMT']);
    await assert.rejects((await loop.open()).stat(path), withCode('UNAUTHENTICATED'));
    assert.equal(loop.seen.length, 2);
  });

  it("says in DVC's words which login failed, and why, without what was signed", async () => {
    const detail = `<AuthenticationErrorDetail>The MAC signature found in the HTTP request '${'A'.repeat(43)}=' is not the same as any computed signature.</AuthenticationErrorDetail>`;
    const wire = createAzureWire(() => ({ status: 403, headers: { 'x-ms-error-code': 'AuthenticationFailed' }, body: error('AuthenticationFailed', detail) }));

    await assert.rejects((await wire.open()).read(path), (thrown) => withCode('UNAUTHENTICATED', "Authentication to Azure Blob Storage via account key failed (AuthenticationFailed: The MAC signature found in the HTTP request '***'")(thrown));
    await assert.rejects((await wire.open({ account_key: '', sas_token: sas })).read(path), withCode('UNAUTHENTICATED', 'via SAS token failed'));
  });

  it('tells a missing container from a missing object, also in an answer without a body', async () => {
    const missing = createAzureWire(() => ({ status: 404, headers: { 'x-ms-error-code': 'ContainerNotFound' } }));
    const closed = createAzureWire(() => refuse(404, 'ResourceNotFound'));

    await assert.rejects((await missing.open()).stat(path), withCode('INVALID_CONFIG', 'the container does not exist'));
    await assert.rejects((await closed.open({ account_key: '', allow_anonymous_login: 'true' })).stat(path), withCode('PERMISSION_DENIED', 'not open to all'));
  });

  it('names code, request and what to do, and whether another try makes sense', async () => {
    const rows: readonly (readonly [status: number, code: string, becomes: TowlineError['code'], isRetryable: boolean])[] = [
      [503, 'ServerBusy', 'RATE_LIMITED', true], [429, '', 'RATE_LIMITED', true], [500, 'InternalError', 'UNAVAILABLE', true], [500, 'OperationTimedOut', 'TIMEOUT', true], [502, '', 'UNAVAILABLE', true],
      [403, 'AuthorizationPermissionMismatch', 'PERMISSION_DENIED', false], [403, 'AuthorizationFailure', 'PERMISSION_DENIED', false], [409, 'BlobArchived', 'UNSUPPORTED', false], [412, 'LeaseIdMissing', 'LOCKED', false],
      [404, 'BlobNotFound', 'NOT_FOUND', false], [400, 'Md5Mismatch', 'CORRUPT', false], [400, 'InvalidBlobOrBlock', 'CORRUPT', false], [501, 'NotImplemented', 'UNSUPPORTED', false], [418, 'Teapot', 'UNKNOWN', false], [409, 'Other', 'UNAVAILABLE', true],
    ];
    for (const [status, code, becomes, isRetryable] of rows) {
      const wire = createAzureWire(() => ({ status, headers: { 'x-ms-request-id': 'R1', 'retry-after': '7' }, body: code === '' ? '<html>Bad gateway' : error(code) }));

      await assert.rejects((await wire.open()).read(path), (thrown) => {
        assert.ok(thrown instanceof TowlineError);
        assert.deepEqual([thrown.code, thrown.retryable, thrown.retryAfterSeconds, thrown.context['requestId'], thrown.context['serviceCode'] ?? ''], [becomes, isRetryable, 7, 'R1', code], code);
        assert.match(thrown.message, /^Cannot read azure:\/\/box\/pre\/a\/b: /);
        return true;
      });
    }
  });

  it('names the permission that is lacking', async () => {
    const wire = createAzureWire(() => refuse(403, 'AuthorizationPermissionMismatch'));
    const driver = await wire.open();
    const deleted = driver.delete([{ path }]).then(([result]) => { throw result?.error ?? new Error('deleted'); });
    const hints = await Promise.all([driver.read(path), driver.write(path, hello), deleted, driver.list(path)].map(async (call) => await call.then(() => '', (thrown: TowlineError) => thrown.hint)));

    assert.deepEqual(hints.map((hint) => /permission (\w).*Data (\w+)/.exec(hint ?? '')?.slice(1).join(' ')), ['r Reader', 'w Contributor', 'd Contributor', 'l Reader']);
  });

  it('says CORRUPT of a damaged listing, and of one that goes in a circle', async () => {
    const damaged = createAzureWire(() => ({ body: '<EnumerationResults><Blobs><Blob><Name>a' }));
    const circle = createAzureWire(() => ({ body: listing('', 'same') }));

    await assert.rejects((await damaged.open()).list(parsePath('')), withCode('CORRUPT', 'damaged XML'));
    await assert.rejects((await circle.open()).list(parsePath(''), { cursor: 'same' }), withCode('CORRUPT', 'circle'));
  });
});
