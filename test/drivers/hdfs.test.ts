import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hasCode } from '../../src/errors.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { judgeProgram, whyMissing } from '../judges.ts';
import { startHadoop, type HadoopServer } from '../servers/hadoop.ts';
import { hadoopFs, rcloneHdfs, seenNames } from '../servers/hadoop-client.ts';
import { blockFiles, bytesOf, type HdfsDriver, interrupted, openHdfs } from './hdfs-cluster.ts';
import { killedMidway } from './killed-midway.ts';

const MEBIBYTE = 1024 * 1024;
const object = parsePath('folder/object');

/** Flips a bit of a block, past the data node. */
function damage(file: string, at: number): void {
  const byte = readFileSync(file)[at] ?? 0;
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.of(byte ^ 1), 0, 1, at);
  closeSync(handle);
}

describe('objects on HDFS', { skip: whyMissing('minihdfs') ?? false }, () => {
  let server: HadoopServer;
  const drivers: HdfsDriver[] = [];
  const open = async (folder: string, settings?: Readonly<Record<string, string>>): Promise<HdfsDriver> => {
    const driver = await openHdfs(server, folder, settings);
    drivers.push(driver);
    return driver;
  };
  before(async () => { server = await startHadoop({ datanodes: 2, configuration: { 'dfs.replication': '2', 'dfs.blocksize': String(MEBIBYTE) } }); });
  after(async () => {
    for (const driver of drivers) await driver.close?.();
    await server.stop();
  });

  it('goes over many blocks and comes back, whole and in ranges across them', async () => {
    const driver = await open('blocks');
    const bytes = randomBytes(5 * MEBIBYTE + 321);
    await driver.write(object, fromBytes(bytes));

    assert.ok((await bytesOf(driver, object)).equals(bytes));
    for (const [start, end] of [[MEBIBYTE - 1, MEBIBYTE + 1], [777_777, 3_000_001], [5 * MEBIBYTE, bytes.byteLength], [511, 513]] as const) {
      assert.ok((await bytesOf(driver, object, { start, end })).equals(bytes.subarray(start, end)), `from ${start} to ${end}`);
    }
  });

  it('the etag is the checksum that hadoop fs -checksum prints', async () => {
    const driver = await open('checksums');
    const sizes = { empty: 0, small: 1000, packet: 64_512, 'two packets': 70_000, 'a block': MEBIBYTE, 'two blocks': 2 * MEBIBYTE, 'five blocks': 4 * MEBIBYTE + 9 };
    for (const [name, size] of Object.entries(sizes)) await driver.write(parsePath(name), fromBytes(randomBytes(size)));

    const printed = (await hadoopFs(server, '-checksum', ...Object.keys(sizes).map((name) => `/user/alice/checksums/${name}`))).trim().split('\n').map((line) => line.split('\t'));
    for (const [index, name] of Object.keys(sizes).entries()) {
      const expected = printed[index]?.[2];
      assert.equal((await driver.stat(parsePath(name))).etag, expected, `stat of ${name}`);
      // Another driver, which remembers nothing.
      assert.equal((await (await open('checksums')).read(parsePath(name))).entry.etag, expected, `read of ${name}`);
    }
  });

  it('what Hadoop and rclone write is read, and they read what is written', { skip: whyMissing('rclone') ?? false }, async () => {
    const driver = await open('others');
    const [here, there] = [join(server.folder, 'here'), join(server.folder, 'there')];
    const names = ['plain', 'with space', 'a#b%41', 'large'];
    mkdirSync(here);
    for (const name of names) writeFileSync(join(here, name), randomBytes(name === 'large' ? 3 * MEBIBYTE + 7 : 5000));

    await rcloneHdfs(server, judgeProgram('rclone'), { command: 'copy', from: here, to: 'hdfs:/user/alice/others/rclone' });
    await hadoopFs(server, '-put', here, '/user/alice/others/hadoop');
    for (const name of names) for (const who of ['rclone', 'hadoop']) assert.ok((await bytesOf(driver, `${who}/${name}`)).equals(readFileSync(join(here, name))), `${name} by ${who}`);

    for (const name of names) await driver.write(parsePath(`towline/${name}`), fromBytes(readFileSync(join(here, name))));
    await rcloneHdfs(server, judgeProgram('rclone'), { command: 'copy', from: 'hdfs:/user/alice/others/towline', to: there });
    await hadoopFs(server, '-get', '/user/alice/others/towline', join(server.folder, 'got'));
    for (const name of names) for (const folder of [there, join(server.folder, 'got')]) assert.ok(readFileSync(join(folder, name)).equals(readFileSync(join(here, name))), `${name} in ${folder}`);
  });

  it('a damaged copy of a block is not believed: another one is read, and the cluster is told', async () => {
    const driver = await open('damaged');
    const bytes = randomBytes(200_000);
    await driver.write(object, fromBytes(bytes));
    const [, copy = ''] = blockFiles(server).slice(-2);

    damage(copy, 100_000);
    for (let round = 0; round < 4; round += 1) assert.ok((await bytesOf(await open('damaged'), object)).equals(bytes));
  });

  it('when no copy is whole the read ends with CORRUPT before the damage, and is not tried again', async () => {
    const driver = await open('lost');
    const bytes = randomBytes(200_000);
    await driver.write(object, fromBytes(bytes));
    for (const copy of blockFiles(server).slice(-2)) damage(copy, 150_000);

    let position = 0;
    const reading = (async () => {
      for await (const chunk of (await driver.read(object)).body) {
        assert.ok(bytes.subarray(position, position + chunk.byteLength).equals(Buffer.from(chunk)));
        position += chunk.byteLength;
      }
    })();

    await assert.rejects(reading, (error) => hasCode(error, 'CORRUPT') && !error.retryable && /no copy of a block/.test(error.message));
    assert.ok(position <= 150_000);
    assert.ok((await bytesOf(driver, object, { start: 0, end: 100_000 })).equals(bytes.subarray(0, 100_000)));
  });

  it('a write that is given up leaves nothing, not even under a temporary name', async () => {
    const driver = await open('given-up');
    await driver.write(parsePath('other'), fromBytes(Buffer.from('x')));
    const controller = new AbortController();
    const source = interrupted(randomBytes(3 * MEBIBYTE), 2 * MEBIBYTE, async () => { controller.abort(); await Promise.resolve(); });

    await assert.rejects(driver.write(object, source, { signal: controller.signal }), (error) => hasCode(error, 'ABORTED'));

    // It is tidied up behind the caller's back.
    for (let tries = 0; tries < 200 && (await seenNames(server, '/user/alice/given-up/folder')).length > 0; tries += 1);
    assert.deepEqual(await seenNames(server, '/user/alice/given-up/folder'), []);
  });

  it('an upload whose process was killed goes on behind the parts that were whole', async () => {
    const said = await killedMidway('hdfs-upload-child', [`hdfs://alice@localhost:${server.rpcPort}/user/alice/killed`, server.folder]);
    const driver = await open('killed');
    const [size, content] = [3 * 8 * MEBIBYTE, Buffer.alloc(3 * 8 * MEBIBYTE, 7)];
    assert.deepEqual((await driver.list(parsePath(''))).entries, []);

    const upload = await driver.upload(object, { size, resume: said[0] ?? '' });
    assert.deepEqual(upload.held.map(({ number }) => number), [1]);
    const parts = [...upload.held];
    for (const number of [2, 3]) {
      const [start, end] = [(number - 1) * upload.partSize, number * upload.partSize];
      parts.push(await upload.send({ number, start, end }, fromBytes(content.subarray(start, end))));
    }
    await upload.complete(parts);

    assert.ok((await bytesOf(driver, object)).equals(content));
    assert.deepEqual(await seenNames(server, '/user/alice/killed/folder'), ['object']);
  });

  it('a token that names a foreign file is refused, and a part out of turn', async () => {
    const driver = await open('tokens');
    for (const name of ['../../x', 'object', '.ssh', '.aaaaaaaaaaaaaaaaaaaaaa.tmp/../../x']) {
      await assert.rejects(driver.upload(object, { resume: `1:8388608:${name}:${object}` }), (error) => hasCode(error, 'INVALID_ARGUMENT'));
    }
    const upload = await driver.upload(object, { size: 9 * MEBIBYTE });
    await assert.rejects(upload.send({ number: 2, start: 8 * MEBIBYTE, end: 9 * MEBIBYTE }, fromBytes(Buffer.alloc(MEBIBYTE))), (error) => hasCode(error, 'INVALID_ARGUMENT') && /in turn/.test(error.message));
    await assert.rejects(upload.send({ number: 1, start: 0, end: 8 * MEBIBYTE }, fromBytes(Buffer.from('short'))), (error) => hasCode(error, 'CORRUPT'));
    await upload.abort();
    assert.deepEqual(await seenNames(server, '/user/alice/tokens/folder'), []);
  });

  it('refusals name what is refused and what to do', async () => {
    const driver = await open('../bob/x', {}).catch(() => undefined);
    assert.equal(driver, undefined, 'a path that leads up was taken');
    const foreign = await openHdfs(server, '', { user: 'mallory' });
    drivers.push(foreign);
    await assert.rejects(foreign.write(object, fromBytes(Buffer.of(1))), (error) => hasCode(error, 'PERMISSION_DENIED') && /user=mallory/.test(error.message) && error.hint !== undefined);
    await server.command('safemode 1');
    try {
      const own = await open('safe');
      await assert.rejects(own.write(object, fromBytes(Buffer.of(1))), (error) => hasCode(error, 'UNAVAILABLE') && error.retryable && /safe mode/.test(error.message + (error.hint ?? '')));
    } finally { await server.command('safemode 0'); }
  });
});

