import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hasCode, TowlineError } from '../../src/errors.ts';
import { type Path, parsePath } from '../../src/storage/path.ts';
import { fromBytes, type Source } from '../../src/storage/source.ts';
import { whyMissing } from '../judges.ts';
import { startOpenssh, type SshServer } from '../servers/openssh.ts';
import { killedMidway } from './killed-midway.ts';
import { createMachine, type Machine, type SshDriver } from './ssh-machine.ts';

const skip = whyMissing('openssh') ?? false;
const object = parsePath('folder/object');
const MEBIBYTE = 1024 * 1024;

async function bytesOf(driver: SshDriver, path: Path = object, range: { readonly start?: number; readonly end?: number } = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await driver.read(path, range)).body) chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}
function inChunks(bytes: Uint8Array, size: number): Source {
  return {
    size: bytes.byteLength,
    async *open({ start = 0, end = bytes.byteLength } = {}) {
      // One buffer for all chunks, as a file reader has it: what is kept must be copied.
      const chunk = new Uint8Array(size);
      for (let at = start; at < end; at += size) {
        const piece = bytes.subarray(at, Math.min(at + size, end));
        chunk.set(piece);
        yield chunk.subarray(0, piece.byteLength);
      }
    },
  };
}

describe('files on OpenSSH', { skip }, () => {
  let server: SshServer;
  let machine: Machine;
  let count = 0;
  const fresh = async (settings: Readonly<Record<string, string>> = {}): Promise<{ readonly driver: SshDriver; readonly folder: string; readonly url: string }> => {
    count += 1;
    const url = `${server.url}/${count}`;
    return { driver: await machine.open(url, { keyfile: server.keyFile, known_hosts_file: server.knownHostsFile, ...settings }), folder: join(server.dataFolder, String(count)), url };
  };
  before(async () => {
    server = await startOpenssh();
    machine = createMachine();
  });
  after(async () => {
    await machine.remove();
    await server.stop();
  });

  it('large objects go there and back through many requests, whatever the chunks', async () => {
    const bytes = randomBytes(5 * MEBIBYTE + 321);
    const { driver, folder } = await fresh();
    for (const size of [1000, 100_000, 3 * MEBIBYTE]) {
      await driver.write(object, inChunks(bytes, size));
      assert.ok(readFileSync(join(folder, object)).equals(bytes));
    }
    assert.ok((await bytesOf(driver)).equals(bytes));
    assert.ok((await bytesOf(driver, object, { start: 777_777, end: 3_000_001 })).equals(bytes.subarray(777_777, 3_000_001)));
  });

  for (const transport of ['ssh2', 'openssh']) {
    it(`many small objects at once arrive under their names through ${transport}`, async () => {
      const { driver, folder } = await fresh({ transport });
      const paths = Array.from({ length: 200 }, (_, index) => parsePath(`${index % 7}/x${index}`));
      await Promise.all(paths.map(async (path) => await driver.write(path, fromBytes(Buffer.from(`content of ${path}`)))));

      assert.deepEqual((await Promise.all(paths.map(async (path) => await bytesOf(driver, path)))).map(String), paths.map((path) => `content of ${path}`));
      assert.equal(readdirSync(folder, { recursive: true }).length, 207);
      assert.deepEqual((await driver.list(parsePath(''))).entries.map(({ path }) => path).sort(), [...paths].sort());
    });
  }

  it('a process killed in the middle of a write leaves nothing under the name, and nothing listed', async () => {
    const { driver, folder, url } = await fresh();
    await killed('write', url);

    assert.deepEqual((await driver.list(parsePath(''))).entries, []);
    assert.ok(!existsSync(join(folder, object)));
    await driver.write(object, fromBytes(Buffer.from('whole')));
    assert.equal(String(await bytesOf(driver)), 'whole');
  });

  it('an upload whose process was killed goes on with the parts that were whole', async () => {
    const { driver, folder, url } = await fresh();
    const [token = ''] = await killed('upload', url);
    const size = 20 * MEBIBYTE;
    assert.ok(!existsSync(join(folder, object)));

    const upload = await driver.upload(object, { size, resume: token });
    assert.deepEqual(upload.held.map(({ number }) => number), [2]);
    const parts = [...upload.held];
    for (const number of [1, 3]) {
      const [start, end] = [(number - 1) * upload.partSize, Math.min(number * upload.partSize, size)];
      parts.push(await upload.send({ number, start, end }, inChunks(Buffer.alloc(end - start, 7), MEBIBYTE)));
    }
    const entry = await upload.complete(parts);

    assert.equal(entry.size, size);
    assert.ok(readFileSync(join(folder, object)).equals(Buffer.alloc(size, 7)));
    assert.deepEqual(readdirSync(join(folder, 'folder')), ['object']);
  });

  it('a token that names a foreign file is refused', async () => {
    const { driver } = await fresh();
    for (const name of ['../../x', 'object', '.ssh', '.aaaaaaaaaaaaaaaaaaaaaa.tmp/../../x']) {
      await assert.rejects(driver.upload(object, { resume: `1:8388608:${name}:${object}` }), (error) => hasCode(error, 'INVALID_ARGUMENT'));
    }
  });

  it('a part shorter than announced is refused and the object not made', async () => {
    const { driver, folder } = await fresh();
    const upload = await driver.upload(object, { size: 10 });

    await assert.rejects(upload.send({ number: 1, start: 0, end: 10 }, fromBytes(Buffer.from('short'))), (error) => hasCode(error, 'CORRUPT'));
    await assert.rejects(upload.complete([{ number: 1, start: 0, end: 10, tag: '0-10' }]), (error) => hasCode(error, 'CORRUPT'));
    assert.ok(!existsSync(join(folder, object)));
  });

  it('an object is copied on the server between two remotes of it', async () => {
    const [one, two] = [await fresh(), await fresh()];
    await one.driver.write(object, fromBytes(Buffer.from('content')));
    const source: Source = { size: 7, origin: one.driver.origin(object), open: () => assert.fail('bytes passed here') };

    assert.equal((await two.driver.write(parsePath('copy'), source)).how, 'copied');
    assert.equal(readFileSync(join(two.folder, 'copy'), 'utf8'), 'content');
  });

  it('a folder behind a symbolic link is listed, one that leads back to itself is not followed', async () => {
    const { driver, folder } = await fresh();
    await driver.write(parsePath('real/x'), fromBytes(Buffer.from('x')));
    symlinkSync('real', join(folder, 'linked'));
    symlinkSync('..', join(folder, 'real/up'));
    symlinkSync('x', join(folder, 'real/y'));
    symlinkSync('absent', join(folder, 'real/broken'));

    assert.deepEqual((await driver.list(parsePath(''))).entries.map(({ path, size }) => `${path} ${size}`).toSorted(), ['linked/x 1', 'linked/y 1', 'real/x 1', 'real/y 1']);
  });

  it('many folders make several pages, each file once', async () => {
    const { driver, folder } = await fresh();
    for (let outer = 0; outer < 30; outer += 1) {
      mkdirSync(join(folder, String(outer)), { recursive: true });
      for (let inner = 0; inner < 300; inner += 1) writeFileSync(join(folder, String(outer), String(inner)), '');
    }
    const found: string[] = [];
    let pages = 0;
    for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages += 1) {
      const page = await driver.list(parsePath(''), cursor === undefined ? {} : { cursor });
      found.push(...page.entries.map(({ path }) => path));
      cursor = page.cursor;
    }

    assert.equal(found.length, 9000);
    assert.equal(new Set(found).size, 9000);
    assert.ok(pages > 1);
  });

  it('a folder is no object to read, and a file is no folder to write into', async () => {
    const { driver } = await fresh();
    await driver.write(object, fromBytes(Buffer.from('x')));

    await assert.rejects(driver.read(parsePath('folder')), (error) => hasCode(error, 'NOT_FOUND'));
    await assert.rejects(driver.write(parsePath('folder/object/below'), fromBytes(Buffer.from('x'))), TowlineError);
    await assert.rejects(driver.write(parsePath('folder'), fromBytes(Buffer.from('x'))), TowlineError);
    assert.equal(String(await bytesOf(driver)), 'x');
    assert.deepEqual((await driver.list(parsePath(''))).entries.map(({ path }) => path), [object]);
  });

  it('a file that shrinks while it is read is an error, not a short body', async () => {
    const { driver, folder } = await fresh();
    await driver.write(object, inChunks(randomBytes(8 * MEBIBYTE), MEBIBYTE));
    const content = await driver.read(object);
    const chunks = content.body[Symbol.asyncIterator]();
    await chunks.next();
    truncateSync(join(folder, object), 1000);

    await assert.rejects(async () => { for (;;) if ((await chunks.next()).done === true) return; }, (error) => hasCode(error, 'UNAVAILABLE'));
  });

  it('a server without renames that replace keeps the old object until the new one is whole', async () => {
    const plain = await startOpenssh({ withoutRequests: ['posix-rename', 'hardlink', 'fsync', 'copy-data', 'limits'] });
    try {
      const driver = await machine.open(plain.url, { keyfile: plain.keyFile, known_hosts_file: plain.knownHostsFile, fsync: 'true' });
      for (const text of ['old', 'new']) await driver.write(object, fromBytes(Buffer.from(text)));
      await Promise.all(Array.from({ length: 10 }, async (_, index) => await driver.write(parsePath('contested'), fromBytes(Buffer.from(`writer ${index}`)))));

      assert.equal(String(await bytesOf(driver)), 'new');
      assert.match(String(await bytesOf(driver, parsePath('contested'))), /^writer \d$/);
      assert.deepEqual(readdirSync(plain.dataFolder).sort(), ['contested', 'folder']);
      await assert.rejects(driver.write(object, fromBytes(Buffer.from('x')), { mode: 'create' }), (error) => hasCode(error, 'UNSUPPORTED'));
    } finally {
      await plain.stop();
    }
  });

  it('max_sessions bounds the sessions on a connection', async () => {
    const sessions = (): number => server.output().match(/Starting session: subsystem 'sftp'/g)?.length ?? 0;
    const used: number[] = [];
    for (const most of ['3', '5']) {
      const { driver } = await fresh({ max_sessions: most });
      const before = sessions();
      for (let round = 0; round < 4; round += 1) await Promise.all(Array.from({ length: 100 }, async (_, index) => await driver.write(parsePath(`${round}-${index}`), fromBytes(Buffer.from('x')))));
      used.push(sessions() - before);
    }
    assert.deepEqual(used, [1, 3]);
  });

  it('a connection that is cut fails what was under way as retryable, and the next call connects anew', async () => {
    const line = await startLine(server.port);
    try {
      const knownHosts = machine.write('through-line', server.knownHosts.replaceAll(`:${server.port}`, `:${line.port}`));
      const driver = await machine.open(server.url.replace(`:${server.port}`, `:${line.port}`), { keyfile: server.keyFile, known_hosts_file: knownHosts });
      await driver.write(object, inChunks(randomBytes(8 * MEBIBYTE), MEBIBYTE));
      const content = await driver.read(object);
      const reading = (async () => { for await (const chunk of content.body) { assert.ok(chunk.byteLength > 0); line.cut(); } })();
      await assert.rejects(reading, (error) => hasCode(error, 'UNAVAILABLE') && error.retryable);

      assert.equal((await bytesOf(driver)).byteLength, 8 * MEBIBYTE);
      const writing = driver.write(parsePath('cut'), { size: 99, async *open() { yield Buffer.from('x'); line.cut(); await driver.stat(object); yield Buffer.from('y'); } });
      await assert.rejects(writing, (error) => hasCode(error, 'UNAVAILABLE') && error.retryable);
      assert.ok(!existsSync(join(server.dataFolder, 'cut')));
    } finally {
      line.stop();
    }
  });

  it('says when the server offers no SFTP', async () => {
    const bare = await startOpenssh({ configuration: ['ForceCommand /bin/false'] });
    try {
      const driver = await machine.open(bare.url, { keyfile: bare.keyFile, known_hosts_file: bare.knownHostsFile });
      await assert.rejects(driver.stat(object), TowlineError);
    } finally {
      await bare.stop();
    }
  });

  async function killed(kind: 'write' | 'upload', url: string): Promise<readonly string[]> {
    return await killedMidway('ssh-upload-child', [url, server.keyFile, server.knownHostsFile, kind]);
  }
});

/** A line to a server that can be cut. */
async function startLine(target: number): Promise<{ readonly port: number; cut(): void; stop(): void }> {
  const sockets = new Set<Socket>();
  const line = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const one of [near, far]) { sockets.add(one); one.on('error', () => undefined); }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => { line.listen(0, '127.0.0.1', resolve); });
  const address = line.address();
  const cut = (): void => { for (const one of sockets) one.destroy(); sockets.clear(); };
  return { port: typeof address === 'object' && address ? address.port : 0, cut, stop: () => { cut(); line.close(); } };
}
