import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, hasCode, TowlineError } from '../../src/errors.ts';
import { crc64 } from '../../src/storage/crc64-ecma.ts';
import type { Driver, ReadOptions } from '../../src/storage/driver.ts';
import { applyLayers } from '../../src/storage/layer.ts';
import { retry } from '../../src/storage/layers/retry.ts';
import { type Path, parsePath } from '../../src/storage/path.ts';
import { fromBytes, slice, type Source } from '../../src/storage/source.ts';
import { oss } from '../../src/drivers/oss/index.ts';
import { openDriver } from '../lent.ts';
import type { FakeAnswer, RawRequest } from '../servers/oss-fake-answers.ts';
import { OssFault } from '../servers/oss-fake-answers.ts';
import { startOssFake } from '../servers/oss-fake.ts';
import { createOssWire } from './oss-wire.ts';

const bytes = Buffer.from('hello');
const hello = fromBytes(bytes);
const path = parsePath('a/b');
const MIB = 1024 ** 2;
/** A stream: neither in memory nor of a known hash. */
const streamOf = (content: Uint8Array, size: number | undefined = content.byteLength): Source => ({ size, async *open({ start = 0, end } = {}) { yield content.subarray(start, end); } });
const withCode = (code: ErrorCode, pattern: RegExp, retryable = false) => (error: unknown): boolean => {
  if (!hasCode(error, code)) return false;
  assert.match(`${error.message} ${error.hint ?? ''}`, pattern);
  assert.equal(error.retryable, retryable);
  return true;
};
async function textOf(driver: Driver, at: Path = path, options?: ReadOptions): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await driver.read(at, options)).body) chunks.push(chunk.slice());
  return Buffer.concat(chunks).toString();
}
/** Tells another CRC-64 than is true, where `isMeant`. */
const lying = (isMeant: (request: RawRequest) => boolean) => ({
  onAnswer: (answer: FakeAnswer, request: RawRequest): FakeAnswer => (isMeant(request) && answer.headers?.['x-oss-hash-crc64ecma'] !== undefined ? { ...answer, headers: { ...answer.headers, 'x-oss-hash-crc64ecma': '1' } } : answer),
});

describe('OSS: what protects the bytes', () => {
  it('every PUT carries the MD5, and the CRC-64 of the answer is compared', async () => {
    const wire = createOssWire();
    const liar = createOssWire(lying(({ method }) => method === 'PUT'));

    const { entry } = await (await wire.open()).write(path, hello);

    assert.equal(wire.seen[0]?.headers.get('content-md5'), 'XUFAKrxLKna5cZ2REBfFkg==');
    assert.deepEqual([entry.etag, entry.checksum], ['5D41402ABC4B2A76B9719D911017C592', { name: 'md5', value: '5d41402abc4b2a76b9719d911017c592' }]);
    await assert.rejects((await liar.open()).write(path, hello), withCode('CORRUPT', /other bytes than were sent.*proxy/));
  });

  it('a whole read is checked by its CRC-64 before the last bytes are given; a range is not', async () => {
    const wire = createOssWire(lying(({ method }) => method === 'GET'));
    const driver = await wire.open();
    await driver.write(path, hello);

    const seen: number[] = [];
    await assert.rejects(async () => { for await (const chunk of (await driver.read(path)).body) seen.push(chunk.byteLength); }, withCode('CORRUPT', /other bytes arrived/));
    assert.deepEqual(seen, []);
    assert.equal(await textOf(driver, path, { start: 1, end: 3 }), 'el');
  });

  it('an object of parts is known by its CRC-64, one of a PUT by its MD5', async () => {
    const driver = await createOssWire().open();
    const large = Buffer.alloc(300_000, 'x');
    const sum = Buffer.alloc(8);
    sum.writeBigUInt64BE(crc64(large));

    const { entry } = await driver.write(path, streamOf(large));
    await driver.write(parsePath('small'), hello);

    assert.deepEqual(entry.checksum, { name: 'crc64', value: sum.toString('base64') });
    assert.deepEqual((await driver.stat(path)).checksum, entry.checksum);
    assert.deepEqual((await driver.stat(parsePath('small'))).checksum, { name: 'md5', value: '5d41402abc4b2a76b9719d911017c592' });
    const encrypted = await createOssWire({ onAnswer: (answer) => ({ ...answer, headers: { ...answer.headers, 'x-oss-server-side-encryption': 'KMS' } }) }).open();
    await encrypted.write(path, hello);
    assert.equal((await encrypted.stat(path)).checksum?.name, 'crc64');
  });

  it('a part that arrived otherwise is refused and nothing becomes visible; so is a whole that is not its parts', async () => {
    const large = streamOf(Buffer.alloc(300_000, 'x'));
    const ofParts = createOssWire(lying(({ method, target }) => method === 'PUT' && target.includes('partNumber')));
    const ofWhole = createOssWire(lying(({ method, target }) => method === 'POST' && target.includes('uploadId')));

    await assert.rejects((await ofParts.open()).write(path, large), withCode('CORRUPT', /other bytes than were sent/));
    assert.deepEqual([ofParts.service.bucket('bucket').objects.size, ofParts.service.bucket('bucket').uploads.size], [0, 0]);
    await assert.rejects((await ofWhole.open()).write(path, large), withCode('CORRUPT', /what the service made of the parts/));
  });

  it('a stream without a hash goes in parts when it is large, in one PUT when it is small', async () => {
    const wire = createOssWire();
    const driver = await wire.open();

    await driver.write(path, streamOf(bytes));
    await driver.write(path, streamOf(bytes, undefined));
    await driver.write(path, streamOf(Buffer.alloc(300_000)));
    await assert.rejects(driver.write(path, { ...streamOf(Buffer.alloc(300_000)), checksum: { name: 'md5', value: '00000000000000000000000000000000' } }), { code: 'CORRUPT' });

    assert.deepEqual(wire.seen.map(({ method, target }) => `${method} ${target.replace(/uploadId=\w+/, 'uploadId').split('?')[1] ?? ''}`), ['PUT ', 'PUT ', 'POST uploads', 'PUT partNumber=1&uploadId', 'POST uploadId', 'PUT ']);
  });
});

