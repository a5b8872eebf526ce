import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePath } from '../../src/storage/path.ts';
import { quickOf } from '../../src/storage/quick.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { readLanded, readMany, writeMany } from './many-small.ts';
import { createOssWire, type OssWire } from './oss-wire.ts';
import type { SeenRequest } from './s3-wire.ts';

const path = parsePath("a b/o'bject");
const hello = Buffer.from('hello');
const md5 = '5d41402abc4b2a76b9719d911017c592';
const shown = ({ method, origin, target, headers, body }: SeenRequest): unknown => ({ method, origin, target, headers: Object.fromEntries(headers), body });
/** A service that answers so whatever is asked with this method of an object named 'hurt'. */
const hurting = (method: string, { status, headers }: { readonly status: number; readonly headers?: Readonly<Record<string, string>> }): OssWire =>
  createOssWire({ onAnswer: (answer, request) => (request.method === method && request.target.includes('hurt') ? { status, ...(headers && { headers }), body: Buffer.from('hello') } : answer) });

describe('the quick verbs of OSS', () => {
  for (const options of [{}, { signature_version: 'v1' }, { oss_key_id: '', oss_key_secret: '', allow_anonymous_login: 'true' }]) {
    it(`send what the plain verbs send, also as the very first, with ${JSON.stringify(options)}`, async () => {
      const wire = createOssWire();
      wire.service.bucket('bucket').acl = 'public-read-write';
      const driver = await wire.open(options);

      assert.deepEqual([...(await writeMany(driver, [path], { bytes: hello, md5 })), ...(await writeMany(driver, [parsePath('c')], { bytes: hello }))], [true, true]);
      assert.deepEqual(await readMany(driver, [path, parsePath('c')]), ['hello', 'hello']);
      await driver.write(path, { ...fromBytes(hello), checksum: { name: 'md5', value: md5 } });
      await driver.write(parsePath('c'), fromBytes(hello));
      await driver.read(path);
      await driver.read(parsePath('c'));

      assert.deepEqual(wire.seen.slice(0, 4).map(shown), wire.seen.slice(4).map(shown));
    });
  }

  it('bring a large object to where it is to land', async () => {
    const driver = await createOssWire().open();
    const large = 'a large object '.repeat(10_000);
    await driver.write(path, fromBytes(Buffer.from(large)));

    assert.equal(await readLanded(driver, path), large);
  });

  it('read what is there of many; after an answer of another kind the rest is left to the plain verbs', async () => {
    for (const status of [206, 307, 403, 429, 503]) {
      const wire = hurting('GET', { status });
      const driver = await wire.open();
      await writeMany(driver, ['a', 'b', 'hurt', 'c'].map(parsePath), { bytes: hello, md5 });
      wire.seen.length = 0;
      const paths = ['a', 'absent', 'b', 'hurt', 'c', 'd'].map(parsePath);

      assert.deepEqual(await readMany(driver, paths), ['hello', undefined, 'hello', undefined]);
      assert.deepEqual(await readMany(driver, paths), []);
      assert.equal(wire.seen.length, 4);
    }
  });

  it('write many until an answer of another kind, or another sum, and the rest is left to the plain verbs', async () => {
    for (const hurt of [{ status: 204 }, { status: 307 }, { status: 400 }, { status: 403 }, { status: 404 }, { status: 503 }, { status: 200, headers: { 'x-oss-hash-crc64ecma': '7' } }]) {
      const wire = hurting('PUT', hurt);
      const driver = await wire.open();
      const paths = ['a', 'b', 'hurt', 'c', 'd'].map(parsePath);

      assert.deepEqual(await writeMany(driver, paths, { bytes: hello, md5 }), [true, true, false]);
      assert.deepEqual(await writeMany(driver, paths, { bytes: hello, md5 }), []);
      assert.equal(wire.seen.length, 3);
    }
  });

  it('are not there where the URL names one version', async () => {
    assert.equal(quickOf(await createOssWire().open({}, {}, 'oss://bucket/file?versionId=abc')).readMany, undefined);
    assert.notEqual(quickOf(await createOssWire().open()).readMany, undefined);
  });
});
