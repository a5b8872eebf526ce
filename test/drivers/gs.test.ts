import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type ErrorCode, hasCode, TowlineError } from '../../src/errors.ts';
import { pattern, streamed } from '../../src/storage/conformance/material.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { joinPath, parsePath, type Path } from '../../src/storage/path.ts';
import { fromBytes, slice } from '../../src/storage/source.ts';
import { crc32cOf, etagOf, insertObject, liveOf } from '../servers/gcs-objects.ts';
import { addGcsBucket, type GcsService, startGcsService } from '../servers/gcs-service.ts';
import { type GoogleTokens, startGoogleTokens } from '../servers/google-tokens.ts';
import { openGs, type OpenGs } from '../servers/open-gs.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';

const path = parsePath('folder/object');
const KEY = 'pre/folder/object';
const MIB = 1024 * 1024;
const hello = fromBytes(Buffer.from('hello'));
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const saying = (code: ErrorCode, ...words: readonly string[]) => (error: unknown): boolean => hasCode(error, code) && words.every((word) => `${error.message} ${error.hint}`.includes(word));

let tokens: GoogleTokens;
let service: GcsService;
let home: string;
before(async () => {
  home = temporaryFolder('gs');
  tokens = await startGoogleTokens();
  service = await startGcsService({ tokens: tokens.valid });
});
after(async () => {
  await Promise.all([service.stop(), tokens.stop()]);
  removeFolder(home);
});
beforeEach(() => {
  Object.assign(service.manners, { pageSize: 1000, rewriteBytes: Number.POSITIVE_INFINITY, before: undefined, cutAfter: undefined });
  addGcsBucket(service, 'bucket');
  service.calls.length = 0;
});

const open = (given: Partial<OpenGs> = {}): Promise<Required<Driver>> => openGs({ home, ...given, options: { endpointurl: service.url, credentialpath: tokens.keyFile(home), ...given.options } });
const put = (name: string, text: string | Buffer, described: object = {}): ReturnType<typeof insertObject> => insertObject(bucket(), { name, ...described }, { bytes: Buffer.from(text), ifGenerationMatch: null });
function bucket(name = 'bucket'): ReturnType<typeof addGcsBucket> {
  const found = service.buckets.get(name);
  assert.ok(found);
  return found;
}
async function textOf(driver: Driver, at: Path = path, options: Parameters<Driver['read']>[1] = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await driver.read(at, options)).body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

describe('reading', () => {
  it('an entry has the ETag as DVC writes it, the generation, and the MD5 or else the CRC', async () => {
    const plain = put(KEY, 'hello', {});
    const composed = put('pre/composed', 'hello', { isComposed: true });
    const driver = await open();

    const entry = await driver.stat(path);
    assert.deepEqual({ ...entry, modifiedAt: 0 }, { path, kind: 'file', size: 5, etag: Buffer.from(etagOf(plain), 'base64').toString('hex'), versionId: plain.generation, modifiedAt: 0, checksum: { name: 'md5', value: md5(Buffer.from('hello')) } });
    for (const found of [await driver.stat(parsePath('composed')), (await driver.read(parsePath('composed'))).entry]) {
      assert.deepEqual([found.checksum, found.versionId], [{ name: 'crc32c', value: crc32cOf(Buffer.from('hello')) }, composed.generation]);
    }
    assert.match(String(service.calls[0]?.query.get('fields')), /^name,size,etag/);
  });

  it('what is kept as gzip comes as it is kept, also a part of it', async () => {
    const packed = gzipSync('hello '.repeat(1000));
    put(KEY, packed, { contentEncoding: 'gzip' });
    const driver = await open();

    const read = async (options: Parameters<Driver['read']>[1]): Promise<Buffer> => {
      const chunks: Buffer[] = [];
      for await (const chunk of (await driver.read(path, options)).body) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    };
    assert.deepEqual(await read({}), packed);
    assert.deepEqual(await read({ start: 3, end: 9 }), packed.subarray(3, 9));
  });

  it('bytes that were recoded on the way are refused', async () => {
    put(KEY, 'hello');
    service.manners.before = ({ query }) => (query.get('alt') === 'media' ? { status: 200, headers: { 'content-encoding': 'gzip', 'x-goog-stored-content-encoding': 'identity' }, body: gzipSync('hello') } : undefined);
    await assert.rejects((await open()).read(path), saying('CORRUPT', 'recoded', 'proxy'));
  });

  it('a URL or a version names a generation, and what is no number is NOT_FOUND without a question', async () => {
    bucket().isVersioned = true;
    const first = put(KEY, 'first');
    put(KEY, 'second');

    const driver = await open({ url: `gs://bucket/${KEY}#${first.generation}` });
    assert.equal(await textOf(driver, parsePath('')), 'first');
    assert.equal(await textOf(await open(), path, { versionId: first.generation }), 'first');
    assert.equal(await textOf(await open()), 'second');
    const before = service.calls.length;
    await assert.rejects((await open()).stat(path, { versionId: 'null' }), saying('NOT_FOUND', "'null'"));
    assert.equal(service.calls.length, before);
  });

  it('a part that a cache answers with the whole is cut, another part is refused', async () => {
    put(KEY, 'hello');
    const driver = await open();
    service.manners.before = ({ query }) => (query.get('alt') === 'media' ? { status: 200, body: 'hello' } : undefined);
    assert.equal(await textOf(driver, path, { start: 1, end: 3 }), 'el');
    service.manners.before = ({ query }) => (query.get('alt') === 'media' ? { status: 206, headers: { 'content-range': 'bytes 2-3/5' }, body: 'll' } : undefined);
    await assert.rejects(driver.read(path, { start: 1, end: 3 }), saying('CORRUPT', 'another range'));
  });
});