describe('OSS: uploads in parts', () => {
  it('go on with what the service holds, and check the whole by the sums it lists', async () => {
    const wire = createOssWire();
    const [first, second] = [await wire.open(), await wire.open()];
    const size = 17 * MIB;
    const source = fromBytes(Buffer.alloc(size, 'towline '));
    const begun = await first.upload(path, { size });
    const one = await begun.send({ number: 1, start: 0, end: begun.partSize }, slice(source, 0, begun.partSize));

    const resumed = await second.upload(path, { size, resume: begun.token });
    assert.deepEqual(resumed.held, [one]);
    const two = await resumed.send({ number: 2, start: begun.partSize, end: size }, slice(source, begun.partSize, size));
    const entry = await resumed.complete([one, two]);

    assert.equal(entry.size, size);
    assert.match(entry.etag ?? '', /^[0-9A-F]{32}-2$/);
    await assert.rejects(first.upload(parsePath('other'), { size, resume: begun.token }), withCode('NOT_FOUND', /token is of another object/));
  });

  it('send large objects several parts at a time', async () => {
    let [now, most] = [0, 0];
    const fake = await startOssFake();
    fake.bucket('bucket');
    const driver = await openDriver(oss, 'oss://bucket', { settings: { oss_endpoint: fake.url, oss_key_id: fake.account.keyId, oss_key_secret: fake.account.keySecret }, home: '/nowhere' });
    const large = Buffer.alloc(66 * MIB);
    const source: Source = {
      size: large.byteLength,
      async *open({ start = 0, end = large.byteLength } = {}) {
        most = Math.max(most, ++now);
        try {
          for (let at = start; at < end; at += MIB) yield large.subarray(at, Math.min(end, at + MIB));
        } finally {
          now--;
        }
      },
    };
    try {
      await driver.write?.(path, source);

      assert.equal((await driver.stat(path)).size, large.byteLength);
      assert.equal(fake.seen.filter(({ target }) => target.includes('partNumber')).length, 5);
      assert.equal(most, 4);
    } finally {
      await driver.close?.();
      await fake.stop();
    }
  });

  it('with "create only" do not replace what came in between', async () => {
    const wire = createOssWire();
    const driver = await wire.open();
    const upload = await driver.upload(path, { size: 5, mode: 'create' });
    const part = await upload.send({ number: 1, start: 0, end: 5 }, hello);
    await driver.write(path, fromBytes(Buffer.from('other')));

    await assert.rejects(upload.complete([part]), withCode('ALREADY_EXISTS', /exists already/));

    assert.equal(await textOf(driver), 'other');
  });
});

