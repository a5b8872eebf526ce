import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { s3 } from '../../src/drivers/s3/index.ts';
import { gather } from '../../src/storage/content.ts';
import type { With } from '../../src/storage/driver.ts';
import { inParallel } from '../../src/storage/in-parallel.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { Storage } from '../../src/storage/storage.ts';
import { openDriver } from '../../test/lent.ts';
import { createStubService } from './answer.ts';
import { StubConnection } from './connection.ts';

const service = createStubService();
const sockets = new Set<Socket>();
const server = createServer((socket) => {
  sockets.add(socket);
  return new StubConnection(socket, service);
});
let endpoint = '';

before(async () => {
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
after(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function open(url: string): Promise<With<'write' | 'list' | 'delete'>> {
  const driver = await openDriver(s3, url, { home: tmpdir(), settings: { endpointurl: endpoint, region: 'us-east-1', access_key_id: 'a', secret_access_key: 'b' } });
  return new Storage(driver).require('write', 'list', 'delete');
}

describe('the S3 server of the benchmark, asked by our driver', () => {
  it('gives back what was stored, whole and by ranges, until it is deleted', async () => {
    const driver = await open('s3://bench/pre');
    const path = parsePath('folder/object');
    const bytes = Buffer.from('some bytes');

    await driver.write(path, fromBytes(bytes));
    const found = await driver.stat(path);
    const whole = await gather((await driver.read(path)).body, 100);
    const part = await gather((await driver.read(path, { start: 5, end: 8 })).body, 100);
    await driver.delete([{ path }]);

    await assert.rejects(driver.stat(path), { code: 'NOT_FOUND' });
    assert.equal(found.etag, createHash('md5').update(bytes).digest('hex'));
    assert.deepEqual([Buffer.from(whole).toString(), Buffer.from(part).toString()], ['some bytes', 'byt']);
  });

  it('lists page by page, in order, what begins as it was asked', async () => {
    const driver = await open('s3://listed/pre');
    const names = Array.from({ length: 1005 }, (_, index) => `a/${String(index).padStart(4, '0')}`);
    await inParallel([...names, 'b/other'], 16, async (name) => { await driver.write(parsePath(name), fromBytes(Buffer.from(name))); });

    const first = await driver.list(parsePath('a'));
    const second = await driver.list(parsePath('a'), { cursor: first.cursor ?? '' });

    assert.equal(first.entries.length, 1000);
    assert.equal(second.cursor, undefined);
    assert.deepEqual([...first.entries, ...second.entries].map(({ path }) => path), names);
  });

  it('holds objects nobody stored in a bucket that is made up, each in one shard', async () => {
    const driver = await open('s3://made-5000');
    const seen = new Set<string>();

    for (const digit of '0123456789abcdef') for (const { path } of (await driver.list(parsePath('files/md5'), { startsWith: digit })).entries) seen.add(path);

    assert.equal(seen.size, 5000);
    assert.ok([...seen].every((path) => /^files\/md5\/[0-9a-f]{2}\/[0-9a-f]{30}$/.test(path)));
  });

  it('repeats an object that is too large to keep', async () => {
    const block = Buffer.alloc(1000, 'x');
    await fetch(`${endpoint}/bench/large`, { method: 'PUT', body: block, headers: { 'x-stub-times': '300' } });

    const driver = await open('s3://bench');
    const bytes = await gather((await driver.read(parsePath('large'), { start: 999 })).body, 300_000);

    assert.equal((await driver.stat(parsePath('large'))).size, 300_000);
    assert.deepEqual(Buffer.from(bytes), Buffer.alloc(299_001, 'x'));
  });
});