describe('writing', () => {
  it('a small object is one request, with its MD5 before its bytes; type and metadata are kept', async () => {
    await (await open()).write(path, hello, { contentType: 'text/csv', metadata: { Owner: 'ünï' } });

    assert.equal(service.calls.length, 1);
    assert.match(service.calls[0]?.body.toString() ?? '', /"md5Hash":"XUFAKrxLKna5cZ2REBfFkg=="[^]*hello/);
    const stored = liveOf(bucket(), KEY);
    assert.deepEqual([stored?.contentType, stored?.metadata], ['text/csv', { Owner: 'ünï' }]);
  });

  it('a stream is hashed while it passes: what is stored otherwise is CORRUPT and taken away', async () => {
    const driver = await open();
    const stream = streamed(pattern(300_000));
    assert.equal((await driver.write(path, stream)).entry.checksum?.value, md5(pattern(300_000)));

    service.manners.before = ({ query, body }) => (query.get('uploadType') === 'multipart' ? damaged(body) : undefined);
    const damaged = (body: Buffer): undefined => void (body[body.byteLength - 1000] = (body[body.byteLength - 1000] ?? 0) ^ 1);
    await assert.rejects(driver.write(path, stream), saying('CORRUPT', 'stored other bytes'));
    assert.equal(liveOf(bucket(), KEY), undefined);
    await assert.rejects(driver.write(path, fromBytes(pattern(300_000))), saying('CORRUPT', 'were not stored'));
  });

  it('a stream of unknown length goes in parts, and its MD5 with the last of them', async () => {
    const bytes = pattern(17 * MIB + 12_345);
    await (await open()).write(path, { ...streamed(bytes, { chunk: 1_000_003 }), size: undefined });

    assert.deepEqual(liveOf(bucket(), KEY)?.bytes, Buffer.from(bytes));
    const puts = service.calls.filter(({ method }) => method === 'PUT');
    assert.deepEqual(puts.map(({ headers }) => headers['content-range']), [`bytes 0-${16 * MIB - 1}/*`, `bytes ${16 * MIB}-${17 * MIB - 1}/*`, `bytes ${17 * MIB}-${bytes.byteLength - 1}/${bytes.byteLength}`]);
    assert.equal(puts.at(-1)?.headers['x-goog-hash'], `md5=${Buffer.from(md5(bytes), 'hex').toString('base64')}`);
  });

  it('a large object of known length is one upload with one request for its bytes, and one for the last of them', async () => {
    const bytes = pattern(64 * MIB + 5);
    const { entry } = await (await open()).write(path, { ...streamed(bytes, { chunk: 4 * MIB }), checksum: { name: 'md5', value: md5(bytes) } });

    assert.equal(entry.size, bytes.byteLength);
    assert.deepEqual(service.calls.map(({ method }) => method), ['POST', 'PUT', 'PUT']);
    assert.match(service.calls[0]?.body.toString() ?? '', /"md5Hash"/);
    await assert.rejects((await open()).write(path, { ...streamed(bytes, { chunk: 4 * MIB }), checksum: { name: 'md5', value: md5(hello.origin?.kind === 'memory' ? hello.origin.bytes : bytes) } }), saying('CORRUPT'));
    assert.equal(service.uploads.open(), 0);
  });

  it('conditions hold for uploads in parts, too', async () => {
    const driver = await open();
    const upload = await driver.upload(path, { mode: 'create', size: 5 });
    await upload.send({ number: 1, start: 0, end: 5 }, hello);
    put(KEY, 'other');
    await assert.rejects(upload.complete([{ number: 1, start: 0, end: 5, tag: '' }]), saying('ALREADY_EXISTS'));
    await assert.rejects(driver.write(path, hello, { mode: { ifMatch: 'ff' } }), saying('PRECONDITION_FAILED'));
    await assert.rejects(driver.write(parsePath('absent'), hello, { mode: { ifMatch: 'ff' } }), saying('PRECONDITION_FAILED', 'no longer there'));
  });
});