describe('OSS: copies on the service', () => {
  it('are made within a region, also of a version and between buckets', async () => {
    const wire = createOssWire();
    wire.service.bucket('other').versioning = 'Enabled';
    const [driver, other] = [await wire.open(), await wire.open({}, {}, 'oss://other')];
    const { entry: { versionId = '' } } = await other.write(path, hello);
    await other.write(path, fromBytes(Buffer.from('newer')));
    wire.seen.length = 0;

    const { how, entry } = await driver.write(parsePath('ü +/copy'), { ...streamOf(bytes), origin: other.origin(path, { versionId }), checksum: { name: 'md5', value: '5d41402abc4b2a76b9719d911017c592' } });

    assert.deepEqual([how, entry.size, await textOf(driver, parsePath('ü +/copy'))], ['copied', 5, 'hello']);
    assert.equal(wire.seen[0]?.headers.get('x-oss-copy-source'), `/other/a/b?versionId=${versionId}`);
    assert.equal(wire.seen[0]?.headers.get('x-oss-copy-source-if-match'), '"5D41402ABC4B2A76B9719D911017C592"');
  });

  it('are not tried between regions, and given up where the source may not be read or is another object', async () => {
    const wire = createOssWire();
    const [driver, far] = [await wire.open(), await wire.open({ oss_endpoint: 'oss-cn-beijing.aliyuncs.com' }, {}, 'oss://bucket')];
    await driver.write(path, hello);
    const write = async (origin: Source['origin'], value: string): Promise<string> => (await driver.write(parsePath('to'), { ...fromBytes(bytes), origin: origin ?? { kind: 'memory', bytes }, checksum: { name: 'md5', value } })).how;

    assert.equal(await write(far.origin(path), '5d41402abc4b2a76b9719d911017c592'), 'streamed');
    assert.ok(wire.seen.every(({ headers }) => !headers.has('x-oss-copy-source')));
    assert.equal(await write(driver.origin(parsePath('absent')), '5d41402abc4b2a76b9719d911017c592'), 'streamed');
    await assert.rejects(write(driver.origin(path), '00000000000000000000000000000000'), withCode('CORRUPT', /not those that were sent/));
  });
});

describe('OSS: deletions', () => {
  it('of many go in one request with its MD5; what is not said to be deleted is asked for by itself', async () => {
    const wire = createOssWire({ mayDelete: (key) => !key.endsWith('kept'), onRequest: ({ method, target }) => { if (method === 'DELETE' && target.endsWith('kept')) throw new OssFault(409, 'FileImmutable', { message: 'The object you specified is immutable.' }); } });
    const driver = await wire.open();
    const names = ['x', 'a&b<c>"d\'', 'kept', 'absent'].map((name) => ({ path: parsePath(name) }));
    for (const name of names.slice(0, 3)) await driver.write(name.path, hello);
    wire.seen.length = 0;

    const results = await driver.delete(names);

    assert.deepEqual(wire.seen.map(({ method, target }) => `${method} ${target}`), ['POST /?delete&encoding-type=url', 'DELETE /pre/kept']);
    assert.ok(wire.seen[0]?.headers.has('content-md5'));
    assert.deepEqual(results.map((result) => [result.path, result.error instanceof TowlineError ? result.error.code : undefined]), [['x', undefined], ['a&b<c>"d\'', undefined], ['kept', 'PERMISSION_DENIED'], ['absent', undefined]]);
    assert.deepEqual([...wire.service.bucket('bucket').objects.keys()], ['pre/kept']);
  });

  it('that may succeed later are repeated by the layers, of one object and of what a batch left', async () => {
    let refusals = 0;
    const busy = createOssWire({ mayDelete: () => false, onRequest: ({ method }) => { if (method === 'DELETE' && refusals++ === 0) throw new OssFault(503, 'ServiceUnavailable'); } });
    const driver = await busy.open();
    const repeated = applyLayers(driver, [retry({ tries: 3, budgetSeconds: 60, now: () => 0, wait: async () => undefined, random: () => 0 })]);

    assert.deepEqual(await repeated.delete?.([{ path }]), [{ path }]);
    refusals = 0;
    assert.deepEqual(await repeated.delete?.([{ path }, { path: parsePath('c') }]), [{ path }, { path: 'c' }]);
  });

  it('go one by one where the service has no such request', async () => {
    const wire = createOssWire({ onRequest: ({ method }) => { if (method === 'POST') throw new OssFault(501, 'NotImplemented'); } });
    const driver = await wire.open();

    assert.equal((await driver.delete([{ path }, { path: parsePath('c') }])).length, 2);

    assert.deepEqual(wire.seen.map(({ method }) => method), ['POST', 'DELETE', 'DELETE']);
  });
});

