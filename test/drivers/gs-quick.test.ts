import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Driver } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import { quickOf } from '../../src/storage/quick.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { addGcsBucket, type GcsCall, type GcsReply, type GcsService, startGcsService } from '../servers/gcs-service.ts';
import { type GoogleTokens, startGoogleTokens } from '../servers/google-tokens.ts';
import { openGs } from '../servers/open-gs.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { readLanded, readMany, writeMany } from './many-small.ts';

const path = parsePath("a b/o'bject");
const hello = Buffer.from('hello');
const md5 = '5d41402abc4b2a76b9719d911017c592';

let tokens: GoogleTokens;
let service: GcsService;
let home: string;
before(async () => {
  home = temporaryFolder('gs-quick');
  tokens = await startGoogleTokens();
  service = await startGcsService({ tokens: tokens.valid });
  addGcsBucket(service, 'public', { isPublic: true });
});
after(async () => {
  await Promise.all([service.stop(), tokens.stop()]);
  removeFolder(home);
});
beforeEach(() => {
  addGcsBucket(service, 'bucket');
  service.calls.length = 0;
  service.manners.before = undefined;
});

const open = async (options: Readonly<Record<string, string>> = {}, url = 'gs://bucket/pre'): Promise<Required<Driver>> => await openGs({ home, url, options: { endpointurl: service.url, credentialpath: tokens.keyFile(home), ...options }, opening: { randomBytes: (count) => new Uint8Array(count) } });
const shown = ({ method, path: target, query, headers, body }: GcsCall): unknown => ({ method, target, query: query.toString(), headers, body: body.toString('latin1') });
/** Whatever is about an object named 'hurt' is answered so. */
const hurting = (reply: GcsReply): void => {
  service.manners.before = (call) => (`${call.path}${call.body.toString('latin1')}`.includes('hurt') ? reply : undefined);
};

describe('the quick verbs of Google Cloud Storage', () => {
  it('send what the plain verbs send, also as the very first', async () => {
    const driver = await open({ projectname: 'payer' });

    assert.deepEqual([...(await writeMany(driver, [path], { bytes: hello, md5 })), ...(await writeMany(driver, [parsePath('c')], { bytes: hello }))], [true, true]);
    assert.deepEqual(await readMany(driver, [path, parsePath('c')]), ['hello', 'hello']);
    await driver.write(path, { ...fromBytes(hello), checksum: { name: 'md5', value: md5 } });
    await driver.write(parsePath('c'), fromBytes(hello));
    for (const one of [path, parsePath('c')]) for await (const chunk of (await driver.read(one)).body) assert.deepEqual(Buffer.from(chunk), hello);

    assert.equal(service.calls.length, 8);
    assert.deepEqual(service.calls.slice(0, 4).map(shown), service.calls.slice(4).map(shown));
  });

  it('need no login where nobody has to log in', async () => {
    await writeMany(await open({}, 'gs://public/pre'), [path], { bytes: hello, md5 });
    const anonymous = await openGs({ home, url: 'gs://public/pre', options: { endpointurl: service.url, allow_anonymous_login: 'true' } });

    assert.deepEqual(await readMany(anonymous, [path, path]), ['hello', 'hello']);
    assert.deepEqual(service.calls.map(({ headers }) => headers.authorization?.slice(0, 6)), ['Bearer', undefined, undefined]);
  });

  it('bring a large object to where it is to land', async () => {
    const driver = await open();
    const large = 'a large object '.repeat(10_000);
    await driver.write(path, fromBytes(Buffer.from(large)));

    assert.equal(await readLanded(driver, path), large);
  });

  it('read what is there of many; after an answer of another kind the rest is left to the plain verbs', async () => {
    for (const hurt of [{ status: 206, body: 'hello' }, { status: 307 }, { status: 403 }, { status: 429 }, { status: 503 }]) {
      const driver = await open();
      await writeMany(driver, ['a', 'b', 'hurt', 'c'].map(parsePath), { bytes: hello, md5 });
      hurting(hurt);
      service.calls.length = 0;
      const paths = ['a', 'absent', 'b', 'hurt', 'c', 'd'].map(parsePath);

      assert.deepEqual(await readMany(driver, paths), ['hello', undefined, 'hello', undefined]);
      assert.deepEqual(await readMany(driver, paths), []);
      assert.equal(service.calls.length, 4);
      service.manners.before = undefined;
    }
  });

  it('write many until an answer of another kind, or another object than was sent, and the rest is left to the plain verbs', async () => {
    const other = (fields: object): GcsReply => ({ status: 200, body: JSON.stringify({ name: 'pre/hurt', size: '5', md5Hash: Buffer.from(md5, 'hex').toString('base64'), ...fields }) });
    for (const hurt of [{ status: 201 }, { status: 307 }, { status: 400 }, { status: 403 }, { status: 412 }, { status: 503 }, { status: 200 }, { status: 200, body: 'no JSON' }, other({ size: '4' }), other({ md5Hash: Buffer.alloc(16, 1).toString('base64') })]) {
      hurting(hurt);
      const driver = await open();
      service.calls.length = 0;
      const paths = ['a', 'b', 'hurt', 'c', 'd'].map(parsePath);

      assert.deepEqual(await writeMany(driver, paths, { bytes: hello, md5 }), [true, true, false]);
      assert.deepEqual(await writeMany(driver, paths, { bytes: hello, md5 }), []);
      assert.equal(service.calls.length, 3);
    }
  });

  it('end where a token does, and leave the rest to the verbs that wait for another', async () => {
    let time = Date.now();
    const driver = await openGs({ home, options: { endpointurl: service.url, credentialpath: tokens.keyFile(home) }, opening: { now: () => time } });
    const waiting = ['a', 'b', 'c'].map(parsePath);
    const stored: boolean[] = [];
    await quickOf(driver).writeMany?.({ room: () => 1, next: () => {
      const next = waiting.shift();
      return next && { path: next, bytes: hello, md5 };
    }, take: (_item, isStored) => {
      stored.push(isStored);
      time += 3_600_000;
    } });

    assert.deepEqual([stored, waiting.length], [[true], 2]);
  });

  it('are not there where the URL names one generation', async () => {
    assert.equal(quickOf(await open({}, 'gs://bucket/file#12')).readMany, undefined);
    assert.notEqual(quickOf(await open()).readMany, undefined);
  });
});