describe('an upload', () => {
  const bytes = pattern(2 * 16 * MIB + 1_234);
  const part = (number: number): { readonly number: number; readonly start: number; readonly end: number } => ({ number, start: (number - 1) * 16 * MIB, end: Math.min(bytes.byteLength, number * 16 * MIB) });
  const source = (number: number): ReturnType<typeof slice> => slice(streamed(bytes, { chunk: 300_001 }), part(number).start, part(number).end);

  it('that is cut goes on from the byte that arrived', async () => {
    const upload = await (await open()).upload(path, { size: bytes.byteLength });
    const parts = [await upload.send(part(1), source(1))];
    service.manners.cutAfter = 5 * MIB + 77_777;
    await assert.rejects(upload.send(part(2), source(2)), (error) => error instanceof TowlineError && error.retryable);
    service.manners.cutAfter = undefined;
    service.calls.length = 0;

    parts.push(await upload.send(part(2), source(2)), await upload.send(part(3), source(3)));
    await upload.complete(parts);

    assert.deepEqual(liveOf(bucket(), KEY)?.bytes, Buffer.from(bytes));
    const [question, rest] = service.calls.map(({ headers }) => headers['content-range']);
    assert.deepEqual([question, rest], ['bytes */*', `bytes ${21 * MIB}-${32 * MIB - 1}/*`]);
    // Google wants the length of an empty body, too.
    assert.equal(service.calls[0]?.headers['content-length'], '0');
  });

  it('goes on in another process, also in the middle of a part', async () => {
    const begun = await (await open()).upload(path, { size: bytes.byteLength });
    await begun.send(part(1), source(1));
    service.manners.cutAfter = 3 * MIB;
    await assert.rejects(begun.send(part(2), source(2)));
    service.manners.cutAfter = undefined;

    const upload = await (await open()).upload(path, { size: bytes.byteLength, resume: begun.token });
    assert.deepEqual(upload.held.map(({ number }) => number), [1]);
    const parts = [...upload.held, await upload.send(part(2), source(2)), await upload.send(part(3), source(3))];
    await upload.complete(parts);

    assert.deepEqual(liveOf(bucket(), KEY)?.bytes, Buffer.from(bytes));
    assert.ok(!Buffer.from(upload.token, 'base64url').toString().includes('token-'));
  });

  it('whose last answer was lost is found complete, in this process and in another', async () => {
    const driver = await open();
    const upload = await driver.upload(path, { size: 5 });
    const parts = [await upload.send({ number: 1, start: 0, end: 5 }, hello)];
    // Twice: on a connection that was used before the transport itself tries once more on a fresh one.
    let lost = 0;
    service.manners.before = ({ headers }) => (headers['content-range'] === 'bytes 0-4/5' && lost++ < 2 ? loseAnswer() : undefined);
    const loseAnswer = (): 'cut' => {
      service.uploads.send(service.calls.at(-1)?.query.get('upload_id') ?? '', { range: 'bytes 0-4/5', bytes: Buffer.from('hello'), isCut: false, hashes: undefined });
      return 'cut';
    };
    await assert.rejects(upload.complete(parts), (error) => error instanceof TowlineError && error.retryable);

    assert.equal((await upload.complete(parts)).size, 5);
    const again = await (await open()).upload(path, { size: 5, resume: upload.token });
    assert.deepEqual(again.held.map(({ start, end }) => [start, end]), [[0, 5]]);
    assert.equal((await again.complete(again.held)).size, 5);
    await assert.rejects(driver.upload(path, { size: 6, resume: upload.token }), saying('NOT_FOUND', 'another object'));
  });

  it('takes no part before its turn, and no token of another object', async () => {
    const driver = await open();
    const upload = await driver.upload(path, { size: bytes.byteLength });
    await assert.rejects(upload.send(part(2), source(2)), saying('INVALID_ARGUMENT', 'in turn'));
    await assert.rejects(driver.upload(parsePath('other'), { resume: upload.token }), saying('NOT_FOUND', 'another object'));
    const stranger = Buffer.from(JSON.stringify([1, 'bucket', KEY, '@evil.example/upload', 16 * MIB])).toString('base64url');
    for (const resume of ['x', stranger]) await assert.rejects(driver.upload(path, { resume }), saying('NOT_FOUND', 'damaged'));
    assert.deepEqual([upload.order, upload.held], ['ascending', []]);
  });

  it('of a service that keeps nothing ends', async () => {
    const upload = await (await open()).upload(path, { size: bytes.byteLength });
    service.manners.before = ({ method }) => (method === 'PUT' ? { status: 308 } : undefined);
    await assert.rejects(upload.send(part(1), source(1)), saying('UNAVAILABLE', 'keeps nothing'));
  });
});

