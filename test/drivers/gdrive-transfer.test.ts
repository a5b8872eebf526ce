import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { TowlineError } from '../../src/errors.ts';
import { applyLayers } from '../../src/storage/layer.ts';
import { standardLayers } from '../../src/storage/layers/standard.ts';
import { joinPath, parsePath, type Path } from '../../src/storage/path.ts';
import { fromBytes, type Source } from '../../src/storage/source.ts';
import { clock } from '../lent.ts';
import type { DriveFake } from '../servers/drive-fake.ts';
import type { DriveDriver } from '../servers/open-drive.ts';
import { createDriveMachine, type DriveMachine, failure, md5, noise, readText, streamed, text } from './gdrive-machine.ts';

const MIB = 1024 * 1024;
const x = parsePath('x');

let machine: DriveMachine;
let fake: DriveFake;
let open: DriveMachine['open'];
beforeEach(async () => {
  machine = await createDriveMachine();
  ({ fake, open } = machine);
});
afterEach(async () => { await machine.stop(); });

describe('refusals of Google Drive', () => {
  const rows: readonly (readonly [status: number, reason: string, code: string, retryable: boolean, hint: RegExp])[] = [
    [403, 'userRateLimitExceeded', 'RATE_LIMITED', true, /jobs/], [403, 'rateLimitExceeded', 'RATE_LIMITED', true, /jobs/], [429, 'rateLimitExceeded', 'RATE_LIMITED', true, /jobs/],
    [403, 'dailyLimitExceeded', 'PERMISSION_DENIED', false, /tomorrow/], [403, 'storageQuotaExceeded', 'PERMISSION_DENIED', false, /shared drive/], [403, 'insufficientFilePermissions', 'PERMISSION_DENIED', false, /Editor/],
    [403, 'accessNotConfigured', 'PERMISSION_DENIED', false, /Google Drive API/], [403, 'insufficientPermissions', 'PERMISSION_DENIED', false, /every box/],
    [500, 'internalError', 'UNAVAILABLE', true, /later/], [503, 'backendError', 'UNAVAILABLE', true, /later/], [403, 'somethingNew', 'PERMISSION_DENIED', false, /Editor/], [502, '', 'UNAVAILABLE', true, /later/],
  ];
  for (const [status, reason, code, retryable, hint] of rows) {
    it(`${status} ${reason} is ${code}`, async () => {
      const driver = await open();
      await driver.write(x, text('x'));
      fake.trouble({ status, reason, headers: { 'retry-after': '7' } });
      const error = await failure(driver.stat(x));
      assert.deepEqual([error.code, error.retryable, error.retryAfterSeconds, error.context['status']], [code, retryable, 7, status]);
      assert.match(error.hint ?? '', hint);
      assert.match(error.message, /^Cannot look into gdrive:\/\/root: /);
    });
  }

  it('a limit that is kept for a moment is waited for', async () => {
    const driver = applyLayers(await open(), standardLayers({ concurrency: 4 }, clock));
    fake.trouble({ when: /^POST \/upload/, status: 403, reason: 'userRateLimitExceeded', times: 2 });
    await driver.write?.(x, text('x'));
    assert.equal(fake.store.find('root', 'data/x')?.bytes?.toString(), 'x');
  });

  it('who may not delete on a shared drive is told the role he needs', async () => {
    const driver = await open({ url: `gdrive://${fake.store.addDrive('Team')}` });
    await driver.write(x, text('x'));
    fake.trouble({ when: /^DELETE/, status: 403, reason: 'insufficientFilePermissions', location: 'file.permissions' });
    assert.match((await failure(driver.delete([{ path: x }]))).hint ?? '', /Manager.*gdrive_trash_only/);
  });

  it('one name of many that cannot be deleted does not keep the others', async () => {
    const driver = await open();
    const names = ['a', 'b', 'c'].map((path) => ({ path: parsePath(path) }));
    for (const { path } of names) await driver.write(path, text('x'));
    fake.trouble({ when: new RegExp(`^DELETE .*${fake.store.find('root', 'data/b')?.id ?? ''}`), status: 403, reason: 'insufficientFilePermissions' });
    const results = await driver.delete(names);
    assert.deepEqual(results.map(({ path, error }) => [path, error instanceof TowlineError ? error.code : undefined]), [['a', undefined], ['b', 'PERMISSION_DENIED'], ['c', undefined]]);
  });
});

