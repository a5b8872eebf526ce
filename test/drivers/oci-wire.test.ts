import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, beforeEach, describe, it } from 'node:test';
import { allOf, breakingAt, describeBytes, expectBytes, expectCode, makeManifest, pushBytes, pushMade, readBack } from '../../src/oci/conformance/material.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { withRegistryLogin } from '../../src/oci/login.ts';
import { openRegistryStore, type RegistrySettings } from '../../src/oci/store.ts';
import type { TowlineError } from '../../src/errors.ts';
import type { HttpRequest, HttpResponse, Transport } from '../../src/http/transport.ts';
import type { ArtifactStore } from '../../src/storage/artifacts.ts';
import { pattern, streamed } from '../../src/storage/conformance/material.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { openRepository } from '../artifact-targets.ts';
import { whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { startRegistry, type RegistryProgram } from '../servers/registry.ts';
import { type FakeDialect, type RegistryFake, startRegistryFake } from '../servers/registry-fake.ts';

const USER = { user: 'alice', password: 'secret' };
const running: RegistryFake[] = [];
let fake: RegistryFake;

async function restart(dialect: FakeDialect = {}): Promise<RegistryFake> {
  fake = await startRegistryFake(dialect);
  running.push(fake);
  return fake;
}
const open = (settings: RegistrySettings = {}): ArtifactStore => openRepository(fake.authority, 'a/b', settings);
const isBlob = (method: string, path: string): boolean => method === 'GET' && path.includes('/blobs/sha256:');
/** The headers, and what follows them. */
type Said = readonly [headers?: Readonly<Record<string, string>>, body?: string | Buffer];
const say = (response: ServerResponse, status: number, ...[headers = {}, body = '']: Said): true => {
  response.writeHead(status, headers).end(body);
  return true;
};

beforeEach(async () => { await restart(); });
after(async () => { await Promise.all(running.map((one) => one.stop())); });

describe('credentials', () => {
  it('go to the registry and to no other origin, whatever redirects and locations say', async () => {
    await restart({ redirects: true, uploadsElsewhere: true, basic: USER });
    const store = open(USER);
    const [small, large] = [pattern(3_000), pattern(3_000_000)];

    for (const bytes of [small, large]) await expectBytes(store, await pushBytes(store, bytes), bytes);

    const elsewhere = fake.requests.filter(({ origin }) => origin === 'elsewhere');
    assert.ok(elsewhere.some(({ method }) => method === 'GET') && elsewhere.some(({ method }) => method === 'PUT') && elsewhere.some(({ method }) => method === 'PATCH'));
    assert.deepEqual(elsewhere.filter(({ headers }) => headers.authorization !== undefined), []);
    assert.equal(fake.requests.filter(({ origin, headers }) => origin === 'api' && headers.authorization === undefined).length, 1, 'only the first request finds out that the registry wants to know');
  });

  it('are never sent to a place that is less safe than the registry', async () => {
    const asked: HttpRequest[] = [];
    const inner: Transport = { send: async (request) => { asked.push(request); return unauthorized(request.url, 'Bearer realm="http://evil.example/token",service="x"'); } };
    const transport = withRegistryLogin(inner, { origin: 'https://registry.example', plain: inner, now: Date.now, credentials: async () => ({ kind: 'basic', ...USER }) });

    await assert.rejects(transport.send({ method: 'GET', url: new URL('https://registry.example/v2/a/blobs/x'), headers: [] }), { code: 'UNAUTHENTICATED', message: /not encrypted/ });
    assert.equal(asked.length, 1);
  });

  it('a redirect of an upload to plain http is refused', async () => {
    const store = openRegistryStore({ host: 'registry.example', name: 'a' }, {}, { ...openingIn('/nonexistent'), connect: () => ({ send: async ({ url }) => answered(url, 202, { location: 'http://registry.example/v2/a/blobs/uploads/1' }) }) });

    await assert.rejects(pushBytes(store, pattern(10)), { code: 'UNAVAILABLE', message: /nothing is sent to/ });
  });
});

describe('what a registry says wrong', () => {
  it('a blob of other bytes is CORRUPT before its last byte, small or large', async () => {
    for (const size of [1_000, 700_000]) {
      const blob = await pushBytes(open(), pattern(size));
      for (const wrong of [pattern(size, 2), pattern(size).subarray(1), Buffer.concat([pattern(size), Buffer.from('x')])]) {
        fake.blobs.set(`a/b ${blob.digest}`, Buffer.from(wrong));
        let received = 0;
        await expectCode((async () => {
          for await (const chunk of (await open().fetch(blob)).body) received += chunk.byteLength;
        })(), 'CORRUPT', 'UNAVAILABLE');
        assert.ok(received < size, `${received} of ${size} bytes were given out`);
      }
    }
  });

  it('a body that is cut is an error that may be repeated', async () => {
    const blob = await pushBytes(open(), pattern(500_000));
    fake.intercept = ({ method, path }, response) => {
      if (!isBlob(method, path)) return false;
      response.writeHead(200, { 'content-length': 500_000 });
      response.write(pattern(100_000), () => { response.destroy(); });
      return true;
    };

    await assert.rejects(readBack(open(), blob), { code: 'UNAVAILABLE', retryable: true });
  });

  it('a range other than was asked for is refused', async () => {
    const blob = await pushBytes(open(), pattern(5_000));
    fake.intercept = ({ method, path }, response) => isBlob(method, path) && say(response, 206, { 'content-range': 'bytes 0-9/5000' }, Buffer.alloc(10));

    await expectCode(readBack(open(), blob, { start: 100, end: 110 }), 'CORRUPT');
  });

  it('a manifest other than its digest is CORRUPT', async () => {
    const made = makeManifest();
    await pushMade(open(), made, 'v1');
    fake.intercept = ({ method, path }, response) => method === 'GET' && path.includes('/manifests/') && say(response, 200, { 'content-type': made.descriptor.mediaType }, Buffer.from(made.bytes).toString().replace('example', 'exampel'));

    await expectCode(readBack(open(), made.descriptor), 'CORRUPT');
    await expectCode(open().tag(made.descriptor, 'v2'), 'CORRUPT');
  });

  it('another digest in the answer to a push is CORRUPT; one of another algorithm says nothing', async () => {
    for (const [digest, isCorrupt] of [[`sha256:${'0'.repeat(64)}`, true], [`sha512:${'0'.repeat(128)}`, false]] as const) {
      fake.intercept = ({ method }, response) => method === 'PUT' && say(response, 201, { 'docker-content-digest': digest });
      if (isCorrupt) await expectCode(pushBytes(open(), pattern(10)), 'CORRUPT');
      else await pushBytes(open(), pattern(10));
    }
  });

  it('headers that describe no manifest are not believed', async () => {
    const made = makeManifest({ note: 'poor headers' });
    await pushMade(open(), made, 'v1');
    fake.intercept = ({ method, path }, response) => path.includes('/manifests/') && say(response, 200, { 'content-type': 'application/json' }, method === 'HEAD' ? '' : Buffer.from(made.bytes));

    assert.deepEqual(await open().resolve('v1'), made.descriptor);
    assert.deepEqual(await open().resolve(made.descriptor.digest), made.descriptor);
  });

  it('an upload that goes on nowhere, a page that is elsewhere, a page without end', async () => {
    fake.intercept = ({ method }, response) => method === 'POST' && say(response, 202);
    await assert.rejects(pushBytes(open(), pattern(10)), { code: 'UNAVAILABLE', message: /where it goes on/ });

    fake.intercept = ({ path }, response) => path.includes('/tags/') && say(response, 200, { link: '<http://elsewhere.example/v2/>; rel="next"' }, '{"tags":["a"]}');
    await expectCode(allOf(open().tags()), 'UNAVAILABLE');

    fake.intercept = ({ path }, response) => path.includes('/tags/') && say(response, 200, { link: `<${path}>; rel="next"` }, '{"tags":["a","../b","a"]}');
    assert.deepEqual(await allOf(open().tags()), ['a']);
  });

  it('a page of the web is no registry', async () => {
    fake.intercept = (_, response) => say(response, 200, { 'content-type': 'text/html' }, '<html>Welcome</html>');
    await expectCode(allOf(open().tags()), 'CORRUPT');

    fake.intercept = (_, response) => say(response, 418, { 'content-type': 'text/html' }, '<html>password=hunter2</html>');
    await assert.rejects(open().resolve('v1'), (error: TowlineError) => error.code === 'INVALID_ARGUMENT' && !error.message.includes('hunter2'));
  });
});

describe('what a registry says of itself', () => {
  it('too many requests are RATE_LIMITED, with the time to wait, whatever their code', async () => {
    for (const body of ['{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}', '{"errors":[{"code":"DENIED","message":"slow down"}]}', 'slow down']) {
      fake.intercept = (_, response) => say(response, 429, { 'retry-after': '7', 'content-type': 'application/json' }, body);
      await assert.rejects(open().fetch(describeBytes(pattern(10))), (error: TowlineError) => error.code === 'RATE_LIMITED' && error.retryable && error.retryAfterSeconds === 7);
    }
    fake.intercept = (_, response) => say(response, 503, { 'retry-after': '3' });
    await assert.rejects(open().fetch(describeBytes(pattern(10))), (error: TowlineError) => error.code === 'UNAVAILABLE' && error.retryable && error.retryAfterSeconds === 3);
  });

  it('a warning reaches the person, each once', async () => {
    const warnings: string[] = [];
    fake.intercept = (_, response) => say(response, 404, { warning: '299 - "This is \\"old\\"", 299 - "Move"' });
    const store = openRegistryStore({ host: fake.authority, name: 'a' }, {}, { ...openingIn('/nonexistent'), warn: ({ text }) => { warnings.push(text); } });

    for (let round = 0; round < 3; round++) await store.exists(describeBytes(pattern(10)));

    assert.deepEqual(warnings, [`${fake.authority}: This is "old"`, `${fake.authority}: Move`]);
  });

  it('a list of tags without pages is asked for as it is wanted', async () => {
    await pushMade(open(), makeManifest(), 'v1');
    fake.intercept = ({ path }, response) => path.includes('?n=') && say(response, 400, {}, '{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}');

    assert.deepEqual(await allOf(open().tags()), ['v1']);
  });

  for (const program of ['docker-registry', 'registry'] as const satisfies readonly RegistryProgram[]) {
    it(`deleting is UNSUPPORTED where ${program} does not allow it`, { skip: whyMissing(program) ?? false }, async () => {
      const server = await startRegistry(program, { keepsAll: true });
      try {
        const store = openRepository(server.authority, 'a/b');
        const made = await pushMade(store, makeManifest(), 'v1');

        await expectCode(store.delete(made), 'UNSUPPORTED');
        assert.deepEqual(await store.resolve('v1'), made);
      } finally {
        await server.stop();
      }
    });
  }
});

describe('uploads', () => {
  const sizes = (method: string): readonly number[] => fake.requests.filter((one) => one.method === method).map(({ size }) => size);

  it('a blob goes in one request up to a size, and above it in chunks of another, the last of which closes it', async () => {
    await pushBytes(open({ chunksAboveBytes: 1_000_000, chunkBytes: 400_000 }), pattern(1_000_000));
    assert.deepEqual([sizes('PATCH'), sizes('PUT')], [[], [1_000_000]]);

    await restart({ leastInChunk: 500_000 });
    await pushBytes(open({ chunksAboveBytes: 1_000_000, chunkBytes: 400_000 }), pattern(1_200_000));
    assert.deepEqual([sizes('PATCH'), sizes('PUT')], [[500_000, 500_000], [200_000]]);
  });

  it('what a proxy takes for too large goes in chunks', async () => {
    await restart({ mostInPut: 600_000 });
    await pushBytes(open({ chunkBytes: 500_000 }), pattern(1_200_000));

    assert.deepEqual([sizes('PATCH'), sizes('PUT')], [[500_000, 500_000], [1_200_000, 200_000]]);
  });

  it('an upload that is taken up sends what is missing, and no more', async () => {
    const bytes = pattern(4_500_000);
    const tokens: string[] = [];
    await assert.rejects(open().push(describeBytes(bytes), breakingAt(bytes, 3_200_000), { onToken: (token) => { tokens.push(token); } }), /the source broke/);
    fake.requests.length = 0;

    await open().push(describeBytes(bytes), streamed(bytes), { resume: tokens.at(-1) ?? '' });

    assert.deepEqual([sizes('PATCH'), sizes('PUT'), sizes('POST')], [[1_000_000], [500_000], []]);
    await expectBytes(open(), describeBytes(bytes), bytes);
  });

  it('an upload that is taken up with another source is CORRUPT before anything is sent', async () => {
    const bytes = pattern(4_500_000);
    const tokens: string[] = [];
    await assert.rejects(open().push(describeBytes(bytes), breakingAt(bytes, 3_200_000), { onToken: (token) => { tokens.push(token); } }), /the source broke/);

    const other = Buffer.from(bytes);
    other[5] = 1;
    await expectCode(open().push(describeBytes(bytes), streamed(other), { resume: tokens.at(-1) ?? '' }), 'CORRUPT');

    assert.equal(await open().exists(describeBytes(bytes)), false);
  });

  it('an upload that fails for good is not left behind', async () => {
    await expectCode(open().push(describeBytes(pattern(1_000)), streamed(pattern(1_000, 2))), 'CORRUPT');
    await assert.rejects(open().push(describeBytes(pattern(4_500_000)), breakingAt(pattern(4_500_000), 3_000_000)), /the source broke/);

    assert.equal(fake.requests.filter(({ method }) => method === 'DELETE').length, 2);
  });

  it('a piece the registry did not keep whole is an error that may be repeated', async () => {
    fake.intercept = ({ method }, response) => method === 'PATCH' && say(response, 202, { range: '0-4' });

    await assert.rejects(pushBytes(open(), pattern(3_000_000)), { code: 'UNAVAILABLE', retryable: true, message: /has 5 bytes/ });
  });

  it('a large blob that is there is asked for and not sent', async () => {
    const bytes = pattern(5_000_000);
    await pushBytes(open(), bytes);
    fake.requests.length = 0;

    assert.deepEqual(await open().push(describeBytes(bytes), fromBytes(bytes)), { how: 'present' });
    assert.deepEqual(fake.requests.map(({ method }) => method), ['HEAD']);
  });
});

describe('sha512', () => {
  it('is a digest like any other, also of a subject whose registry keeps no list', async () => {
    await restart({ hasReferrers: false });
    const bytes = pattern(300_000);
    const blob = { ...describeBytes(bytes), digest: digestOf(bytes, 'sha512') };
    const made = makeManifest({ note: 'long' });
    const subject = { ...made.descriptor, digest: digestOf(made.bytes, 'sha512') };

    await open().push(blob, streamed(bytes));
    await expectBytes(open(), blob, bytes);
    await expectCode(open().push({ ...blob, digest: digestOf(bytes.subarray(1), 'sha512') }, streamed(bytes)), 'CORRUPT');
    await pushMade(open(), { bytes: made.bytes, descriptor: subject });
    const referrer = await pushMade(open(), makeManifest({ subject }));

    assert.deepEqual((await open().referrers(subject)).map(({ digest }) => digest), [referrer.digest]);
    assert.deepEqual(await allOf(open().tags()), [subject.digest.replace(':', '-').slice(0, 7 + 64)]);
  });
});

describe('the address', () => {
  it('is https everywhere but on this machine, and as it was set', async () => {
    const asked: URL[] = [];
    const lent = { ...openingIn('/nonexistent'), connect: () => ({ send: async ({ url }: HttpRequest) => { asked.push(url); return answered(url, 404, {}); } }) };
    const ask = async (host: string, settings: RegistrySettings = {}): Promise<void> => { await openRegistryStore({ host, name: 'a/b' }, settings, lent).exists(describeBytes(pattern(1))); };

    for (const host of ['docker.io', 'ghcr.io', '10.0.0.1:5000', 'localhost:5000', '127.0.0.1:1', '[::1]:5']) await ask(host);
    await ask('registry.example', { plainHttp: true });
    await ask('localhost', { plainHttp: false });

    assert.deepEqual(asked.map(({ origin }) => origin), ['https://registry-1.docker.io', 'https://ghcr.io', 'https://10.0.0.1:5000', 'http://localhost:5000', 'http://127.0.0.1:1', 'http://[::1]:5', 'http://registry.example', 'https://localhost']);
  });
});

function answered(url: URL, status: number, headers: Readonly<Record<string, string>>): HttpResponse {
  return { status, url, header: (name) => headers[name.toLowerCase()], headers: () => Object.entries(headers), body: (async function* () { /* No bytes. */ })(), cancel: () => undefined };
}
const unauthorized = (url: URL, challenge: string): HttpResponse => answered(url, 401, { 'www-authenticate': challenge });