describe('copying on the service', () => {
  const from = async (name: string, driver: Driver): Promise<ReturnType<NonNullable<Driver['origin']>>> => {
    assert.ok(driver.origin);
    return driver.origin(parsePath(name));
  };

  it('goes on until all is copied, between buckets, with the description', async () => {
    service.manners.rewriteBytes = 1000;
    addGcsBucket(service, 'other');
    put('pre/source', 'x'.repeat(4500), { contentType: 'text/csv', metadata: { a: 'b' } });
    const origin = await from('source', await open());
    service.calls.length = 0;

    const written = await (await open({ url: 'gs://other' })).write(path, { size: 4500, origin, checksum: { name: 'md5', value: md5(Buffer.from('x'.repeat(4500))) }, open: () => { throw new Error('it was read'); } });

    assert.equal(written.how, 'copied');
    assert.equal(service.calls.filter(({ path: at }) => at.includes('/rewriteTo/')).length, 5);
    const copy = liveOf(bucket('other'), 'folder/object');
    assert.deepEqual([copy?.bytes.byteLength, copy?.contentType, copy?.metadata], [4500, 'text/csv', { a: 'b' }]);
  });

  it('is not done of another content than the one that is meant, nor of one whose hash nobody knows', async () => {
    const bytes = Buffer.from('right');
    const meant = { size: 5, checksum: { name: 'md5', value: md5(bytes) }, open: () => fromBytes(bytes).open() } as const;
    const driver = await open();
    put('pre/wrong', 'wrong');
    put('pre/composed', 'right', { isComposed: true });

    for (const name of ['wrong', 'composed', 'absent']) assert.equal((await driver.write(path, { ...meant, origin: await from(name, driver) })).how, 'streamed', name);
    assert.deepEqual(liveOf(bucket(), KEY)?.bytes, bytes);
    assert.ok(service.calls.every(({ path: at }) => !at.includes('/rewriteTo/')));
  });
});