describe('reading from Google Drive', () => {
  it('what is replaced between the look and the bytes is told as what it is', async () => {
    const driver = await open();
    await driver.write(x, text('old'));
    fake.meanwhile = (line) => {
      const stored = fake.store.find('root', 'data/x');
      if (line.includes('alt=media') && stored?.bytes?.toString() === 'old') fake.store.fill(stored, Buffer.from('newer'));
    };
    const content = await driver.read(x);
    content.cancel();
    assert.deepEqual([content.entry.size, content.entry.etag], [5, md5(Buffer.from('newer'))]);
  });

  it('and is PRECONDITION_FAILED for who goes on with the old', async () => {
    const driver = await open();
    await driver.write(x, text('old'));
    fake.meanwhile = (line) => {
      const stored = fake.store.find('root', 'data/x');
      if (line.includes('alt=media') && stored?.bytes?.toString() === 'old') fake.store.fill(stored, Buffer.from('newer'));
    };
    assert.equal((await failure(driver.read(x, { start: 1, ifMatch: md5(Buffer.from('old')) }))).code, 'PRECONDITION_FAILED');
  });

  it('the checksum is the one that Drive keeps: no byte is read for it', async () => {
    const driver = await open();
    await driver.write(x, text('hello'));
    fake.requests.length = 0;
    assert.deepEqual((await driver.stat(x)).checksum, { name: 'md5', value: md5(Buffer.from('hello')) });
    assert.equal(machine.asked(/alt=media/), 0);
  });
});

describe('writing to Google Drive', () => {
  it('what is there keeps its id, and gets the type and properties of the new', async () => {
    const driver = await open();
    await driver.write(x, text('old'));
    const id = fake.store.find('root', 'data/x')?.id;
    await driver.write(x, text('new'), { contentType: 'text/plain', metadata: { made: 'here' } });
    const stored = fake.store.find('root', 'data/x');
    assert.deepEqual([stored?.id, stored?.mimeType, stored?.properties, stored?.bytes?.toString()], [id, 'text/plain', { made: 'here' }, 'new']);
    assert.equal((await failure(driver.write(x, text('x'), { contentType: 'application/vnd.google-apps.document' }))).code, 'INVALID_ARGUMENT');
  });

  it('large objects are resumable: begun by one request, and whole by the last', async () => {
    const driver = await open();
    const bytes = noise(33 * MIB + 77);
    for (const source of [streamed(bytes), { ...streamed(bytes), size: undefined }]) {
      fake.requests.length = 0;
      await driver.write(x, { ...source, checksum: { name: 'md5', value: md5(bytes) } });
      assert.equal(fake.store.find('root', 'data/x')?.md5, md5(bytes));
      assert.deepEqual([machine.asked(/uploadType=multipart/), machine.asked(/^(POST|PATCH) .*uploadType=resumable/), machine.asked(/^PUT/)], [0, 1, 4]);
    }
  });

  it('a service that keeps less than it was sent is sent the rest', async () => {
    const driver = await open();
    const bytes = noise(20 * MIB + 1);
    fake.uploads.keepsAtMost = 3 * MIB;
    await driver.write(x, streamed(bytes));
    assert.equal(fake.store.find('root', 'data/x')?.md5, md5(bytes));
  });

  it('a part that failed goes on where the service is', async () => {
    const driver = await open();
    const bytes = noise(32 * MIB + 5);
    const upload = await driver.upload(x, { size: bytes.byteLength });
    const parts = [];
    for (const [index, start] of [0, 16 * MIB, 32 * MIB].entries()) {
      const part = { number: index + 1, start, end: Math.min(start + 16 * MIB, bytes.byteLength) };
      const source = fromBytes(bytes.subarray(part.start, part.end));
      if (index === 1) {
        fake.trouble({ when: /^PUT .*upload_id/, status: 503, reason: 'backendError' });
        assert.equal((await failure(upload.send(part, source))).retryable, true);
      }
      parts.push(await upload.send(part, source));
    }
    assert.equal(fake.store.find('root', 'data/x'), undefined);
    fake.trouble({ when: /^PUT .*upload_id/, status: 503, reason: 'backendError' });
    await failure(upload.complete(parts));
    const entry = await upload.complete(parts);
    assert.deepEqual([entry.size, entry.checksum?.value], [bytes.byteLength, md5(bytes)]);
  });

  it('an upload the service has forgotten, or has finished, is NOT_FOUND', async () => {
    const driver = await open();
    const bytes = noise(1000);
    const upload = await driver.upload(x, { size: 1000 });
    const part = await upload.send({ number: 1, start: 0, end: 1000 }, fromBytes(bytes));
    await upload.complete([part]);
    assert.equal((await failure((await open()).upload(x, { size: 1000, resume: upload.token }))).code, 'NOT_FOUND');
    const other = await driver.upload(x, { size: 1000 });
    fake.uploads.forget();
    assert.equal((await failure((await open()).upload(x, { size: 1000, resume: other.token }))).code, 'NOT_FOUND');
    const damaged = ['%%%', Buffer.from('[1,"root","data/x","https://evil.example/",262144]').toString('base64url'), Buffer.from('[1,"root","data/y","u",1]').toString('base64url')];
    for (const resume of damaged) assert.equal((await failure(driver.upload(x, { size: 1000, resume }))).code, 'NOT_FOUND');
    assert.equal(machine.asked(/evil/), 0);
  });

  it('wrong bytes never become visible, whichever way they would go', async () => {
    const driver = await open();
    await driver.write(x, text('good'));
    for (const source of [text('bad!'), streamed(Buffer.from('bad!')), streamed(noise(9 * MIB)), { ...streamed(noise(17 * MIB)), size: undefined }]) {
      assert.equal((await failure(driver.write(x, { ...source, checksum: { name: 'md5', value: md5(Buffer.from('else')) } }))).code, 'CORRUPT');
      assert.equal(fake.store.find('root', 'data/x')?.bytes?.toString(), 'good');
    }
    assert.equal(fake.uploads.count, 0);
  });

  it('a service that stored other bytes than it was sent is not believed', async () => {
    const driver = await open();
    fake.meanwhile = undefined;
    const { fill } = fake.store;
    fake.store.fill = (stored, bytes) => { fill(stored, Buffer.concat([bytes, Buffer.from('!')])); };
    const error = await failure(driver.write(x, streamed(noise(300_000))));
    assert.deepEqual([error.code, error.retryable], ['CORRUPT', false]);
    assert.equal(fake.store.find('root', 'data/x'), undefined);
  });
});

