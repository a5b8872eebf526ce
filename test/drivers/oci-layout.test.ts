import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createHash } from 'node:crypto';
import { ociLayout } from '../../src/drivers/oci-layout/index.ts';
import { nodeDisk } from '../../src/disk/node.ts';
import type { Oid } from '../../src/odb/hash-info.ts';
import { openPlace } from '../../src/odb/open.ts';
import { openRemote } from '../../src/remotes/open.ts';
import { remoteOf, settingsOf } from '../../src/remotes/made-remote.ts';
import { pathPrefix, urlScheme } from '../../src/remotes/url-scheme.ts';
import { relativePath, resolvePath } from '../../src/remotes/config-paths.ts';
import { judgeProgram, whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { readTree, writeTree } from '../pods-lent.ts';
import { readAll, store } from '../servers/open-oci.ts';
import { type RegistryServer, startRegistry } from '../servers/registry.ts';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { tow } from '../servers/tow.ts';

const contentOf = (...sizes: readonly number[]): ReadonlyMap<Oid, Buffer> => new Map(sizes.map((size, at) => Buffer.alloc(size, `${at}.`)).map((bytes) => [createHash('md5').update(bytes).digest('hex') as Oid, bytes]));

describe('an image layout as a remote', () => {
  let folder: string;
  let count = 0;
  before(() => { folder = temporaryFolder('layout-remote'); });
  after(() => { removeFolder(folder); });
  const push = async (settings: Readonly<Record<string, string>>): Promise<readonly number[]> => {
    const path = join(folder, `layout-${count++}`);
    const place = await openRemote(remoteOf(`oci-layout:${path}`, settingsOf(settings, { file: 'test', line: 1 })), openingIn(folder));
    const objects = await openPlace(place, { name: 'md5', defaults: {}, memory: { folder: join(folder, `memory-${count}`), disk: nodeDisk, now: Date.now } });
    const contents = contentOf(1000, 1001, 1002, 5000);
    await store(objects, contents);
    assert.deepEqual(await readAll(objects), contents);
    return readdirSync(join(path, 'blobs/sha256')).map((name) => statSync(join(path, 'blobs/sha256', name)).size).filter((size) => size >= 1000 && size !== 1208).sort((a, b) => a - b);
  };

  it('small_max, pack_size and max_layers say how objects are packed, as in a registry', async () => {
    assert.deepEqual((await push({})).filter((size) => size === 8003), [8003]);
    assert.deepEqual((await push({ small_max: '1001' })).filter((size) => [1000, 1001, 1002, 5000].includes(size)), [1000, 1001, 1002, 5000]);
    assert.deepEqual((await push({ small_max: '2k', pack_size: '2100' })).filter((size) => [1002, 2001, 5000].includes(size)), [1002, 2001, 5000]);
    await push({ small_max: '1', max_layers: '1' });
    const index = JSON.parse(readFileSync(join(folder, `layout-${count - 1}`, 'index.json'), 'utf8')) as { readonly manifests: readonly unknown[] };
    assert.equal(index.manifests.length, 5, 'four segments and the mark');
    await assert.rejects(push({ pack_size: '2GiB' }), { code: 'INVALID_CONFIG' });
  });

  it('its URL is a scheme and a path, which is relative to where it is written', () => {
    assert.equal(urlScheme('oci-layout:../x'), 'oci-layout');
    for (const text of ['oci-layout://host/x', 'C:/x', 'x:y', '/oci-layout:x', 's3://b']) assert.equal(pathPrefix(text), '', text);
    assert.equal(resolvePath('oci-layout:../store', '/repo/.dvc', { home: '/home/u', platform: 'linux' }), 'oci-layout:/repo/store');
    assert.equal(relativePath('oci-layout:store', '/repo/.dvc', { cwd: '/repo', platform: 'linux' }), 'oci-layout:../store');
    for (const url of ['oci-layout:', 'oci-layout://x', 'oci-layout:a\u0000b']) assert.throws(() => ociLayout.parse(url), { code: 'INVALID_CONFIG' }, url);
  });
});

describe('an image layout, and other programs', { skip: whyMissing('oras', 'crane', 'registry') ?? false }, () => {
  let server: RegistryServer;
  let sandbox: Sandbox;
  before(async () => {
    server = await startRegistry('registry');
    sandbox = createSandbox('layout');
  });
  after(async () => {
    await server.stop();
    sandbox.remove();
  });
  const run = async (args: readonly string[], cwd = sandbox.folder): Promise<string> => {
    const { status, stdout, stderr } = await tow(sandbox, args, { cwd });
    assert.equal(status, 0, `tow ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  const oras = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await sandbox.run(judgeProgram('oras'), args);
    assert.equal(status, 0, `oras ${args.join(' ')}: ${stderr}`);
    return stdout;
  };

  it('data is pushed, compared, cleaned up and pulled; ORAS brings it to a registry, which is the same remote then', async () => {
    const one = join(sandbox.folder, 'one');
    mkdirSync(join(one, 'data'), { recursive: true });
    for (let at = 0; at < 30; at++) writeFileSync(join(one, 'data', String(at)), Buffer.alloc(1000 + at, String(at)));
    await sandbox.git(['init', '--quiet', one]);
    await run(['init', '-q'], one);
    await run(['remote', 'add', '-d', 'store', 'oci-layout:../layout'], one);
    assert.match(readFileSync(join(one, '.dvc/towline'), 'utf8'), /url = oci-layout:\.\.\/\.\.\/layout/);
    await run(['add', '-q', 'data'], one);
    await run(['push', '-q'], one);
    assert.match(await run(['status', '-c'], one), /are in sync/);
    assert.ok(existsSync(join(sandbox.folder, 'layout/oci-layout')));
    writeFileSync(join(one, 'data/0'), 'another');
    await run(['add', '-q', 'data'], one);
    await run(['push', '-q'], one);
    assert.match(await run(['gc', '-w', '-c', '-f', '--grace', '0'], one), /Removed 2 objects from remote/);

    for (const tag of (await oras('repo', 'tags', '--oci-layout', join(sandbox.folder, 'layout'))).trim().split('\n')) await oras('cp', '--from-oci-layout', '--to-plain-http', `${join(sandbox.folder, 'layout')}:${tag}`, `${server.authority}/team/copied:${tag}`);
    for (const url of [undefined, `oci://${server.authority}/team/copied`]) {
      const two = join(sandbox.folder, url === undefined ? 'two' : 'three');
      await sandbox.run('cp', ['-r', one, two]);
      await sandbox.run('rm', ['-rf', join(two, 'data'), join(two, '.dvc/cache'), join(two, '.dvc/tmp')]);
      if (url !== undefined) await run(['remote', 'add', '-f', '-d', 'store', url], two);
      await run(['pull', '-q'], two);
      assert.deepEqual(readTree(join(two, 'data')), readTree(join(one, 'data')));
    }
  });

  it('pods lie in it under tags, which ORAS reads', async () => {
    writeTree(join(sandbox.folder, 'env'), { a: 'one', 'b/c': 'two' });
    const url = 'oci-layout:pods';
    await run(['pod', 'save', 'env', url, '--from', 'dir:env']);
    writeTree(join(sandbox.folder, 'env'), { a: 'three' });
    await run(['pod', 'save', 'env', url, '--from', 'dir:env', '--layered']);

    assert.match(await run(['pod', 'list', url]), /env +2 /);
    await run(['pod', 'load', 'env', url, '--to', 'dir:back', '--yes']);
    assert.deepEqual(readTree(join(sandbox.folder, 'back')), { a: 'three', 'b/c': 'two' });
    await oras('pull', '--oci-layout', '-o', 'pulled', `${join(sandbox.folder, 'pods')}:env.1`);
    assert.deepEqual(Object.keys(readTree(join(sandbox.folder, 'pulled'))), ['localstack-pod-env-state-1.zip']);
    await run(['pod', 'delete', 'env', url, '--yes']);
    assert.match(await run(['pod', 'list', url]), /No pods/);
  });
});