describe('listing', () => {
  it('leaves folder markers out, says once that a name is no path, and asks for few fields', async () => {
    for (const name of ['pre/a', 'pre/', 'pre/folder/', 'pre/b//c', 'pre/../d', 'prefix-twin/e']) put(name, 'x');
    const warnings: string[] = [];
    const driver = await open({ opening: { warn: ({ text }) => { warnings.push(text); } } });

    assert.deepEqual((await driver.list(parsePath(''))).entries.map((entry) => entry.path), ['a']);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /names are no paths.*"pre\/\.\.\/d"/);
    assert.equal(service.calls[0]?.query.get('fields'), 'nextPageToken,items(name,size,etag,generation,updated)');
  });

  it('of versions keeps those of one object together, whatever the pages', async () => {
    bucket().isVersioned = true;
    for (let round = 0; round < 5; round++) for (const name of ['pre/a', 'pre/b', 'pre/c']) put(name, `${name} ${round}`);
    for (const pageSize of [1, 2, 3, 4, 7, 100]) {
      service.manners.pageSize = pageSize;
      const driver = await open();
      const found: string[] = [];
      for (let cursor: string | undefined, isOver = false; !isOver; isOver = cursor === undefined) {
        const page = await driver.listVersions(parsePath(''), cursor === undefined ? {} : { cursor });
        found.push(...page.entries.map((entry) => `${entry.path} ${entry.versionId ?? ''}`));
        cursor = page.cursor;
      }
      const wanted = ['a', 'b', 'c'].flatMap((name) => (bucket().objects.get(`pre/${name}`) ?? []).map(({ generation }) => `${name} ${generation}`).reverse());
      assert.deepEqual(found, wanted, `pages of ${pageSize}`);
    }
  });

  it('of versions in a bucket that keeps none is UNSUPPORTED', async () => {
    put(KEY, 'x');
    await assert.rejects((await open()).listVersions(parsePath('')), saying('UNSUPPORTED', '--versioning'));
  });
});

describe('deleting', () => {
  const names = Array.from({ length: 30 }, (_, index) => ({ path: joinPath(parsePath('many'), `object-${index}`) }));

  it('many is one request; one that fails is told by its name', async () => {
    for (const { path: name } of names) put(`pre/${name}`, 'x');
    const driver = await open();
    const denied = JSON.stringify({ error: { code: 403, message: 'tow@project does not have storage.objects.delete access', errors: [{ reason: 'forbidden' }] } });
    service.manners.before = ({ path: at }) => (at.startsWith('/batch/') ? { status: 200, headers: { 'content-type': 'multipart/mixed; boundary=b' }, body: names.map((_, index) => `--b\r\nContent-ID: <response-${index + 1}>\r\n\r\nHTTP/1.1 ${index === 7 ? `403 Forbidden\r\n\r\n${denied}` : index === 8 ? '503 Oops\r\n\r\n' : '204 No Content\r\n\r\n'}\r\n`).join('') } : undefined);

    const results = await driver.delete(names);

    assert.equal(service.calls.length, 1);
    assert.deepEqual(results.flatMap(({ error }, index) => (error instanceof TowlineError ? [[index, error.code, error.retryable, error.hint]] : [])), [
      [7, 'PERMISSION_DENIED', false, 'It needs the permission storage.objects.delete: ask the owner of the bucket for it.'], [8, 'UNAVAILABLE', true, 'Nothing is wrong on this side: try again later.'],
    ]);
  });

  it('goes one by one where there are no batches, and asks for them once', async () => {
    for (const { path: name } of names) put(`pre/${name}`, 'x');
    const driver = await open();
    await driver.list(parsePath(''));
    service.manners.before = ({ path: at }) => (at.startsWith('/batch/') ? { status: 404, body: 'Not Found' } : undefined);

    assert.ok((await driver.delete(names)).every(({ error }) => error === undefined));
    await driver.delete(names);
    assert.equal(bucket().objects.size, 0);
    assert.equal(service.calls.filter(({ path: at }) => at.startsWith('/batch/')).length, 1);
  });

  it('in a bucket that is not there is an error', async () => {
    await assert.rejects((await open({ url: 'gs://missing' })).delete([{ path }]), saying('INVALID_CONFIG'));
    assert.ok((await (await open({ url: 'gs://missing' })).delete(names)).every(({ error }) => hasCode(error, 'INVALID_CONFIG')));
  });
});

