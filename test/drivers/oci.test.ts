import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { oci } from '../../src/drivers/oci/index.ts';
import type { Oid } from '../../src/odb/hash-info.ts';
import { oidSet } from '../../src/odb/oid-set.ts';
import { openPlace } from '../../src/odb/open.ts';
import { nodeDisk } from '../../src/disk/node.ts';
import { openRemote } from '../../src/remotes/open.ts';
import type { Remote } from '../../src/remotes/remote.ts';
import { allOf } from '../../src/oci/conformance/material.ts';
import { concurrently } from '../../src/storage/concurrently.ts';
import { gather } from '../../src/storage/content.ts';
import { readOptions } from '../../src/storage/options.ts';
import type { Place } from '../../src/storage/place.ts';
import { openingIn } from '../lent.ts';
import { readAll, store } from '../servers/open-oci.ts';
import { type FakeDialect, type RegistryFake, startRegistryFake } from '../servers/registry-fake.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { createLine } from './line.ts';

const USER = { user: 'alice', password: 'secret' };
let fake: RegistryFake;
let folder: string;
let last = 0;
before(() => { folder = temporaryFolder('oci-options'); });
after(async () => {
  await fake.stop();
  removeFolder(folder);
});
async function restart(dialect: FakeDialect = {}): Promise<void> {
  if (last++ > 0) await fake.stop();
  fake = await startRegistryFake(dialect);
}
beforeEach(async () => { await restart(); });

type Settings = Readonly<Record<string, string>>;
const remoteOf = (settings: Settings, url = `oci://${fake.authority}/team/data`): Remote => ({
  name: 'store', url, layout: 'objects', jobs: undefined, isTrusted: false,
  settings: new Map(Object.entries(settings).map(([key, value]) => [key, { value, place: 'test', file: '/test/towline', level: 'local', owner: 'towline' }])) as unknown as Remote['settings'],
});
const open = async (settings: Settings = {}): Promise<Place> => await openRemote(remoteOf(settings), openingIn(folder));
async function push(settings: Settings, contents: ReadonlyMap<Oid, Buffer>): Promise<void> {
  await store(await openPlace(await open(settings), { name: 'md5', defaults: {}, memory: { folder: `${folder}/${last++}`, disk: nodeDisk, now: Date.now } }), contents);
}
async function pull(settings: Settings): Promise<ReadonlyMap<Oid, Buffer>> {
  return await readAll(await openPlace(await open(settings), { name: 'md5', defaults: {}, memory: { folder: `${folder}/${last++}`, disk: nodeDisk, now: Date.now } }));
}
const contentOf = (...sizes: readonly number[]): ReadonlyMap<Oid, Buffer> => new Map(sizes.map((size, at) => Buffer.alloc(size, `${at}.`)).map((bytes) => [createHash('md5').update(bytes).digest('hex') as Oid, bytes]));
/** The sizes of the blobs that arrived, in order. */
const puts = (): readonly number[] => fake.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/blobs/')).map(({ size }) => size);

