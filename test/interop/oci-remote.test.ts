import assert from 'node:assert/strict';
import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Oid } from '../../src/odb/hash-info.ts';
import type { ObjectDb } from '../../src/odb/object-db.ts';
import { oidSet } from '../../src/odb/oid-set.ts';
import { openRepository } from '../artifact-targets.ts';
import { judgeProgram, whyMissing } from '../judges.ts';
import { type Front, startFront } from '../servers/front.ts';
import { openSegments, readAll, store } from '../servers/open-oci.ts';
import { type RegistryProgram, type RegistryServer, startRegistry } from '../servers/registry.ts';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { tow } from '../servers/tow.ts';

const FILES = 20_000;
const MOST_REQUESTS = 40;
const PROGRAMS = ['docker-registry', 'registry'] as const satisfies readonly RegistryProgram[];
const md5 = (bytes: Uint8Array): Oid => createHash('md5').update(bytes).digest('hex') as Oid;
/** Noise that is the same on every machine. */
const noise = (number: number, size: number): Buffer => createCipheriv('aes-128-ctr', Buffer.alloc(16, number % 251), Buffer.alloc(16, Math.floor(number / 251) % 251)).update(Buffer.alloc(size, number >> 16));

describe('the data of a repository on a registry', { skip: whyMissing(...PROGRAMS, 'crane', 'oras') ?? false }, () => {
  const registries = new Map<RegistryProgram, RegistryServer>();
  const fronts = new Map<RegistryProgram, Front>();
  let sandbox: Sandbox;
  let template: string;
  before(async () => {
    for (const program of PROGRAMS) {
      const server = await startRegistry(program);
      registries.set(program, server);
      fronts.set(program, await startFront(Number(server.authority.split(':')[1])));
    }
    sandbox = createSandbox('oci-remote');
    template = join(sandbox.folder, 'template');
    mkdirSync(join(template, 'data'), { recursive: true });
    for (let at = 0; at < FILES; at++) writeFileSync(join(template, 'data', String(at)), noise(at, 4096));
    writeFileSync(join(template, 'large.bin'), noise(7, 9 << 20));
    await sandbox.git(['init', '--quiet', template]);
    for (const args of [['init', '--quiet'], ['add', '--quiet', 'data', 'large.bin']]) await run(template, args);
  });
  after(async () => {
    for (const front of fronts.values()) await front.stop();
    for (const server of registries.values()) await server.stop();
    sandbox.remove();
  });

  const run = async (cwd: string, args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await tow(sandbox, args, { cwd });
    assert.equal(status, 0, `tow ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  const frontOf = (program: RegistryProgram): Front => fronts.get(program) ?? assert.fail(program);
  const asked = async (program: RegistryProgram, act: () => Promise<unknown>): Promise<number> => {
    const { arrived } = frontOf(program);
    const first = arrived.length;
    await act();
    return arrived.length - first;
  };
  /** A clone that has no object yet, and the repository of a registry as its remote. */
  const clone = async (name: string, url: string): Promise<string> => {
    const folder = join(sandbox.folder, name);
    mkdirSync(folder);
    for (const one of ['.git', '.dvc', 'data.dvc', 'large.bin.dvc', '.gitignore']) await sandbox.run('cp', ['-r', join(template, one), folder]);
    await sandbox.run('rm', ['-rf', join(folder, '.dvc/cache'), join(folder, '.dvc/tmp')]);
    await run(folder, ['remote', 'add', '-f', '-d', 'store', url]);
    return folder;
  };

  it(`${FILES} files of 4 KiB are pushed in at most ${MOST_REQUESTS} requests and fetched in at most ${MOST_REQUESTS} (#827, #3791)`, { timeout: 120_000 }, async (context) => {
    const url = `oci://127.0.0.1:${frontOf('registry').port}/team/data`;
    await run(template, ['remote', 'add', '-f', '-d', 'store', url]);

    const pushed = await asked('registry', () => run(template, ['push', '--quiet']));
    const compared = await asked('registry', async () => { assert.match(await run(template, ['status', '-c']), /are in sync/); });
    const folder = await clone('fetched', url);
    const fetched = await asked('registry', () => run(folder, ['fetch', '--quiet']));

    context.diagnostic(`${pushed} requests to push, ${compared} to compare, ${fetched} to fetch`);
    assert.ok(pushed <= MOST_REQUESTS && fetched <= MOST_REQUESTS && compared <= 2, `${pushed} ${fetched} ${compared}`);
    // Each object was verified on its way into the cache, so that they are all there is enough.
    assert.match(await run(folder, ['status', '-c']), /are in sync/);
    await sandbox.run('rm', ['-rf', folder]);
  });

  it('crane copies a repository to another registry, and tow pulls from the copy, in as few requests (#6148)', { timeout: 120_000 }, async () => {
    const [from, to] = (['registry', 'docker-registry'] as const).map((program) => registries.get(program)?.authority ?? assert.fail(program));
    const { status, stderr } = await sandbox.run(judgeProgram('crane'), ['copy', '--insecure', '--all-tags', `${from}/team/data`, `${to}/copies/data`]);
    assert.equal(status, 0, stderr);

    const folder = await clone('from-copy', `oci://127.0.0.1:${frontOf('docker-registry').port}/copies/data`);
    const pulled = await asked('docker-registry', () => run(folder, ['pull', '--quiet']));

    assert.ok(pulled <= MOST_REQUESTS, String(pulled));
    assert.match(await run(folder, ['status', '-c']), /are in sync/);
    const { status: differs, stdout } = await sandbox.run('diff', ['-r', join(template, 'data'), join(folder, 'data')]);
    assert.equal(differs, 0, stdout);
  });

  // Written after docs/formats/oci-segments.md alone, with nothing of Towline.
  it('a stranger reads an object with ORAS and the page about the format', async () => {
    const from = registries.get('registry')?.authority ?? assert.fail();
    const memory = temporaryFolder('oci-stranger');
    const contents = new Map([100, 200, 5_000_000].map((size, at) => noise(at, size)).map((bytes) => [md5(bytes), bytes] as const));
    await store(openSegments(openRepository(from, 'team/stranger'), memory), contents);
    removeFolder(memory);
    const oras = async (...args: readonly string[]): Promise<string> => {
      const { status, stdout, stderr } = await sandbox.run(judgeProgram('oras'), [...args.slice(0, 2), '--plain-http', ...args.slice(2)]);
      assert.equal(status, 0, `oras ${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    const blob = async (digest: string): Promise<Buffer> => {
      await oras('blob', 'fetch', '--output', 'fetched', `${from}/team/stranger@${digest}`);
      return readFileSync(join(sandbox.folder, 'fetched'));
    };

    const found = new Map<string, Buffer>();
    const tags = (await oras('repo', 'tags', `${from}/team/stranger`)).split('\n').filter((tag) => tag.startsWith('seg-'));
    for (const tag of tags) {
      const text = await oras('manifest', 'fetch', `${from}/team/stranger:${tag}`);
      assert.equal(tag, `seg-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`);
      const { artifactType, config, layers } = JSON.parse(text) as { readonly artifactType: string; readonly config: { readonly digest: string }; readonly layers: readonly { readonly digest: string }[] };
      assert.equal(artifactType, 'application/vnd.towline.segment.v1');
      const index = await blob(config.digest);
      assert.equal(index.subarray(0, 8).toString(), 'PIDX0001');
      for (let at = 1032; at < 1032 + 36 * index.readUInt32BE(8 + 255 * 4); at += 36) {
        const [begin, length] = [Number(index.readBigUInt64BE(at + 20)), Number(index.readBigUInt64BE(at + 28))];
        found.set(index.toString('hex', at, at + 16), (await blob(layers[index.readUInt16BE(at + 16)]?.digest ?? '')).subarray(begin, begin + length));
      }
    }

    assert.deepEqual(found, new Map<string, Buffer>(contents));
  });

  it('gc takes from a registry what nothing uses, and what is in use is pulled as before', async () => {
    const folder = join(sandbox.folder, 'cleaned');
    mkdirSync(join(folder, 'data'), { recursive: true });
    for (let at = 0; at < 20; at++) writeFileSync(join(folder, 'data', String(at)), noise(at, 1000));
    writeFileSync(join(folder, 'old'), noise(1, 5000));
    await sandbox.git(['init', '--quiet', folder]);
    for (const args of [['init', '-q'], ['remote', 'add', '-q', '-d', 'store', `oci://${registries.get('registry')?.authority}/team/gc`], ['add', '-q', 'data', 'old'], ['push', '-q'], ['remove', 'old.dvc']]) await run(folder, args);

    const kept = async (): Promise<readonly [unknown, readonly { readonly oid: string; readonly size?: number }[]]> => {
      const { kinds } = JSON.parse(await run(folder, ['remote', 'du', '--json'])) as { readonly kinds: unknown };
      return [kinds, (await run(folder, ['remote', 'list-objects', '--json'])).trimEnd().split('\n').map((line) => JSON.parse(line) as { readonly oid: string })];
    };
    const listing = (await run(folder, ['list', '.', '--dvc-only', '--show-hash', '--json'])).match(/\w{32}\.dir/)?.[0] ?? '';
    const [kinds, objects] = await kept();
    const listed = { count: 1, bytes: readFileSync(join(folder, '.dvc/cache/files/md5', listing.slice(0, 2), listing.slice(2))).byteLength, unsized: 0 };
    assert.deepEqual(kinds, { files: { count: 21, bytes: 25_000, unsized: 0 }, listings: listed });
    assert.deepEqual(objects.map(({ oid, size }) => `${oid} ${size}`).sort(), [...Array.from({ length: 20 }, (_, at) => `${md5(noise(at, 1000))} 1000`), `${md5(noise(1, 5000))} 5000`, `${listing} ${listed.bytes}`].sort());
    assert.match(await run(folder, ['remote', 'du']), /^.*21  files\n.*1  listings of directories\n.*22  store\n$/);

    assert.match(await run(folder, ['gc', '-w', '-c', '-f']), /No unused cache to remove from remote/, 'it is younger than the time of grace');
    assert.match(await run(folder, ['gc', '-w', '-c', '-f', '--grace', '0']), /Removed 1 objects? from remote/);
    assert.deepEqual((await kept())[0], { files: { count: 20, bytes: 20_000, unsized: 0 }, listings: listed });

    await sandbox.run('rm', ['-rf', join(folder, '.dvc/cache'), join(folder, '.dvc/tmp'), join(folder, 'data')]);
    await run(folder, ['pull', '-q']);
    const memory = temporaryFolder('oci-gc');
    const left = await readAll(openSegments(openRepository(registries.get('registry')?.authority ?? '', 'team/gc'), memory));
    removeFolder(memory);
    assert.equal(left.size, 21);
  });

  for (const program of PROGRAMS) {
    it(`${program}: two who push at once lose nothing, in 50 rounds`, { timeout: 120_000 }, async () => {
      const folder = temporaryFolder('oci-race');
      const open = (name: string): ObjectDb => openSegments(openRepository(registries.get(program)?.authority ?? assert.fail(program), 'team/race'), join(folder, name));
      const all = new Map<Oid, Buffer>();
      const pushers = [open('alice'), open('bob')];
      try {
        for (let round = 0; round < 50; round++) {
          await Promise.all(pushers.map(async (pusher, who) => {
            // Some of what they have is the same.
            const contents = new Map([noise(round, 300), noise(1000 + round * 2 + who, 500)].map((bytes) => [md5(bytes), bytes] as const));
            const held = await pusher.present(oidSet(contents.keys()));
            await store(pusher, new Map([...contents].filter(([oid]) => !held.has(oid))));
            for (const [oid, bytes] of contents) all.set(oid, bytes);
          }));
        }
        assert.equal(all.size, 150);
        assert.deepEqual(await readAll(open('carol')), all);
      } finally {
        removeFolder(folder);
      }
    });
  }
});