describe('OSS: signed URLs', () => {
  it('work without any header, for as long as they say, by both signatures', async () => {
    const fake = await startOssFake();
    fake.bucket('bucket');
    const { keyId, keySecret, token = '' } = fake.temporary;
    try {
      for (const signature_version of ['v1', 'v4']) {
        const driver = await openDriver(oss, 'oss://bucket', { settings: { oss_endpoint: fake.url, oss_region: fake.region, oss_key_id: keyId, oss_key_secret: keySecret, oss_session_token: token, signature_version }, home: '/nowhere' });
        const at = parsePath(`${signature_version}/ü +&`);
        const [put, get] = [await driver.presign?.(at, { method: 'PUT', expiresInSeconds: 60 }), await driver.presign?.(at, { method: 'GET', expiresInSeconds: 60.9 })];

        assert.equal((await fetch(put ?? '', { method: 'PUT', body: bytes })).status, 200);
        assert.equal(await (await fetch(get ?? '')).text(), 'hello');
        assert.equal((await fetch(get ?? '', { method: 'PUT', body: bytes })).status, 403);
        assert.ok(!(get ?? '').includes(keySecret));
        for (const expiresInSeconds of [0, 604_801, Number.NaN]) await assert.rejects(async () => driver.presign?.(at, { method: 'GET', expiresInSeconds }), withCode('INVALID_ARGUMENT', /7 days/));
        await driver.close?.();
      }
    } finally {
      await fake.stop();
    }
  });

  it('need no signature where there are no keys', async () => {
    assert.equal(await (await createOssWire().open({ allow_anonymous_login: 'true' })).presign(path, { method: 'GET', expiresInSeconds: 60 }), 'https://bucket.oss-cn-hangzhou.aliyuncs.com/pre/a/b');
  });
});

describe('OSS: refusals', () => {
  const refusedBy = (status: number, code: string, fields: Readonly<Record<string, string>> = {}): ReturnType<typeof createOssWire> => createOssWire({ onRequest: () => { throw new OssFault(status, code, fields); } });

  it('say what it is, what to do, and the ids that the support asks for; HEAD is answered by a header', async () => {
    const driver = await refusedBy(403, 'AccessDenied', { message: 'no', EC: '0003-00000001' }).open();

    for (const refusal of [driver.read(path), driver.stat(path)]) {
      await assert.rejects(refusal, (error) => withCode('PERMISSION_DENIED', /Cannot (?:read|look at) oss:\/\/bucket\/pre\/a\/b: access denied \(AccessDenied\).*oss:GetObject/)(error)
        && error instanceof TowlineError && /^[0-9A-F]{24}$/.test(String(error.context['requestId'])) && error.context['ec'] === '0003-00000001');
    }
    await assert.rejects(driver.list(parsePath('')), withCode('PERMISSION_DENIED', /oss:ListObjects/));
  });

  it('of a bucket that is elsewhere or is not there name the setting', async () => {
    const elsewhere = await refusedBy(403, 'AccessDenied', { message: 'The bucket you are attempting to access must be addressed using the specified endpoint.', Endpoint: 'oss-cn-beijing.aliyuncs.com' }).open();

    await assert.rejects(elsewhere.stat(path), withCode('INVALID_CONFIG', /at another endpoint.*oss_endpoint of the remote to https:\/\/oss-cn-beijing\.aliyuncs\.com\./));
    await assert.rejects((await createOssWire().open({}, {}, 'oss://nowhere')).stat(path), withCode('INVALID_CONFIG', /the bucket does not exist/));
  });

  it('that may pass by themselves are retryable, with the pause the service asks for', async () => {
    const busy = createOssWire({ onAnswer: () => ({ status: 503, headers: { 'retry-after': '7' }, body: '<Error><Code>QpsLimitExceeded</Code></Error>' }) });

    await assert.rejects((await busy.open()).stat(path), (error) => withCode('RATE_LIMITED', /slow down/, true)(error) && error instanceof TowlineError && error.retryAfterSeconds === 7);
    await assert.rejects((await refusedBy(500, 'InternalError').open()).stat(path), withCode('UNAVAILABLE', /the service failed/, true));
    await assert.rejects((await createOssWire({ onAnswer: () => ({ status: 502, body: '<html>bad gateway</html>' }) }).open()).read(path), withCode('UNAVAILABLE', /HTTP 502/, true));
  });

  it('for a wrong clock are answered by the clock of the service, once', async () => {
    const wire = createOssWire({ now: () => Date.UTC(2026, 10, 21) + 7_200_000 });
    const driver = await wire.open();

    await driver.write(path, hello);
    await driver.write(path, hello);

    assert.equal(wire.seen.length, 3, 'the first is sent twice, and the difference is remembered');
  });

  it('in an answer of 200 are seen, and damaged answers are CORRUPT', async () => {
    const list = async (body: string): Promise<unknown> => (await createOssWire({ onAnswer: () => ({ status: 200, body }) }).open()).list(parsePath(''));

    await assert.rejects(list('<?xml version="1.0"?><Error><Code>InternalError</Code></Error>'), withCode('UNAVAILABLE', /the service failed/, true));
    await assert.rejects(list('<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'), withCode('CORRUPT', /but not where/));
    await assert.rejects(list('<html>hello</html>'), { code: 'CORRUPT' });
  });
});
