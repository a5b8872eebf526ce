import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePath } from '../../src/storage/path.ts';
import { quickOf } from '../../src/storage/quick.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { createAzureWire } from './azure-wire.ts';
import { readLanded, readMany, writeMany } from './many-small.ts';
import type { Answer, SeenRequest } from './s3-wire.ts';

const path = parsePath("a b/o'bject");
const hello = Buffer.from('hello');
const md5 = '5d41402abc4b2a76b9719d911017c592';
const base64Md5 = Buffer.from(md5, 'hex').toString('base64');
const service = ({ method }: SeenRequest): Answer => (method === 'PUT' ? { status: 201, headers: { 'content-md5': base64Md5 } } : { body: 'hello' });
const shown = ({ method, origin, target, headers, body }: SeenRequest): unknown => ({ method, origin, target, headers: Object.fromEntries(headers), body });
const choices: readonly Readonly<Record<string, string>>[] = [
  {}, { account_key: '', sas_token: 'sv=2021-12-02&sig=hidden-secret%3D' }, { account_key: '', allow_anonymous_login: 'true' }, { timeout: '30' }, { endpointurl: 'http://127.0.0.1:10000/devstoreaccount1' },
];

describe('the quick verbs of Azure', () => {
  for (const options of choices) {
    it(`send what the plain verbs send, also as the very first, with ${JSON.stringify(Object.keys(options))}`, async () => {
      const wire = createAzureWire(service, { now: () => 1_700_000_000_000 });
      const driver = await wire.open(options);

      assert.deepEqual(await readMany(driver, [path, parsePath('c')]), ['hello', 'hello']);
      assert.deepEqual([...(await writeMany(driver, [path], { bytes: hello, md5 })), ...(await writeMany(driver, [parsePath('c')], { bytes: hello }))], [true, true]);
      await driver.read(path);
      await driver.read(parsePath('c'));
      await driver.write(path, { ...fromBytes(hello), checksum: { name: 'md5', value: md5 } });
      await driver.write(parsePath('c'), fromBytes(hello));

      assert.deepEqual(wire.seen.slice(0, 4).map(shown), wire.seen.slice(4).map(shown));
    });
  }

  it('read what is there of many; after an answer of another kind the rest is left to the plain verbs', async () => {
    for (const hurt of [{ status: 206 }, { status: 307 }, { status: 403 }, { status: 429 }, { status: 503 }, { headers: { 'x-ms-meta-hdi_isfolder': 'true' } }] as const) {
      const wire = createAzureWire((request) => (request.target.includes('absent') ? { status: 404 } : request.target.includes('hurt') ? { ...hurt, body: 'hello' } : service(request)));
      const driver = await wire.open();
      const paths = ['a', 'absent', 'b', 'hurt', 'c', 'd'].map(parsePath);

      assert.deepEqual(await readMany(driver, paths), ['hello', undefined, 'hello', undefined]);
      assert.deepEqual(await readMany(driver, paths), []);
      assert.equal(wire.seen.length, 4);
    }
  });

  it('write many until an answer of another kind, or another digest, and the rest is left to the plain verbs', async () => {
    const other = Buffer.alloc(16, 1).toString('base64');
    for (const hurt of [{ status: 200 }, { status: 307 }, { status: 400 }, { status: 403 }, { status: 404 }, { status: 409 }, { status: 503 }, { status: 201, headers: { 'content-md5': other } }] as const) {
      const wire = createAzureWire((request) => (request.target.includes('hurt') ? hurt : service(request)));
      const driver = await wire.open();
      const paths = ['a', 'b', 'hurt', 'c', 'd'].map(parsePath);

      assert.deepEqual(await writeMany(driver, paths, { bytes: hello, md5 }), [true, true, false]);
      assert.deepEqual(await writeMany(driver, paths, { bytes: hello, md5 }), []);
      assert.equal(wire.seen.length, 3);
    }
  });

  it('bring a large object to where it is to land, and what is no object to nobody', async () => {
    const large = 'a large object '.repeat(10_000);

    assert.equal(await readLanded(await createAzureWire(() => ({ body: large })).open(), path), large);
    assert.equal(await readLanded(await createAzureWire(() => ({ body: large, headers: { 'x-ms-meta-hdi_isfolder': 'true' } })).open(), path), undefined);
  });

  it('go one by one until a request has succeeded', async () => {
    const driver = await createAzureWire(service).open();
    const rooms: number[] = [];
    // The line sends one after the other, and asks for the room before each.
    const waiting = ['a', 'b'].map(parsePath);
    await quickOf(driver).readMany?.({ room: () => { rooms.push(waiting.length); return 7; }, take: () => undefined, next: () => {
      const next = waiting.shift();
      return next && { path: next };
    } });

    assert.deepEqual(rooms, [1, 0]);
  });

  it('are not there where the URL names one version', async () => {
    const versioned = await createAzureWire(service).open({}, {}, 'azure://box/file?versionid=2026-11-21T00:00:00.0000000Z');

    assert.equal(quickOf(versioned).readMany, undefined);
    assert.notEqual(quickOf(await createAzureWire(service).open()).readMany, undefined);
  });
});
