import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Driver } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import { type Quick, quickOf } from '../../src/storage/quick.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { readLanded, readMany, writeMany } from './many-small.ts';
import { type Answer, createWire, type SeenRequest, type Wire } from './s3-wire.ts';

const path = parsePath("a b/o'bject");
const hello = Buffer.from('hello');
const helloMd5 = '5d41402abc4b2a76b9719d911017c592';
const service = ({ method }: Pick<SeenRequest, 'method'>): Answer => ({ headers: { etag: `"${helloMd5}"`, 'content-length': '5', server: 'MinIO' }, ...(method === 'GET' && { body: 'hello' }) });

interface Opened { readonly driver: Driver; readonly read: NonNullable<Quick['read']>; readonly write: NonNullable<Quick['write']> }

/** A driver that has spoken to the service once. */
async function opened(wire: Wire, options: Readonly<Record<string, string>> = {}): Promise<Opened> {
  const driver = await wire.open(options);
  await driver.stat(path);
  const { read, write } = quickOf(driver);
  assert.ok(read && write);
  wire.seen.length = 0;
  return { driver, read, write };
}

const shown = ({ method, origin, target, headers, body }: SeenRequest): unknown => ({ method, origin, target, headers: Object.fromEntries(headers), body });

describe('the quick verbs of S3', () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  const choices: readonly Readonly<Record<string, string>>[] = [
    {}, { session_token: 'a token' }, { allow_anonymous_login: 'true' }, { sse: 'aws:kms', sse_kms_key_id: 'a-key', acl: 'private' }, { sse_customer_key: key },
    { payload_signing_enabled: 'true' }, { endpointurl: 'http://minio.example:9000' },
  ];
  for (const options of choices) {
    it(`send what the plain verbs send, with ${JSON.stringify(Object.keys(options))}`, async () => {
      const wire = createWire(service, { now: () => 1_700_000_000_000 });
      const { driver, read, write } = await opened(wire, options);

      const content = await read(path, {});
      await driver.read(path);
      const isStored = await write(path, hello, { md5: helloMd5 });
      await driver.write?.(path, { ...fromBytes(hello), checksum: { name: 'md5', value: helloMd5 } });

      assert.deepEqual(Buffer.from(content?.bytes ?? []), hello);
      assert.equal(isStored, true);
      const [quickGet, plainGet, quickPut, plainPut, ...more] = wire.seen.map(shown);
      assert.deepEqual(quickGet, plainGet);
      assert.deepEqual(quickPut, plainPut);
      assert.deepEqual(more, []);
    });
  }

  it('bring a large object to where it is to land', async () => {
    const large = 'a large object '.repeat(10_000);

    assert.equal(await readLanded(await createWire(() => ({ body: large })).open(), path), large);
  });

  it('read many objects, each by the request that the plain verb sends, also as the very first', async () => {
    for (const options of choices) {
      const wire = createWire(service, { now: () => 1_700_000_000_000 });
      const driver = await wire.open(options);

      const read = await readMany(driver, [path, parsePath('c')]);
      await driver.read(path);
      await driver.read(parsePath('c'));

      assert.deepEqual(read, ['hello', 'hello']);
      assert.deepEqual(wire.seen.slice(0, 2).map(shown), wire.seen.slice(2).map(shown));
    }
  });

  it('read what is there of many objects; after an answer of another kind the rest is left to the plain verbs', async () => {
    const paths = ['a', 'absent', 'b', 'hurt', 'c', 'd'].map(parsePath);
    for (const status of [206, 307, 403, 429, 500, 503]) {
      const wire = createWire((request) => (request.target.includes('absent') ? { status: 404 } : request.target.includes('hurt') ? { status, body: 'hello' } : service(request)));
      const { driver, read } = await opened(wire);

      assert.deepEqual(await readMany(driver, paths), ['hello', undefined, 'hello', undefined]);
      assert.equal(wire.seen.length, 4);
      assert.deepEqual(await readMany(driver, paths), []);
      assert.equal(await read(path, {}), undefined);
      assert.equal(wire.seen.length, 4);
    }
  });

  it('write many objects, each by the request that the plain verb sends, also as the very first', async () => {
    for (const options of choices) {
      const wire = createWire(service, { now: () => 1_700_000_000_000 });
      const driver = await wire.open(options);

      const stored = [...(await writeMany(driver, [path], { bytes: hello, md5: helloMd5 })), ...(await writeMany(driver, [parsePath('c')], { bytes: hello }))];
      await driver.write?.(path, { ...fromBytes(hello), checksum: { name: 'md5', value: helloMd5 } });
      await driver.write?.(parsePath('c'), fromBytes(hello));

      assert.deepEqual(stored, [true, true]);
      assert.deepEqual(wire.seen.slice(0, 2).map(shown), wire.seen.slice(2).map(shown));
    }
  });

  it('write many objects until an answer of another kind, and the rest is left to the plain verbs', async () => {
    const paths = ['a', 'b', 'hurt', 'c', 'd'].map(parsePath);
    for (const status of [204, 307, 400, 403, 404, 429, 500, 503]) {
      const wire = createWire((request) => (request.target.includes('hurt') ? { status } : service(request)));
      const { driver, write } = await opened(wire);

      assert.deepEqual(await writeMany(driver, paths, { bytes: hello, md5: helloMd5 }), [true, true, false]);
      assert.equal(wire.seen.length, 3);
      assert.deepEqual(await writeMany(driver, paths, { bytes: hello, md5: helloMd5 }), []);
      assert.equal(await write(path, hello, {}), false);
      assert.equal(wire.seen.length, 3);
    }
  });

  it('read many objects one at a time until one was there: the service may send elsewhere', async () => {
    const rooms: number[] = [];
    const wire = createWire(service);
    const driver = await wire.open();
    const paths = [parsePath('a'), parsePath('b')];

    await quickOf(driver).readMany?.({ next: () => { const next = paths.shift(); return next && { path: next }; }, room: () => { rooms.push(wire.seen.length); return 7; }, take: () => undefined });

    assert.deepEqual(rooms, [1, 2]);
  });

  it('send nothing before a request has succeeded: what there is to learn the plain verbs learn', async () => {
    const wire = createWire(service);
    const { read, write } = quickOf(await wire.open());

    assert.equal(await read?.(path, {}), undefined);
    assert.equal(await write?.(path, hello, {}), false);
    assert.equal(wire.seen.length, 0);
  });

  it('leave an absent object to the plain verb, and go on', async () => {
    const wire = createWire((request) => (request.target.includes('absent') ? { status: 404 } : service(request)));
    const { read } = await opened(wire);

    assert.equal(await read(parsePath('absent'), {}), undefined);
    assert.deepEqual(Buffer.from((await read(path, {}))?.bytes ?? []), hello);
  });

  for (const status of [206, 307, 403, 412, 429, 500, 503]) {
    it(`leave everything to the plain verbs after an answer of ${status}`, async () => {
      let isTroubled = false;
      const wire = createWire((request) => (isTroubled ? { status, headers: { 'content-length': '0' } } : service(request)));
      const { read, write } = await opened(wire);
      isTroubled = true;

      assert.equal(await read(path, {}), undefined);
      isTroubled = false;

      assert.equal(wire.seen.length, 1);
      assert.equal(await read(path, {}), undefined);
      assert.equal(await write(path, hello, { md5: helloMd5 }), false);
      assert.equal(wire.seen.length, 1);
    });
  }

  it('do not take a write for done when the ETag is that of other bytes', async () => {
    let etag = helloMd5;
    const wire = createWire(() => ({ headers: { etag: `"${etag}"`, server: 'MinIO' } }));
    const { write } = await opened(wire);

    assert.equal(await write(path, hello, { md5: helloMd5 }), true);
    etag = '0123456789abcdef0123456789abcdef';
    assert.equal(await write(path, hello, { md5: helloMd5 }), false);
    const { driver } = await opened(createWire(() => ({ headers: { etag: `"${etag}"`, server: 'MinIO' } })));
    assert.deepEqual(await writeMany(driver, [path], { bytes: hello, md5: helloMd5 }), [false]);
    assert.deepEqual(await writeMany(await createWire(() => ({ headers: { etag: `"${etag}"`, server: 'MinIO' } })).open(), [path], { bytes: hello }), [false]);
  });

  it('give a larger object as a body that has begun', async () => {
    const large = 'x'.repeat(100_000);
    const wire = createWire(({ method }) => ({ headers: { 'content-length': '100000' }, ...(method === 'GET' && { body: large }) }));
    const { read } = await opened(wire);

    const begun = await read(path, {});

    assert.equal(begun?.bytes, undefined);
    assert.equal(begun?.entry?.size, large.length);
    let text = '';
    for await (const chunk of begun?.body ?? []) text += Buffer.from(chunk).toString();
    assert.equal(text, large);
  });

  it('have nothing for a URL that names one version', async () => {
    assert.deepEqual(quickOf(await createWire(service).open({}, {}, 's3://bucket/object?versionId=v1')), {});
  });
});

