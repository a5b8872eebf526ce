import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { azure } from '../../src/drivers/azure/index.ts';
import { VERSION, serviceSas } from '../../src/drivers/azure/sas.ts';
import { hmac, stringToSign } from '../../src/drivers/azure/shared-key.ts';
import { hasCode } from '../../src/errors.ts';
import type { Connect } from '../../src/http/transport.ts';
import type { Opening } from '../../src/storage/definition.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { type Judge, whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { ACCOUNT, type BlobServer, callBlob, makeContainer, startAzurite } from '../servers/azurite.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { officialClient } from './azure-client.ts';

const text = (content: string): ReturnType<typeof fromBytes> => fromBytes(Buffer.from(content));
const hello = text('hello');
const path = parsePath('folder/object');
const missing = (...judges: readonly Judge[]): { readonly skip: string } | Record<string, never> => {
  const reason = whyMissing(...judges);
  return reason === undefined ? {} : { skip: reason };
};
type Texts = Readonly<Record<string, string>>;
interface Sas { readonly container: string; readonly reader: string; readonly account: string; readonly over: string }

async function textOf(driver: Driver, at = path): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await driver.read(at)).body) chunks.push(chunk.slice());
  return Buffer.concat(chunks).toString();
}

describe('Azure on Azurite over TLS', missing('azurite', 'openssl', 'python'), () => {
  let certificates: Certificates;
  let server: BlobServer;
  let sas: Sas;
  let home: string;
  const drivers: Driver[] = [];
  const open = async (options: Texts, { env = {}, url = 'azure://data/pre', opening = {} }: { readonly env?: Texts; readonly url?: string; readonly opening?: Partial<Opening> } = {}): Promise<Required<Driver>> => {
    const settings = new Map(Object.entries({ ssl_verify: certificates.ca, ...options }).filter(([, value]) => value !== '').map(([key, value]) => [key, { value, place: 'test' }]));
    const lent = openingIn(home);
    const driver = await azure.open(azure.parse(url), readOptions(azure.options, settings), { ...lent, ...opening, env: { ...lent.env, ...env } });
    drivers.push(driver);
    return driver as Required<Driver>;
  };
  const withKey = (options: Texts = {}): Promise<Required<Driver>> => open({ account_name: server.account, account_key: server.key, endpointurl: server.url, ...options });
  const withSas = (token: string): Promise<Required<Driver>> => open({ account_name: server.account, sas_token: token, endpointurl: server.url });
  const judge = (name: string, more: object = {}): object => ({ connection: server.connectionString, container: 'data', name: `pre/${name}`, ca: certificates.ca, ...more });
  before(async () => {
    home = temporaryFolder('azure-home');
    certificates = makeCertificates();
    server = await startAzurite({ certificates });
    await makeContainer(server, 'data');
    await makeContainer(server, 'open', { isPublic: true });
    sas = await officialClient<Sas>('sas', { ...ACCOUNT, container: 'data' });
  });
  after(async () => {
    for (const driver of drivers) await driver.close?.();
    await server.stop();
    certificates.remove();
    removeFolder(home);
  });

  it('is written and read by account key, connection string and SAS, as the official client makes that', async () => {
    const rows = [await withKey(), await open({ connection_string: server.connectionString }), await withSas(sas.container), await withSas(`?${sas.account}`), await open({ connection_string: `BlobEndpoint=${server.url};SharedAccessSignature=${sas.container}` })];
    for (const [index, driver] of rows.entries()) {
      await driver.write(path, text(`by ${index}`));
      assert.equal(await textOf(driver), `by ${index}`);
      assert.deepEqual((await driver.list(parsePath('folder'))).entries.map((entry) => entry.path), [path]);
      await driver.delete([{ path }]);
    }
  });

  it("is found by the environment's and az's settings, the container too", async () => {
    const env = { AZURE_STORAGE_CONNECTION_STRING: server.connectionString };
    await (await open({}, { env })).write(path, hello);
    mkdirSync(join(home, 'az'));
    writeFileSync(join(home, 'az/config'), `[storage]\naccount = ${server.account}\nkey = ${server.key}\ncontainer_name = data\n`);
    const byFile = await open({ endpointurl: server.url }, { env: { AZURE_CONFIG_DIR: join(home, 'az') }, url: 'azure://' });
    const bySas = await open({ endpointurl: server.url }, { env: { AZURE_STORAGE_ACCOUNT: server.account, AZURE_STORAGE_SAS_TOKEN: sas.reader } });

    assert.equal(await textOf(byFile, parsePath(`pre/${path}`)), 'hello');
    assert.equal(await textOf(bySas), 'hello');
  });

  it('is read by nobody in particular where the container is open, and else not', async () => {
    await (await open({ connection_string: server.connectionString }, { url: 'azure://open/pre' })).write(path, hello);
    const anonymous = { account_name: server.account, endpointurl: server.url, allow_anonymous_login: 'true' };

    assert.equal(await textOf(await open(anonymous, { url: 'azure://open/pre' })), 'hello');
    await assert.rejects((await open(anonymous)).stat(path), (error) => hasCode(error, 'PERMISSION_DENIED') || hasCode(error, 'UNAUTHENTICATED'));
    await assert.rejects((await open(anonymous, { url: 'azure://open/pre' })).write(path, hello), (error) => hasCode(error, 'PERMISSION_DENIED') || hasCode(error, 'UNAUTHENTICATED'));
  });

  it('says what is wrong with keys, signatures, containers and certificates', async () => {
    await assert.rejects((await withKey({ account_key: Buffer.from('wrong').toString('base64') })).stat(path), (error) => hasCode(error, 'PERMISSION_DENIED') || hasCode(error, 'UNAUTHENTICATED'));
    await assert.rejects((await withSas(sas.over)).read(path), (error) => (hasCode(error, 'UNAUTHENTICATED') || hasCode(error, 'PERMISSION_DENIED')) && error.context['requestId'] !== undefined && !JSON.stringify(error).includes('sig='));
    await assert.rejects((await withSas(sas.reader)).write(path, hello), (error) => hasCode(error, 'PERMISSION_DENIED') && error.hint !== undefined);
    await assert.rejects((await open({ connection_string: server.connectionString }, { url: 'azure://no-such-box/x' })).stat(path), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.includes('container does not exist'));
    await assert.rejects((await open({ connection_string: server.connectionString, ssl_verify: '' })).stat(path), (error) => hasCode(error, 'UNAVAILABLE') && !error.retryable);
    assert.equal((await (await open({ connection_string: server.connectionString, ssl_verify: 'false' })).write(path, hello)).entry.size, 5);
  });

  it('refuses bytes that are not those of their hash', async () => {
    const wrong = { ...hello, checksum: { name: 'md5' as const, value: createHash('md5').update('other').digest('hex') } };

    await assert.rejects((await withKey()).write(parsePath('wrong'), wrong), (error) => hasCode(error, 'CORRUPT') && !error.retryable);
    await assert.rejects((await withKey()).stat(parsePath('wrong')), (error) => hasCode(error, 'NOT_FOUND'));
  });

  it('is what the official client reads, with type and metadata, and reads what that wrote, in one piece and in parts', async () => {
    const driver = await withKey();
    const { entry } = await driver.write(path, hello, { contentType: 'text/plain', metadata: { author: 'me' } });
    const seen = await officialClient<Record<string, unknown>>('read', judge('folder/object'));
    await officialClient('put', judge('theirs', { text: 'their bytes' }));
    await officialClient('put', judge('theirs in parts', { text: 'x'.repeat(5000), parts: true }));

    assert.deepEqual(seen, { text: 'hello', etag: entry.etag, type: 'text/plain', metadata: { author: 'me' }, md5: createHash('md5').update('hello').digest('hex') });
    assert.equal(await textOf(driver, parsePath('theirs')), 'their bytes');
    assert.equal(await textOf(driver, parsePath('theirs in parts')), 'x'.repeat(5000));
  });

  it('is written in parts beside those that an upload of another program left under the same name', async () => {
    const driver = await withKey();
    const at = parsePath('beside');
    await officialClient('leave', judge('beside', { length: 46 }));
    const upload = await driver.upload(at, { size: 11 });
    const part = await upload.send({ number: 1, start: 0, end: 11 }, text('whole again'));
    const resumed = await (await withKey()).upload(at, { size: 11, resume: upload.token });
    await upload.complete([part]);

    assert.deepEqual(resumed.held, [part]);
    assert.equal(await textOf(driver, at), 'whole again');
    await officialClient('leave', judge('in the way', { length: 4 }));
    await assert.rejects(driver.upload(parsePath('in the way'), { size: 11 }), (error) => hasCode(error, 'UNSUPPORTED') && error.hint !== undefined);
  });

  it('copies within the account without reading, also from another container', async () => {
    const from = await withKey();
    await from.write(path, hello);
    const to = await open({ account_name: server.account, account_key: server.key, endpointurl: server.url }, { url: 'azure://open/pre' });
    const written = await to.write(parsePath('copy of ü'), { size: 5, origin: from.origin(path), open: () => { throw new Error('it was read'); } });

    assert.deepEqual([written.how, await textOf(to, parsePath('copy of ü'))], ['copied', 'hello']);
  });

  it('deletes more than one request takes, absent and odd names among them', async () => {
    const driver = await withKey();
    const names = Array.from({ length: 300 }, (_, index) => ({ path: parsePath(`many/${index} ü+&%41`) }));
    for (let at = 0; at < names.length; at += 50) await Promise.all(names.slice(at, at + 50).map(async (name) => await driver.write(name.path, hello)));
    const all = [...names, { path: parsePath('many/absent') }];
    const results = [...(await driver.delete(all.slice(0, 256))), ...(await driver.delete(all.slice(256)))];

    assert.deepEqual(results, all);
    assert.deepEqual((await driver.list(parsePath('many'))).entries, []);
  });

  it('lists from page to page', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `pages/${String(index).padStart(2, '0')} ü+&`);
    const small: Connect = (settings) => {
      const transport = openingIn(home).connect(settings);
      // A SAS signs no request, so the page can be made smaller on the way.
      return { ...transport, send: async (request) => await transport.send({ ...request, url: new URL(`${request.url.href}${request.url.search.includes('comp=list') ? '&maxresults=10' : ''}`) }) };
    };
    const driver = await open({ account_name: server.account, sas_token: sas.container, endpointurl: server.url }, { opening: { connect: small } });
    await Promise.all(names.map(async (name) => await driver.write(parsePath(name), hello)));
    const pages = [await driver.list(parsePath('pages'))];
    for (let cursor = pages[0]?.cursor; cursor !== undefined; cursor = pages.at(-1)?.cursor) pages.push(await driver.list(parsePath('pages'), { cursor }));

    assert.deepEqual(pages.map(({ entries }) => entries.length), [10, 10, 5]);
    assert.deepEqual(pages.flatMap(({ entries }) => entries.map((entry) => entry.path as string)), names);
  });

  it('signs addresses that anybody can read or write until they end', async () => {
    const driver = await withKey();
    await driver.write(path, hello);
    const [read, write] = await Promise.all((['GET', 'PUT'] as const).map(async (method) => new URL(await driver.presign(path, { method, expiresInSeconds: 600 }))));
    assert.ok(read && write);
    const lent = openingIn(home).connect({ caFile: certificates.ca });
    const got = await lent.send({ method: 'GET', url: read, headers: [] });
    got.cancel();
    const body = Buffer.from('by address');
    const refused = await lent.send({ method: 'PUT', url: read, headers: [['x-ms-blob-type', 'BlockBlob']], body: { size: body.byteLength, bytes: body, open: async function* () { yield body; } } });
    refused.cancel();
    const put = await lent.send({ method: 'PUT', url: write, headers: [['x-ms-blob-type', 'BlockBlob']], body: { size: body.byteLength, bytes: body, open: async function* () { yield body; } } });
    put.cancel();
    await lent.close?.();

    assert.deepEqual([got.status, refused.status, put.status], [200, 403, 201]);
    assert.equal(await textOf(driver), 'by address');
  });

  it('keeps its own clock out of it', async () => {
    const late = await open({ connection_string: server.connectionString }, { opening: { now: () => Date.now() - 7_200_000 } });

    assert.equal((await late.write(path, hello)).entry.size, 5);
  });

  it('does not take an HNS folder for an object', async () => {
    const answer = await callBlob(server, { method: 'PUT', path: '/data/pre/hns/dir', headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-meta-hdi_isfolder': 'true' } });
    assert.equal(answer.status, 201);
    const driver = await withKey();
    await driver.write(parsePath('hns/dir/file'), hello);

    assert.deepEqual((await driver.list(parsePath('hns'))).entries.map((entry) => entry.path as string), ['hns/dir/file']);
    await assert.rejects(driver.stat(parsePath('hns/dir')), (error) => hasCode(error, 'NOT_FOUND'));
  });
});