describe('a cluster that loses data nodes', { skip: whyMissing('minihdfs') ?? false }, () => {
  let server: HadoopServer;
  before(async () => { server = await startHadoop({ datanodes: 4, configuration: { 'dfs.replication': '3', 'dfs.blocksize': String(2 * MEBIBYTE) } }); });
  after(async () => { await server.stop(); });

  it('goes on writing with those that are left, at a new block and in the middle of one, and reads from them', async () => {
    const driver = await openHdfs(server, 'dying');
    const contents = Array.from({ length: 4 }, () => randomBytes(5 * MEBIBYTE + 1));
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0), fourth = Buffer.alloc(0)] = contents;

    await driver.write(parsePath('first'), interrupted(first, 3 * MEBIBYTE, async () => { await server.command('stop-datanode 0'); }));
    await driver.write(parsePath('second'), interrupted(second, MEBIBYTE, async () => { await server.command('stop-datanode 1'); }));
    // The name node still believes in both for ten minutes, so it offers them for every block.
    await driver.write(parsePath('third'), fromBytes(third));
    for (const [index, name] of ['first', 'second', 'third'].entries()) assert.ok((await bytesOf(driver, name)).equals(contents[index] ?? Buffer.alloc(0)), name);

    await driver.write(parsePath('fourth'), interrupted(fourth, 4 * MEBIBYTE + 1000, async () => { await server.command('stop-datanode 2'); }));
    assert.ok((await bytesOf(driver, 'fourth')).equals(fourth));
    await driver.close?.();
  });
});
