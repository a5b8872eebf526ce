import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { hasCode, TowlineError } from '../../src/errors.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { type Answer, createWire, type SeenRequest } from './s3-wire.ts';

const hello = fromBytes(Buffer.from('hello'));
const helloMd5 = createHash('md5').update('hello').digest('hex');
const path = parsePath('a/b');
const error = (code: string, message = 'because'): string => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>R1</RequestId></Error>`;
const copied = '<CopyObjectResult><ETag>"0123456789abcdef0123456789abcdef"</ETag></CopyObjectResult>';
const listing = (rest: string): string => `<ListBucketResult>${rest}</ListBucketResult>`;
const customerKey = Buffer.alloc(32, 7).toString('base64');
const withCode = (code: Parameters<typeof hasCode>[1], text = '') => (thrown: unknown): boolean => hasCode(thrown, code) && thrown.message.includes(text) && !JSON.stringify([thrown.message, thrown.hint, thrown.context]).includes('hidden-secret');

/** Answers a whole upload in parts, and everything else with 200. */
function service({ method, target }: SeenRequest): Answer {
  if (method === 'POST' && target.endsWith('?uploads=')) return { body: '<R><UploadId>U/1</UploadId></R>' };
  if (method === 'POST') return { body: '<R><ETag>"abc-2"</ETag></R>' };
  return { headers: { etag: `"${helloMd5}"` }, body: target.includes('copy') ? copied : '' };
}

describe('S3 on the wire: options', () => {
  const written = async (options: Record<string, string>): Promise<readonly SeenRequest[]> => {
    const wire = createWire(service);
    await (await wire.open(options)).write?.(path, hello);
    return wire.seen;
  };

  it('sse, acl and grants stand in a PUT, signed', async () => {
    const rows: readonly (readonly [options: Record<string, string>, headers: Record<string, string>])[] = [
      [{ sse: 'AES256' }, { 'x-amz-server-side-encryption': 'AES256' }],
      [{ sse_kms_key_id: 'key-1' }, { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'key-1' }],
      [{ acl: 'bucket-owner-full-control' }, { 'x-amz-acl': 'bucket-owner-full-control' }],
      [{ grant_read: 'id="1"', grant_read_acp: 'id="2"', grant_write_acp: 'id="3"', grant_full_control: 'id="4"' }, { 'x-amz-grant-read': 'id="1"', 'x-amz-grant-read-acp': 'id="2"', 'x-amz-grant-write-acp': 'id="3"', 'x-amz-grant-full-control': 'id="4"' }],
    ];
    for (const [options, headers] of rows) {
      const [request] = await written(options);

      for (const [name, value] of Object.entries(headers)) {
        assert.equal(request?.headers.get(name), value);
        assert.ok(request.headers.get('authorization')?.includes(`;${name}`), `${name} is signed`);
      }
    }
  });

  it('stand in the start of an upload in parts, and the customer key in its parts and end too', async () => {
    const wire = createWire(service);
    const driver = await wire.open({ sse_customer_key: customerKey, acl: 'private' });
    const upload = await driver.upload?.(path, { size: 5 });
    await upload?.complete([await upload.send({ number: 1, start: 0, end: 5 }, hello)]);

    const key = wire.seen.map(({ headers }) => headers.get('x-amz-server-side-encryption-customer-key'));
    const acl = wire.seen.map(({ headers }) => headers.get('x-amz-acl'));
    assert.deepEqual(wire.seen.map(({ method, target }) => `${method} ${target}`), ['POST /pre/a/b?uploads=', 'PUT /pre/a/b?partNumber=1&uploadId=U%2F1', 'POST /pre/a/b?uploadId=U%2F1']);
    assert.deepEqual(key, [customerKey, customerKey, customerKey]);
    assert.deepEqual(acl, ['private', undefined, undefined]);
  });

  it('send the customer key on reads and copies, of the source too, and never its hash as that of the object', async () => {
    const wire = createWire(({ target, headers }) => (headers.has('x-amz-copy-source') ? { body: copied } : { headers: { etag: `"${helloMd5}"` }, body: target === '/pre/a/b' ? 'hello' : '' }));
    const driver = await wire.open({ sse_customer_key: customerKey });

    const entry = await driver.stat(path);
    (await driver.read(path)).cancel();
    await driver.write?.(parsePath('copy'), { ...hello, origin: driver.origin?.(path) ?? { kind: 'memory', bytes: new Uint8Array() } });

    const digest = createHash('md5').update(Buffer.alloc(32, 7)).digest('base64');
    for (const { headers } of wire.seen) {
      assert.equal(headers.get('x-amz-server-side-encryption-customer-algorithm'), 'AES256');
      assert.equal(headers.get('x-amz-server-side-encryption-customer-key-md5'), digest);
    }
    assert.equal(wire.seen[2]?.headers.get('x-amz-copy-source'), '/bucket/pre/a/b');
    assert.equal(wire.seen[2]?.headers.get('x-amz-copy-source-server-side-encryption-customer-key'), customerKey);
    assert.equal(entry.checksum, undefined);
  });

  it("contradicting each other are refused in DVC's words", async () => {
    const wire = createWire(service);

    await assert.rejects(wire.open({ acl: 'private', grant_read: 'id="1"' }), withCode('INVALID_CONFIG', '`acl` and `grant_*` AWS S3 config options are mutually exclusive'));
    await assert.rejects(wire.open({ sse_kms_key_id: 'k', sse_customer_key: customerKey }), withCode('INVALID_CONFIG', '`sse_kms_key_id` and `sse_customer_key` AWS S3 config options are mutually exclusive'));
    await assert.rejects(wire.open({ sse_customer_key: 'c2hvcnQ=' }), withCode('INVALID_CONFIG', '32 bytes'));
  });

  it('never send a customer key over plain http, but for this machine', async () => {
    const wire = createWire(service);

    await assert.rejects((await wire.open({ sse_customer_key: customerKey, use_ssl: 'false' })).stat(path), withCode('INVALID_CONFIG', 'plain http'));
    await assert.rejects((await wire.open({ sse_customer_key: customerKey, endpointurl: 'http://storage.lan' })).stat(path), withCode('INVALID_CONFIG', 'plain http'));
    await (await wire.open({ sse_customer_key: customerKey, endpointurl: 'http://127.0.0.1:9000' })).stat(path);
    assert.equal(wire.seen.length, 1);
  });

  it('listobjects lists by version 1, page by page', async () => {
    const wire = createWire((_request, count) => ({ body: count === 1 ? listing('<IsTruncated>true</IsTruncated><Contents><Key>pre/a/b</Key><Size>1</Size></Contents>') : listing('<IsTruncated>false</IsTruncated>') }));
    const driver = await wire.open({ listobjects: 'true' });

    const first = await driver.list?.(parsePath('a'), { startsWith: '0' });
    await driver.list?.(parsePath('a'), { startsWith: '0', cursor: first?.cursor ?? '' });

    assert.deepEqual(wire.seen.map(({ target }) => target), ['/?encoding-type=url&prefix=pre%2Fa%2F0', '/?encoding-type=url&marker=pre%2Fa%2Fb&prefix=pre%2Fa%2F0']);
  });

  it('allow_anonymous_login sends no signature, and timeouts and TLS reach the connection', async () => {
    const wire = createWire(service);
    const driver = await wire.open({ allow_anonymous_login: 'true', read_timeout: '7', connect_timeout: '3', ssl_verify: '/ca.pem' });
    await driver.stat(path);

    assert.ok(!wire.seen[0]?.headers.has('authorization'));
    assert.deepEqual(wire.connections, [{ verifyTls: true, caFile: '/ca.pem', connectTimeoutSeconds: 3, idleTimeoutSeconds: 7 }]);
  });

  it('payload_signing_enabled signs a stream by reading it twice, else https leaves it unsigned', async () => {
    const stream = { size: 5, open: () => hello.open() };
    for (const [option, hash] of [['false', 'UNSIGNED-PAYLOAD'], ['true', createHash('sha256').update('hello').digest('hex')]] as const) {
      const wire = createWire(service);
      await (await wire.open({ payload_signing_enabled: option })).write?.(path, stream);

      assert.equal(wire.seen[0]?.headers.get('x-amz-content-sha256'), hash);
      assert.equal(wire.seen[0]?.body, 'hello');
    }
  });
});

describe('S3 on the wire: requests', () => {
  it('goes to the bucket of the region, with the key encoded once', async () => {
    const wire = createWire(service);
    await (await wire.open({}, {}, 's3://bucket/x y')).stat(parsePath("a?#%+'ü"));

    assert.equal(wire.seen[0]?.origin, 'https://bucket.s3.eu-west-1.amazonaws.com');
    assert.equal(wire.seen[0]?.target, '/x%20y/a%3F%23%25%2B%27%C3%BC');
  });

  it('lets the service check the bytes, with the hash that is known already', async () => {
    const wire = createWire(service);
    await (await wire.open()).write?.(path, { size: 5, checksum: { name: 'md5', value: helloMd5 }, open: () => hello.open() });

    assert.equal(wire.seen[0]?.headers.get('content-md5'), Buffer.from(helloMd5, 'hex').toString('base64'));
  });

  it('says CORRUPT when the service stored other bytes, by their ETag', async () => {
    const source = { ...hello, checksum: { name: 'md5' as const, value: helloMd5 } };
    const plain = createWire(() => ({ headers: { etag: '"0123456789abcdef0123456789abcdef"' } }));
    const kms = createWire(() => ({ headers: { etag: '"0123456789abcdef0123456789abcdef"', 'x-amz-server-side-encryption': 'aws:kms' } }));

    await assert.rejects((await plain.open()).write?.(path, source) ?? Promise.resolve(), withCode('CORRUPT'));
    assert.equal((await (await kms.open()).write?.(path, source))?.entry.checksum, undefined);
  });

  it('throws the error that hides in an answer of 200', async () => {
    const wire = createWire(({ method, target }) => (method === 'POST' && !target.includes('uploads=') ? { body: ` \n${error('SlowDown')}` } : service({ method, target } as SeenRequest)));
    const driver = await wire.open();
    const upload = await driver.upload?.(path, { size: 5 });
    const part = await upload?.send({ number: 1, start: 0, end: 5 }, hello);

    await assert.rejects(upload?.complete(part ? [part] : []) ?? Promise.resolve(), (thrown) => withCode('RATE_LIMITED')(thrown) && thrown instanceof TowlineError && thrown.retryable);
  });

  it('streams where a copy on the service is refused', async () => {
    const wire = createWire(({ headers }) => (headers.has('x-amz-copy-source') ? { status: 403, body: error('AccessDenied') } : { headers: { etag: `"${helloMd5}"` } }));
    const driver = await wire.open();

    const written = await driver.write?.(parsePath('copy'), { ...hello, checksum: { name: 'md5', value: helloMd5 }, origin: driver.origin?.(path) ?? { kind: 'memory', bytes: new Uint8Array() } });

    assert.equal(written?.how, 'streamed');
    assert.equal(wire.seen[0]?.headers.get('x-amz-copy-source-if-match'), `"${helloMd5}"`);
    assert.equal(wire.seen[1]?.body, 'hello');
  });

  it('deletes in one request, and tells which object failed', async () => {
    const wire = createWire(() => ({ body: `<DeleteResult>${'<Error><Key>pre/x&amp;y</Key><Code>AccessDenied</Code><Message>no</Message></Error>'}</DeleteResult>` }));
    const results = await (await wire.open()).delete?.([{ path }, { path: parsePath('x&y') }]);

    assert.equal(wire.seen[0]?.target, '/?delete=');
    assert.equal(wire.seen[0]?.headers.get('content-md5'), createHash('md5').update(wire.seen[0]?.body ?? '').digest('base64'));
    assert.deepEqual(results?.map(({ error: failure }) => hasCode(failure, 'PERMISSION_DENIED')), [false, true]);
  });

  it('deletes one by one where there is no request for many', async () => {
    const wire = createWire(({ method }) => (method === 'POST' ? { status: 501, body: error('NotImplemented') } : { status: 204 }));
    const results = await (await wire.open()).delete?.([{ path }, { path: parsePath('c') }]);

    assert.deepEqual(wire.seen.map(({ method }) => method), ['POST', 'DELETE', 'DELETE']);
    assert.ok(results?.every((result) => result.error === undefined));
  });

  it('leaves out folder markers, and names that are no paths with a warning', async () => {
    const object = (key: string): string => `<Contents><Key>pre/${key}</Key><Size>1</Size></Contents>`;
    const wire = createWire(() => ({ body: listing(`<IsTruncated>false</IsTruncated>${['dir/', 'a//b', '../../x', 'good'].map(object).join('')}`) }));
    const page = await (await wire.open()).list?.(parsePath(''));

    assert.deepEqual(page?.entries.map((entry) => entry.path as string), ['good']);
    assert.equal(wire.warnings.length, 1);
  });

  it('never treats the bucket as an object', async () => {
    const wire = createWire(service);
    const driver = await wire.open({}, {}, 's3://bucket');

    await assert.rejects(driver.delete?.([{ path: parsePath('') }]) ?? Promise.resolve(), withCode('INVALID_ARGUMENT'));
    await assert.rejects(driver.stat(parsePath('')), withCode('INVALID_ARGUMENT'));
    assert.equal(wire.seen.length, 0);
  });

  it('writes on conditions only where the service is known to honour them', async () => {
    const known = createWire(() => ({ status: 412, body: error('PreconditionFailed') }));
    const unknown = createWire(() => ({ headers: { server: 'Something' } }));

    await assert.rejects((await known.open()).write?.(path, hello, { mode: 'create' }) ?? Promise.resolve(), withCode('ALREADY_EXISTS'));
    await assert.rejects((await known.open()).write?.(path, hello, { mode: { ifMatch: 'x' } }) ?? Promise.resolve(), withCode('PRECONDITION_FAILED'));
    await assert.rejects((await unknown.open({ endpointurl: 'https://storage.lan' })).write?.(path, hello, { mode: 'create' }) ?? Promise.resolve(), withCode('UNSUPPORTED'));
    assert.ok(unknown.seen.every(({ method }) => method === 'HEAD'), 'nothing was written');
    await (await unknown.open({ endpointurl: 'https://storage.lan', conditional_writes: 'on' })).write?.(path, hello, { mode: 'create' });
    assert.equal(unknown.seen.at(-1)?.headers.get('if-none-match'), '*');
  });

  it('cuts the bytes itself where a cache ignores the range', async () => {
    const wire = createWire(() => ({ body: 'hello' }));
    const chunks: string[] = [];
    for await (const chunk of (await (await wire.open()).read(path, { start: 1, end: 3 })).body) chunks.push(Buffer.from(chunk).toString());

    assert.equal(chunks.join(''), 'el');
    assert.equal(wire.seen[0]?.headers.get('range'), 'bytes=1-2');
  });
});

describe('S3 on the wire: refusals', () => {
  it('moves to the region the service names, remembers it, and believes it only once a request', async () => {
    const wire = createWire(({ origin }) => (origin.includes('ap-south-1') ? {} : { status: 301, headers: { 'x-amz-bucket-region': 'ap-south-1' } }));
    const driver = await wire.open();
    await driver.stat(path);
    await driver.stat(path);
    const loop = createWire((_request, count) => ({ status: 301, headers: { 'x-amz-bucket-region': `ap-south-${count}` } }));

    assert.deepEqual(wire.seen.map(({ origin }) => origin.split('.')[2]), ['eu-west-1', 'ap-south-1', 'ap-south-1']);
    await assert.rejects((await loop.open()).stat(path), withCode('INVALID_CONFIG', 'another region'));
    assert.equal(loop.seen.length, 2);
  });

  it('does not let an answer write a host name', async () => {
    const wire = createWire(() => ({ status: 301, headers: { 'x-amz-bucket-region': 'evil.example/' } }));

    await assert.rejects((await wire.open()).read(path), withCode('INVALID_CONFIG', 'another region'));
    assert.equal(wire.seen.length, 1);
  });

  it('corrects its clock by that of the service', async () => {
    const late = Date.UTC(2026, 10, 21, 5);
    const wire = createWire((_request, count) => (count === 1 ? { status: 403, headers: { date: new Date(late).toUTCString() }, body: error('RequestTimeTooSkewed') } : {}));
    const driver = await wire.open();
    (await driver.read(path)).cancel();

    assert.deepEqual(wire.seen.map(({ headers }) => headers.get('x-amz-date')), ['20261121T000000Z', '20261121T050000Z']);
  });

  it('looks for the reason behind a HEAD without one', async () => {
    const wire = createWire(({ method }) => (method === 'GET' ? { status: 403, body: error('InvalidAccessKeyId') } : { status: 403, headers: { 'x-amz-bucket-region': 'eu-west-1' } }));

    await assert.rejects((await wire.open()).stat(path), withCode('UNAUTHENTICATED', 'InvalidAccessKeyId'));
  });

  it('tells a missing bucket from a missing object, and asks that once', async () => {
    const missing = createWire(() => ({ status: 404 }));
    const there = createWire(({ target }) => (target === '/' ? {} : { status: 404 }));
    const driver = await there.open();

    await assert.rejects((await missing.open()).stat(path), withCode('INVALID_CONFIG', 'bucket does not exist'));
    await assert.rejects(driver.stat(path), withCode('NOT_FOUND'));
    await assert.rejects(driver.stat(path), withCode('NOT_FOUND'));
    assert.equal(there.seen.length, 3);
  });

  it('names code, request and what to do, and whether another try makes sense', async () => {
    const rows: readonly (readonly [status: number, code: string, becomes: TowlineError['code'], isRetryable: boolean])[] = [
      [503, 'SlowDown', 'RATE_LIMITED', true], [500, 'InternalError', 'UNAVAILABLE', true], [400, 'RequestTimeout', 'TIMEOUT', true], [403, 'AccessDenied', 'PERMISSION_DENIED', false],
      [403, 'SignatureDoesNotMatch', 'UNAUTHENTICATED', false], [400, 'KMS.DisabledException', 'PERMISSION_DENIED', false], [404, 'NoSuchKey', 'NOT_FOUND', false], [404, 'NoSuchBucket', 'INVALID_CONFIG', false],
      [400, 'ExpiredToken', 'UNAUTHENTICATED', false], [501, 'NotImplemented', 'UNSUPPORTED', false], [418, 'Teapot', 'UNKNOWN', false], [502, '', 'UNAVAILABLE', true],
    ];
    for (const [status, code, becomes, isRetryable] of rows) {
      const wire = createWire(() => ({ status, headers: { 'x-amz-request-id': 'R1', 'x-amz-id-2': 'H1', 'retry-after': '7' }, body: code === '' ? '<html>Bad gateway' : error(code) }));

      await assert.rejects((await wire.open()).read(path), (thrown) => {
        assert.ok(thrown instanceof TowlineError);
        assert.deepEqual([thrown.code, thrown.retryable, thrown.retryAfterSeconds, thrown.context['requestId'], thrown.context['hostId']], [becomes, isRetryable, 7, 'R1', 'H1'], code);
        assert.match(thrown.message, /^Cannot read s3:\/\/bucket\/pre\/a\/b: /);
        return true;
      });
    }
  });

  it('says CORRUPT of a damaged listing', async () => {
    const wire = createWire(() => ({ body: listing('<IsTruncated>true</IsTruncated><Contents><Key>a') }));

    await assert.rejects((await wire.open()).list?.(parsePath('')) ?? Promise.resolve(), withCode('CORRUPT', 'damaged XML'));
  });
});