describe('options of a registry', () => {
  it('user and password log in, and a wrong password is said so', async () => {
    await restart({ basic: USER });

    await push(USER, contentOf(10));

    assert.equal((await pull(USER)).size, 1);
    await assert.rejects(push({ ...USER, password: 'wrong' }, contentOf(10)), { code: 'UNAUTHENTICATED' });
  });

  it('token is sent as it is', async () => {
    const line = createLine(({ headers }) => (headers.get('authorization') === 'Bearer T-1' ? { body: '{"tags":[]}' } : { status: 401, headers: { 'www-authenticate': 'Bearer realm="https://r.example/token"' } }));
    const { artifacts } = await oci.open(oci.parse('oci://r.example/a/b'), readOptions(oci.options, new Map([['token', { value: 'T-1', place: 'test' }]])), line.opening());

    assert.deepEqual(await allOf(artifacts.tags()), []);
    assert.deepEqual(line.seen.map(({ headers }) => headers.get('authorization')), [undefined, 'Bearer T-1']);
  });

  it('plain_http says http or https; if not given, the host decides', async () => {
    for (const [host, value, origin] of [['r.example', undefined, 'https://r.example'], ['r.example', 'true', 'http://r.example'], ['localhost:5000', undefined, 'http://localhost:5000'], ['localhost:5000', 'false', 'https://localhost:5000']] as const) {
      const line = createLine(() => ({ status: 404 }));
      const { artifacts } = await oci.open(oci.parse(`oci://${host}/a`), readOptions(oci.options, new Map(value === undefined ? [] : [['plain_http', { value, place: 'test' }]])), line.opening());
      await allOf(artifacts.tags());
      assert.equal(line.seen[0]?.origin, origin);
    }
  });

  it('ssl_verify, cert_path, key_path, connect_timeout and read_timeout are those of the connection', async () => {
    const line = createLine(() => ({}));
    const given = (settings: Settings) => readOptions(oci.options, new Map(Object.entries(settings).map(([key, value]) => [key, { value, place: 'test' }])));
    await oci.open(oci.parse('oci://r.example/a'), given({ ssl_verify: '/ca.pem', cert_path: '/c.pem', key_path: '/k.pem', connect_timeout: '3', read_timeout: '4' }), line.opening());
    await oci.open(oci.parse('oci://r.example/a'), given({ ssl_verify: 'false' }), line.opening());

    assert.deepEqual(line.connections, [
      { verifyTls: true, connectTimeoutSeconds: 3, idleTimeoutSeconds: 4, caFile: '/ca.pem', certificateFile: '/c.pem', keyFile: '/k.pem' },
      { verifyTls: false, connectTimeoutSeconds: 10, idleTimeoutSeconds: 60 },
    ]);
  });

  it('small_max decides what is a blob of its own, pack_size how much is one pack', async () => {
    await push({ small_max: '1k' }, contentOf(1000, 1023, 1024, 5000));
    assert.deepEqual(puts().slice(0, 3).sort((a, b) => a - b), [1024, 2023, 5000]);

    await restart();
    await push({ pack_size: '1500' }, contentOf(1000, 1001, 100));
    assert.deepEqual(puts().slice(0, 2), [1000, 1101]);
    await assert.rejects(open({ pack_size: '2GiB' }), { code: 'INVALID_CONFIG', message: /'pack_size'/ });
  });

  it('max_layers begins another segment', async () => {
    await push({ small_max: '1', max_layers: '2' }, contentOf(1, 2, 3, 4, 5));

    assert.equal(fake.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/seg-')).length, 3);
    assert.equal((await pull({})).size, 5);
  });

  it('chunk_size sends larger blobs in pieces of that size', async () => {
    await push({ chunk_size: '1000', small_max: '100' }, contentOf(2500));

    assert.deepEqual(fake.requests.filter(({ method }) => method === 'PATCH').map(({ size }) => size).slice(0, 2), [1000, 1000]);
  });

  it('jobs bounds the requests at once', async () => {
    let now = 0;
    let most = 0;
    await push({ small_max: '1' }, contentOf(...Array.from({ length: 20 }, (_, at) => at + 1)));
    const place = await openRemote(remoteOf({ jobs: '2' }), { ...openingIn(folder), connect: () => ({
      async send() {
        most = Math.max(most, ++now);
        await new Promise((resolve) => { setImmediate(resolve); });
        now--;
        return { status: 404, url: new URL('http://x'), header: () => undefined, headers: () => [], body: (async function* () { /* Nothing. */ })(), cancel: () => undefined };
      },
    }) });
    assert.ok(place.kind === 'registry');
    await Promise.all(Array.from({ length: 9 }, () => place.artifacts.exists({ mediaType: 'x', digest: `sha256:${'0'.repeat(64)}`, size: 1 })));

    assert.equal(most, 2);
  });
});

describe('the layers of a registry', () => {
  it('what is refused for now (429, 503) and connections that are cut are tried again, and nothing is lost', async () => {
    let faults = 0;
    const trouble = (): void => {
      const seen = new Set<string>();
      fake.intercept = ({ method, path }, response) => {
        const key = `${method} ${path.split('?')[0]?.replace(/uploads\/.+/, 'uploads/')}`;
        if (seen.has(key)) return false;
        seen.add(key);
        faults++;
        if (faults % 3 === 0) response.destroy();
        else response.writeHead(faults % 3 === 1 ? 429 : 503, { 'retry-after': '0' }).end('{"errors":[{"code":"TOOMANYREQUESTS"}]}');
        return true;
      };
    };
    const contents = contentOf(10, 2000, 5_000_000);
    trouble();
    await push({ small_max: '1k' }, contents);
    trouble();

    const found = await pull({});

    assert.deepEqual(found, contents);
    assert.ok(faults > 8, String(faults));
  });

  it('a body that is cut goes on where it stopped', async () => {
    const contents = contentOf(3_000_000, 6_000_000);
    await push({}, contents);
    let cuts = 0;
    fake.intercept = ({ method, path }, response) => {
      const bytes = fake.blobs.get(`team/data ${path.split('/').at(-1) ?? ''}`);
      if (method !== 'GET' || bytes === undefined || bytes.byteLength < 1_000_000 || cuts >= 2) return false;
      cuts++;
      response.writeHead(200, { 'content-length': bytes.byteLength });
      response.write(bytes.subarray(0, 700_000), () => response.destroy());
      return true;
    };

    const found = await pull({});

    assert.deepEqual(found, contents);
    assert.equal(cuts, 2);
    assert.ok(fake.requests.some(({ headers }) => /^bytes=[1-9]/.test(headers.range ?? '')));
  });

  it('with one request at a time nothing waits for itself', async () => {
    const contents = contentOf(1_000_000, 1_500_000, 1_700_000, 1_900_000, 5_000_000, 6_000_000);
    await push({ jobs: '1' }, contents);
    const objects = await openPlace(await open({ jobs: '1' }), { name: 'md5', defaults: {}, memory: { folder: `${folder}/${last++}`, disk: nodeDisk, now: Date.now } });
    const found = new Map<Oid, Buffer>();

    // Two at once are stored, as by a transfer: each holds a place there until its bytes are in.
    await objects.present(oidSet(contents.keys()));
    for await (const [oid, bytes] of concurrently(objects.read(oidSet(contents.keys())), { jobs: 2 }, async ({ oid, source }, signal) => [oid, await gather(source.open({ signal }), 10_000_000)] as const)) found.set(oid, Buffer.from(bytes));

    assert.deepEqual(found, contents);
  });

  it('retries = 0 tries nothing again, and read_only lets nothing be written', async () => {
    fake.intercept = (_request, response) => Boolean(response.writeHead(503).end());
    await assert.rejects(push({ retries: '0' }, contentOf(10)), { code: 'UNAVAILABLE' });
    assert.equal(fake.requests.length, 1);

    await restart();
    await assert.rejects(push({ read_only: 'true' }, contentOf(10)), { code: 'UNSUPPORTED', message: /reading only/ });
    assert.deepEqual(fake.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD'), []);
  });
});

describe('the URL of a registry', () => {
  it('is a host and a repository, and nothing else', () => {
    assert.deepEqual(oci.parse('oci://GHCR.io/team/data/'), { displayUrl: 'oci://ghcr.io/team/data', host: 'ghcr.io', path: 'team/data' });
    for (const url of ['oci://host', 'oci://host/', 'oci:///a', 'oci://host/a:tag', 'oci://host/a@sha256:0', 'oci://user:pass@host/a', 'oci://host/a?b', 'oci://host/A', 'oci://host/a//b', 'oci://host/../a']) {
      assert.throws(() => oci.parse(url), { code: 'INVALID_CONFIG' }, url);
    }
  });
});