describe('Azure without an answer', () => {
  it('is given up after read_timeout', async () => {
    const silent = createServer((socket) => { socket.on('error', () => undefined); });
    await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
    const { port } = silent.address() as AddressInfo;
    const settings = new Map(Object.entries({ account_name: 'a', account_key: 'a2V5', endpointurl: `http://127.0.0.1:${port}`, read_timeout: '1', connection_timeout: '1' }).map(([key, value]) => [key, { value, place: 'test' }]));
    const driver = await azure.open(azure.parse('azure://data'), readOptions(azure.options, settings), openingIn('/nonexistent'));

    await assert.rejects(driver.stat(path), (error) => hasCode(error, 'TIMEOUT') && error.retryable);
    await driver.close?.();
    silent.close();
  });
});

describe('our signatures', missing('python'), () => {
  it('are those that the official client makes', async () => {
    const key = Buffer.from('a key of some account').toString('base64');
    const date = 'Sat, 21 Nov 2026 00:00:00 GMT';
    const requests = [
      { method: 'GET', path: '/box', query: [['restype', 'container'], ['comp', 'list'], ['prefix', 'a b/ü&']], headers: [['x-ms-date', date], ['x-ms-version', VERSION]], size: 0 },
      { method: 'PUT', path: '/box/a%20b/%C3%BC%27%28%29', query: [], headers: [['x-ms-date', date], ['x-ms-version', VERSION], ['x-ms-blob-type', 'BlockBlob'], ['content-md5', 'XUFAKrxLKna5cZ2REBfFkg=='], ['x-ms-meta-b', '2'], ['x-ms-meta-a', '1'], ['if-none-match', '*']], size: 5 },
      { method: 'GET', path: '/box/x', query: [['versionid', '2026-11-21T00:00:00.0000001Z']], headers: [['x-ms-date', date], ['x-ms-version', VERSION], ['x-ms-range', 'bytes=0-9'], ['if-match', '"0x1"']], size: 0 },
      { method: 'PUT', path: '/box/x', query: [['comp', 'block'], ['blockid', 'YWJj+/8=']], headers: [['x-ms-date', date], ['x-ms-version', VERSION], ['x-ms-copy-source', 'https://a/b?sig=c%3D'], ['x-ms-source-range', 'bytes=0-9']], size: 0 },
    ] as const;
    const grants = [
      { container: 'box', key: "a b/ü'()", permission: 'r', expiry: '2026-11-21T01:00:00Z', protocol: 'https' },
      { container: 'box', key: 'x', permission: 'cw', expiry: '2026-11-21T01:00:00Z', protocol: 'https' },
    ] as const;
    const judged = await officialClient<{ readonly signed: readonly string[]; readonly tokens: readonly string[] }>('sign', {
      account: 'acct', key, version: VERSION, grants,
      requests: requests.map(({ method, path: at, query, headers, size }) => ({ method, url: `https://acct.blob.core.windows.net${at}${query.length === 0 ? '' : `?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`}`, headers: Object.fromEntries([...headers, ['Content-Length', String(size)]]) })),
    });

    assert.deepEqual(requests.map((request) => `SharedKey acct:${hmac(Buffer.from(key, 'base64'), stringToSign('acct', request))}`), judged.signed);
    const endpoint = { origin: 'https://acct.blob.core.windows.net', base: '', isSecure: true, suffix: undefined };
    const ours = grants.map(({ container, key: blob, permission }) => serviceSas({ account: 'acct', container, key: blob, permissions: permission, expiresAt: Date.UTC(2026, 10, 21, 1), endpoint }, Buffer.from(key, 'base64')));
    assert.deepEqual(ours.map((token) => new URLSearchParams(token).get('sig')), judged.tokens.map((token) => new URLSearchParams(token).get('sig')));
  });
});