describe('a signed URL', () => {
  it('opens one object for reading or writing, for a while', async () => {
    const driver = await open();
    const odd = parsePath("folder/a b+c%2F(é)'*~");
    await driver.write(odd, hello);

    const [read, write] = await Promise.all((['GET', 'PUT'] as const).map(async (method) => driver.presign(odd, { method, expiresInSeconds: 60 })));
    assert.ok(read !== undefined && write !== undefined);
    assert.equal(await (await fetch(read)).text(), 'hello');
    assert.equal((await fetch(write, { method: 'PUT', body: 'other' })).status, 200);
    assert.equal(await textOf(driver, odd), 'other');
    assert.equal((await fetch(read, { method: 'PUT', body: 'x' })).status, 403);
    const past = await open({ opening: { now: () => Date.now() - 3600_000 } });
    assert.equal((await fetch(await past.presign(odd, { method: 'GET', expiresInSeconds: 60 }))).status, 400);
  });

  it('needs the key of a service account, and ends within seven days', async () => {
    await assert.rejects((await open({ options: { allow_anonymous_login: 'true' } })).presign(path, { method: 'GET', expiresInSeconds: 60 }), saying('UNSUPPORTED', 'service account'));
    await assert.rejects((await open()).presign(path, { method: 'GET', expiresInSeconds: 700_000 }), saying('INVALID_ARGUMENT', '7 days'));
  });
});

describe('a refusal', () => {
  const error = (status: number, reason: string, message: string): { readonly status: number; readonly headers: Record<string, string>; readonly body: string } =>
    ({ status, headers: { 'retry-after': '7' }, body: JSON.stringify({ error: { code: status, message, errors: [{ reason, message }] } }) });
  const cases: readonly (readonly [what: string, answer: ReturnType<typeof error>, code: ErrorCode, retryable: boolean, words: string])[] = [
    ['429', error(429, 'rateLimitExceeded', 'Slow down'), 'RATE_LIMITED', true, 'slow down'], ['503', error(503, 'backendError', 'Backend Error'), 'UNAVAILABLE', true, 'failed'],
    ['500 without words', { status: 500, headers: {}, body: '' }, 'UNAVAILABLE', true, 'HTTP 500'], ['408', error(408, '', 'x'), 'TIMEOUT', true, 'waited'], ['403 of a quota', error(403, 'userRateLimitExceeded', 'x'), 'RATE_LIMITED', true, 'slow down'],
    ['403', error(403, 'forbidden', 'tow@project does not have storage.objects.get access to the object.'), 'PERMISSION_DENIED', false, 'storage.objects.get'],
    ['a retention policy', error(403, 'retentionPolicyNotMet', 'x'), 'PERMISSION_DENIED', false, 'retention'], ['an unknown word', error(400, 'newWord', 'Something\nnew'), 'INVALID_ARGUMENT', false, 'Something new'],
  ];
  for (const [what, answer, code, retryable, words] of cases) {
    it(`${what} is ${code}`, async () => {
      put(KEY, 'x');
      service.manners.before = () => answer;
      await assert.rejects((await open()).stat(path), (found) => saying(code, words)(found) && found instanceof TowlineError && found.retryable === retryable && found.retryAfterSeconds === (answer.headers['retry-after'] === undefined ? undefined : 7) && found.context['requestId'] === 'request-1');
    });
  }

  it('of a missing bucket is not that of a missing object, also where the service says neither', async () => {
    await assert.rejects((await open()).stat(path), saying('NOT_FOUND', KEY));
    assert.equal(service.calls.length, 1);
    await assert.rejects((await open({ url: 'gs://missing/pre' })).stat(path), saying('INVALID_CONFIG', 'The bucket of gs://missing/pre/folder/object does not exist'));
    service.manners.before = ({ path: at }) => (at.endsWith('/object') || at.includes('missing') ? { status: 404, body: 'Not Found' } : undefined);
    await assert.rejects((await open({ url: 'gs://missing/pre' })).read(path), saying('INVALID_CONFIG'));
    await assert.rejects((await open()).read(path), saying('NOT_FOUND'));
  });
});