describe('copies on Google Drive', () => {
  const source = async (from: DriveDriver, path: Path, words: string): Promise<Source> => ({ ...text(words), origin: from.origin(path), open: () => assert.fail('the bytes passed here') });

  it('are made by the service, also from another folder or shared drive', async () => {
    const drive = fake.store.addDrive('Team');
    const driver = await open();
    for (const url of ['gdrive://root/elsewhere', `gdrive://${drive}`, 'gdrive://root/data']) {
      const from = await open({ url });
      await from.write(parsePath('from/x'), text('hello'));
      const to = joinPath(parsePath('to'), url.replaceAll(/\W/g, '-'));
      const written = await driver.write(to, { ...(await source(from, parsePath('from/x'), 'hello')), checksum: { name: 'md5', value: md5(Buffer.from('hello')) } });
      assert.deepEqual([written.how, await readText(driver, to)], ['copied', 'hello']);
    }
    assert.equal(machine.asked(/^POST .*\/copy\?/), 3);
  });

  it('are not made of another object than is meant, nor over one that is there', async () => {
    const driver = await open();
    await driver.write(parsePath('a'), text('other'));
    const meant = { ...text('hello'), origin: driver.origin(parsePath('a')), checksum: { name: 'md5' as const, value: md5(Buffer.from('hello')) } };
    assert.equal((await driver.write(parsePath('b'), meant)).how, 'streamed');
    assert.equal((await driver.write(parsePath('b'), { ...text('other'), origin: driver.origin(parsePath('a')) })).how, 'streamed');
    assert.deepEqual([await readText(driver, parsePath('b')), machine.asked(/\/copy\?/)], ['other', 0]);
  });
});