describe('the quick listing of S3', () => {
  const folder = parsePath('files/md5');
  const key = (at: number): string => `pre/files/md5/0${at}/${'c'.repeat(30)}`;
  const page = (keys: readonly string[], more = '<IsTruncated>false</IsTruncated>'): string =>
    `<ListBucketResult>${more}${keys.map((one) => `<Contents><Key>${one}</Key><LastModified>2026-11-21T00:00:00.000Z</LastModified><ETag>&quot;${helloMd5}&quot;</ETag><Size>5</Size></Contents>`).join('')}</ListBucketResult>`;
  const truncated = (token = ''): string => `<IsTruncated>true</IsTruncated>${token === '' ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`}`;
  interface Told { readonly names: readonly string[]; readonly said: { readonly cursor?: string } | undefined }
  async function ask(driver: Driver, options: { readonly startsWith?: string; readonly cursor?: string } = {}): Promise<Told> {
    const names: string[] = [];
    const said = await quickOf(driver).list?.(folder, { ...options, take: ({ bytes, start, end, size }) => { names.push(`${Buffer.from(bytes.subarray(start, end)).toString()} ${size}`); } });
    return { names, said };
  }

  it('asks what the plain verb asks, for names that are not encoded, also as the first of all, and tells the same', async () => {
    const wire = createWire(() => ({ headers: { server: 'MinIO' }, body: page([key(1), key(2)], truncated('next&amp;page')) }), { now: () => 1_700_000_000_000 });
    const driver = await wire.open();

    const { names, said } = await ask(driver, { startsWith: '0', cursor: 'a cursor' });
    const plain = await driver.list?.(folder, { startsWith: '0', cursor: 'a cursor' });

    const [quick, other] = [wire.seen[0] ?? assert.fail(), wire.seen[1] ?? assert.fail()];
    const unsigned = (request: SeenRequest): SeenRequest => ({ ...request, headers: new Map([...request.headers].filter(([name]) => name !== 'authorization')) });
    assert.notEqual(quick.target, other.target);
    assert.deepEqual(shown(unsigned(quick)), shown(unsigned({ ...other, target: other.target.replace('encoding-type=url&', '') })));
    assert.deepEqual([...quick.headers.keys()], [...other.headers.keys()]);
    assert.deepEqual(names, plain?.entries.map(({ path: one, size }) => `${one} ${size}`));
    assert.deepEqual(said, { cursor: 'next&page' });
    assert.equal(plain?.cursor, said?.cursor);
  });

  it('is read where a service encodes every name that it is asked to encode', async () => {
    const wire = createWire(({ target }) => ({ body: page([key(1), key(2)].map((one) => (target.includes('encoding-type') ? encodeURIComponent(one) : one))) }));

    assert.deepEqual((await ask(await wire.open())).names, [1, 2].map((at) => `${key(at).replace('pre/', '')} 5`));
  });

  it('gives no name where the whole answer is known, and shows it whole', async () => {
    const answers: string[] = [];
    const names: unknown[] = [];
    const driver = await createWire(() => ({ body: page([key(1)]) })).open();
    for (const isKnown of [false, true]) {
      const said = await quickOf(driver).list?.(folder, { take: ({ size }) => { names.push(size); }, isKnown: (answer) => { answers.push(Buffer.from(answer).toString()); return isKnown; } });
      assert.deepEqual(said, {});
    }

    assert.deepEqual(names, [5]);
    assert.deepEqual(answers, [page([key(1)]), page([key(1)])]);
  });

  it('knows an empty page', async () => {
    assert.deepEqual(await ask(await createWire(() => ({ body: page([]) })).open()), { names: [], said: {} });
  });

  const odd: Readonly<Record<string, Answer>> = {
    'another status': { status: 503 }, 'no listing': { body: '<html></html>' }, 'a listing that is cut off': { body: page([key(1)]).slice(0, -20) }, 'a page that says more follows, but not where': { body: page([key(1)], truncated()) },
    'the same page again': { body: page([key(1)], truncated('again')) }, 'names that were not asked for': { body: page(['other/files/md5/01/x']) }, 'rows that are no plain ones': { body: page([key(1)]).replace('<Key>', '<Key >') },
    'rows in a comment': { body: page([key(1)]).replace('<Contents>', '<!--<Contents>').replace('</Contents>', '</Contents>-->') }, 'an empty page that is not the last': { body: page([], truncated('next')) },
  };
  for (const [what, answer] of Object.entries(odd)) {
    it(`leaves ${what} to the plain verb, and all that follows`, async () => {
      let isOdd = true;
      const wire = createWire(() => (isOdd ? answer : { body: page([key(1)]) }));
      const driver = await wire.open();

      assert.equal((await ask(driver, { cursor: 'again' })).said, undefined);
      isOdd = false;

      assert.equal((await ask(driver)).said, undefined);
      assert.equal(wire.seen.length, 1);
    });
  }

  it('is not for the old call, nor for a prefix that services spell in several ways', async () => {
    const wire = createWire(() => ({ body: page([]) }));

    assert.equal((await ask(await wire.open({ listobjects: 'true' }))).said, undefined);
    assert.equal((await ask(await wire.open({}, {}, 's3://bucket/a b'))).said, undefined);
    assert.equal(wire.seen.length, 0);
  });
});
