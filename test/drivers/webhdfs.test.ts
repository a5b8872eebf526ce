import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hasCode, TowlineError } from '../../src/errors.ts';
import { readBack, same } from '../../src/storage/conformance/expect.ts';
import { breaking, pattern, streamed } from '../../src/storage/conformance/material.ts';
import { resume } from '../../src/storage/layers/resume.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { faultyTransport } from '../faults/faulty-transport.ts';
import { judgeProgram, whyMissing } from '../judges.ts';
import { makeCertificates } from '../servers/certificates.ts';
import { startGateway } from '../servers/hadoop-gateway.ts';
import { type HadoopServer, startHadoop } from '../servers/hadoop.ts';
import { hdfsFiles } from '../servers/hdfs-files.ts';
import { createSandbox } from '../servers/sandbox.ts';
import { openWebhdfs, type WebhdfsDriver, type WebhdfsRemote } from './webhdfs-open.ts';

const path = parsePath('a/b');
const root = parsePath('');
const hello = fromBytes(Buffer.from('hello'));
const skip = whyMissing('minihdfs') ?? false;

describe('WebHDFS on real servers', { skip }, () => {
  let server: HadoopServer;
  const drivers: WebhdfsDriver[] = [];
  let folders = 0;
  // A page of the NameNode holds five names, so that few objects make several.
  before(async () => { server = await startHadoop({ httpfs: true, configuration: { 'dfs.ls.limit': '5' } }); });
  after(async () => {
    for (const driver of drivers) await driver.close();
    await server.stop();
  });
  const open = (url: string, rest: Omit<WebhdfsRemote, 'url'> = {}): WebhdfsDriver => {
    const driver = openWebhdfs({ url, ...rest });
    drivers.push(driver);
    return driver;
  };
  const fresh = (): string => `/user/alice/test-${(folders += 1)}`;
  const urlOf = (kind: 'namenode' | 'httpfs', folder: string): string => `webhdfs://localhost:${kind === 'namenode' ? server.port : server.httpfsPort}${folder}`;

  for (const kind of ['namenode', 'httpfs'] as const) {
    it(`${kind}: what is written belongs to the user, and nothing can be done where the user may not`, async () => {
      const folder = fresh();
      await open(urlOf(kind, folder), { options: { user: 'alice' } }).write(path, hello);
      assert.equal((await hdfsFiles(server).describe(`${folder}/a/b`))?.owner, 'alice');

      const other = open(urlOf(kind, '/user/bob'), { options: { user: 'alice' } });
      for (const refused of [() => other.stat(path), () => other.write(path, hello), () => other.list(root), () => other.upload(path, { size: 1e8 })]) {
        await assert.rejects(refused(), (error) => error instanceof TowlineError && error.code === 'PERMISSION_DENIED' && /Permission denied: user=alice/.test(error.message) && error.hint !== undefined);
      }
      const [deleted] = await other.delete([{ path }]);
      assert.ok(hasCode(deleted?.error, 'PERMISSION_DENIED'));
    });

    it(`${kind}: without a user it is nobody in particular, who may not write`, async () => {
      await assert.rejects(open(urlOf(kind, '/user/alice')).write(path, hello), (error) => error instanceof TowlineError && error.retryable === false);
    });

    it(`${kind}: a large object that is refused is told as refused, not as a lost connection`, async () => {
      const driver = open(urlOf(kind, '/user/bob'), { options: { user: 'alice' } });

      await assert.rejects(driver.write(path, streamed(pattern(20_000_000))), (error) => hasCode(error, 'PERMISSION_DENIED'));
    });

    it(`${kind}: the etag is the checksum that DVC writes for it`, { skip: whyMissing('dvc') ?? false }, async () => {
      const folder = fresh();
      const driver = open(urlOf(kind, folder), { options: { user: 'alice' } });
      await driver.write(path, fromBytes(pattern(1000)));
      const sandbox = createSandbox();
      try {
        const script = `from dvc_webhdfs import WebHDFSFileSystem as F\nprint(F(host='localhost', port=${kind === 'namenode' ? server.port : server.httpfsPort}, user='alice').checksum('${folder}/a/b'))`;
        const { stdout, stderr } = await sandbox.run(judgeProgram('python'), ['-c', script]);

        assert.equal((await driver.stat(path)).etag, stdout.trim(), stderr);
      } finally { sandbox.remove(); }
    });

    it(`${kind}: a read that breaks in the middle goes on where it was`, async () => {
      const asked: string[] = [];
      // The answer that carries bytes: a redirect before it is empty, whatever happens to it.
      const through: WebhdfsRemote['through'] = (transport) => {
        const faulty = faultyTransport(transport, [{ at: { path: /op=OPEN.*length=2000000/, byte: 700_000 }, do: { kind: 'cut' } }]);
        return { ...transport, send: async (request) => { asked.push(request.url.search); return await faulty.send(request); } };
      };
      const driver = open(urlOf(kind, fresh()), { options: { user: 'alice' }, through });
      await driver.write(path, fromBytes(pattern(2_000_000)));

      same(await readBack(resume({ tries: 1, wait: async () => undefined, random: () => 0 })(driver), path), pattern(2_000_000), 'the object');

      assert.ok(asked.some((search) => search.includes('op=OPEN') && search.includes('offset=700000')), 'it was not read on from where it broke');
    });

    it(`${kind}: a write that breaks leaves nothing in sight`, async () => {
      const folder = fresh();
      const driver = open(urlOf(kind, folder), { options: { user: 'alice' } });
      await driver.write(parsePath('a/kept'), hello);

      await assert.rejects(driver.write(path, breaking(pattern(3_000_000), 2_000_000, new TowlineError('CORRUPT', 'broken on purpose'))), (error) => hasCode(error, 'CORRUPT'));

      // A server that learns late of the broken connection may make the file once we have taken it away: it has a temporary name, which nobody sees.
      assert.deepEqual((await driver.list(parsePath('a'))).entries.map((entry) => entry.path), ['a/kept']);
      assert.deepEqual((await hdfsFiles(server).list(folder)).filter((name) => !/\/\.[\w-]{22}\.tmp$/.test(name)), ['a/kept']);
    });

    it(`${kind}: an object cannot take the place of a folder, and nothing stays in it`, async () => {
      const folder = fresh();
      const driver = open(urlOf(kind, folder), { options: { user: 'alice' } });
      await driver.write(path, hello);

      await assert.rejects(driver.write(parsePath('a'), hello), (error) => error instanceof TowlineError && !error.retryable);
      await assert.rejects(driver.write(parsePath('a/b/c'), hello), (error) => hasCode(error, 'INVALID_ARGUMENT'));

      assert.deepEqual(await hdfsFiles(server).list(folder), ['a/b']);
    });
  }

  it('proxy_to: a user whom the cluster trusts acts for another, and one whom it does not trust is refused', async () => {
    await open(urlOf('namenode', '/user/bob/by-proxy'), { options: { user: server.superuser, proxy_to: 'bob' } }).write(path, hello);
    assert.equal((await hdfsFiles(server).describe('/user/bob/by-proxy/a/b'))?.owner, 'bob');

    await assert.rejects(open(urlOf('namenode', '/user/bob'), { options: { user: 'alice', proxy_to: 'bob' } }).stat(root),
      (error) => error instanceof TowlineError && error.code === 'PERMISSION_DENIED' && /hadoop\.proxyuser/.test(error.hint ?? ''));
  });

  it('a folder is listed in pages of the NameNode', async () => {
    const driver = open(urlOf('namenode', fresh()), { options: { user: 'alice' } });
    await Promise.all(Array.from({ length: 12 }, async (_, index) => await driver.write(parsePath(`n-${index + 10}`), hello)));

    const sizes: number[] = [];
    const names: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await driver.list(root, cursor === undefined ? {} : { cursor });
      sizes.push(page.entries.length);
      names.push(...page.entries.map((entry) => entry.path));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }

    assert.deepEqual(sizes, [5, 5, 2]);
    assert.deepEqual(names, Array.from({ length: 12 }, (_, index) => `n-${index + 10}`));
  });

  it('a quota that is used up is told as such, and is not tried again', async () => {
    const folder = fresh();
    await hdfsFiles(server, 'alice').call('PUT', folder, 'op=MKDIRS');
    await hdfsFiles(server).call('PUT', folder, 'op=SETQUOTA&namespacequota=2');
    const driver = open(urlOf('namenode', folder), { options: { user: 'alice' } });

    await assert.rejects(driver.write(path, hello), (error) => error instanceof TowlineError && /quota/.test(error.message) && !error.retryable && /count -q/.test(error.hint ?? ''));
  });

  it('password, use_https and ssl_verify: a gateway lets in who has the password, over TLS that is verified', { skip: whyMissing('openssl') ?? false }, async () => {
    const certificates = makeCertificates();
    const gateway = await startGateway({ to: server.httpfsPort ?? 0, certificate: certificates.server, credentials: { user: 'alice', password: 'open sesame' } });
    try {
      const at = (options: Readonly<Record<string, string>>): WebhdfsDriver => open(`webhdfs://localhost:${gateway.port}${fresh()}`, { options: { use_https: 'true', ssl_verify: certificates.ca, user: 'alice', password: 'open sesame', ...options } });
      const driver = at({});
      await driver.write(path, hello);
      assert.equal((await readBack(driver, path)).byteLength, 5);

      await assert.rejects(at({ password: 'wrong' }).stat(path), (error) => hasCode(error, 'UNAUTHENTICATED'));
      await assert.rejects(at({ ssl_verify: 'true' }).stat(path), (error) => error instanceof TowlineError && /certificate/.test(error.message));
      await assert.rejects(at({ ssl_verify: 'false' }).stat(path), (error) => hasCode(error, 'NOT_FOUND'));
      await assert.rejects(at({ use_https: 'false' }).stat(path), TowlineError);
    } finally {
      await gateway.stop();
      certificates.remove();
    }
  });

  it('data_proxy_target: all goes by the gateway, also where HttpFS leads to itself', async () => {
    const gateway = await startGateway({ to: server.httpfsPort ?? 0, prefix: '/gateway/default', keepsRedirects: true });
    try {
      const origins = new Set<string>();
      const through: WebhdfsRemote['through'] = (transport) => ({ ...transport, send: async (request) => { origins.add(request.url.origin); return await transport.send(request); } });
      const driver = open(urlOf('httpfs', fresh()), { options: { user: 'alice', data_proxy_target: `http://127.0.0.1:${gateway.port}/gateway/default/webhdfs/v1` }, through });

      await driver.write(path, hello);

      assert.equal((await readBack(driver, path)).byteLength, 5);
      assert.deepEqual([...origins], [`http://127.0.0.1:${gateway.port}`]);
      assert.ok(gateway.requests.some((line) => /^PUT .*data=true/.test(line)));
    } finally { await gateway.stop(); }
  });

  it('an upload in parts that another process left is gone when it is given up', async () => {
    const folder = fresh();
    const driver = open(urlOf('namenode', folder), { options: { user: 'alice' } });
    const begun = await driver.upload(path, { size: 1e8 });
    assert.ok((await hdfsFiles(server).list(folder)).length > 0);

    const again = await open(urlOf('namenode', folder), { options: { user: 'alice' } }).upload(path, { size: 1e8, resume: begun.token });
    await again.abort();

    assert.deepEqual(await hdfsFiles(server).list(folder), []);
  });

  it("below a folder with a ',' in its name nothing is uploaded in parts, and objects are written all the same", async () => {
    const driver = open(urlOf('namenode', `${fresh()},x`), { options: { user: 'alice' } });

    await assert.rejects(driver.upload(path, { size: 1e8 }), (error) => hasCode(error, 'UNSUPPORTED'));
    await driver.write(path, hello);
    assert.equal((await driver.stat(path)).size, 5);
  });
});
