import assert from 'node:assert/strict';
import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Connect } from '../../src/http/transport.ts';
import { openRegistryStore } from '../../src/oci/store.ts';
import type { Oid } from '../../src/odb/hash-info.ts';
import type { ObjectDb } from '../../src/odb/object-db.ts';
import { oidSet } from '../../src/odb/oid-set.ts';
import type { PodStore } from '../../src/pods/pod.ts';
import { createRegistryPods } from '../../src/pods/registry-store/registry-store.ts';
import type { ArtifactStore } from '../../src/storage/artifacts.ts';
import type { Packing } from '../../src/storage/definition.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { openRepository } from '../artifact-targets.ts';
import { whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { loadedText, stateOf } from '../pod-cases.ts';
import { openSegments, readAll, store } from '../servers/open-oci.ts';
import { type Front, startFront } from '../servers/front.ts';
import { type RegistryServer, startRegistry } from '../servers/registry.ts';
import { type RegistryFake, startRegistryFake } from '../servers/registry-fake.ts';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { start, succeed } from './machines.ts';
import { DEATHS, mortal } from './mortal.ts';

const md5 = (bytes: Uint8Array): Oid => createHash('md5').update(bytes).digest('hex') as Oid;
const content = (...sizes: readonly number[]): Map<Oid, Buffer> => new Map(sizes.map((size, at) => Buffer.alloc(size, `${at}-${size}-`)).map((bytes) => [md5(bytes), bytes]));
/** A few kilobytes make packs, objects by themselves and uploads in chunks. */
const PACKING: Packing = { smallBytes: 1500, packBytes: 3000, layers: 3 };
const CHUNKS = { chunkBytes: 2000, chunksAboveBytes: 3000 };
const LEAST_POINTS = 100;

describe('a process that ends at each request to a registry', () => {
  let fake: RegistryFake;
  let folder: string;
  let points = 0;
  before(async () => {
    fake = await startRegistryFake();
    folder = temporaryFolder('registry-crash');
  });
  after(async () => {
    await fake.stop();
    removeFolder(folder);
  });
  const opened = (name: string, connect: Connect = openingIn('/nonexistent').connect): ArtifactStore =>
    openRegistryStore({ host: fake.authority, name }, CHUNKS, { ...openingIn('/nonexistent'), connect });

  /** Runs `act` with a life that ends at the first request, the second, and so on, in each way, until it lives to its end. */
  const atEveryPoint = async (act: (connect: Connect, name: string) => Promise<void>, examine: (name: string, when: string) => Promise<void>): Promise<void> => {
    for (const death of DEATHS) {
      for (let at = 1, isOver = false; !isOver; at++) {
        const name = `crash/point-${++points}`;
        const life = mortal(openingIn('/nonexistent').connect, at, death);
        const outcome = await act(life.connect, name).then(() => 'done', () => 'ended');
        isOver = life.sent() < at;
        assert.equal(outcome, isOver ? 'done' : outcome, `${death} request ${at}`);
        await examine(name, `${death} request ${at}`);
      }
    }
  };

  const first = content(10, 4000);
  const second = new Map([...content(10, 25, 700, 800, 1600, 2900, 7000), [`${md5(Buffer.from('[1]'))}.dir` as Oid, Buffer.from('[1]')] as const]);
  const everything = new Map([...first, ...second]);
  const segments = (name: string, connect?: Connect): ObjectDb => openSegments(opened(name, connect), join(folder, name.replaceAll('/', '-')), PACKING, () => 1_000_000_000_000);
  const stranger = (name: string): ObjectDb => openSegments(opened(name), join(folder, `stranger-${points}-${Math.random()}`), PACKING);
  const push = async (db: ObjectDb, contents: ReadonlyMap<Oid, Buffer>): Promise<void> => {
    const held = await db.present(oidSet(contents.keys()));
    await store(db, new Map([...contents].filter(([oid]) => !held.has(oid))));
  };
  const tagsOf = async (name: string): Promise<readonly string[]> => {
    const tags: string[] = [];
    for await (const tag of opened(name).tags()) tags.push(tag);
    return tags.sort();
  };

  it('in a push: what is listed can be read, and the same push again ends as if nothing had been', async () => {
    await push(segments('crash/undisturbed'), first);
    await push(segments('crash/undisturbed'), second);
    const wanted = await tagsOf('crash/undisturbed');
    await atEveryPoint(async (connect, name) => {
      await push(segments(name), first);
      await push(segments(name, connect), second);
    }, async (name, when) => {
      const listed = await readAll(stranger(name));
      for (const [oid, bytes] of listed) assert.ok(everything.get(oid)?.equals(bytes), when);
      for (const oid of first.keys()) assert.ok(listed.has(oid), when);
      const tree = [...second.keys()].find((oid) => oid.endsWith('.dir'));
      if (tree && listed.has(tree)) assert.equal(listed.size, everything.size, `a listing before its files, ${when}`);

      await push(segments(name), second);
      assert.deepEqual(await readAll(stranger(name)), everything, when);
      assert.deepEqual(await tagsOf(name), wanted, when);
    });
  });

  it('in a deletion and the tidying after it: what was to stay is there, and the same again completes', async () => {
    const dead = [...second.keys()].filter((_, at) => at % 2 === 1);
    const drop = async (db: ObjectDb): Promise<void> => { 
      for await (const { error } of db.delete(oidSet(dead))) if (error) throw error;
      await db.tidy?.();
    };
    const kept = new Map([...everything].filter(([oid]) => !dead.includes(oid)));
    await atEveryPoint(async (connect, name) => {
      await push(segments(name), first);
      await push(segments(name), second);
      await drop(segments(name, connect));
    }, async (name, when) => {
      const listed = await readAll(stranger(name));
      for (const oid of kept.keys()) assert.ok(listed.has(oid), when);
      await drop(segments(name));
      assert.deepEqual(await readAll(stranger(name)), kept, when);
    });
  });

  for (const isSingle of [false, true]) {
    it(`in the save of a pod, ${isSingle ? 'all in one repository' : 'a repository for each'}: every version that is listed loads, and the same again makes the latest`, async () => {
      const pods = (name: string, connect?: Connect): PodStore => createRegistryPods({ isSingle, displayUrl: name, now: Date.now, openRepository: async (path) => opened(path === '' ? name : `${name}/${path}`, connect) });
      const save = async (store: PodStore, text: string): Promise<void> => { await store.save('env', fromBytes(stateOf(text)), { notes: { services: [] } }); };
      const large = 'x'.repeat(7000);
      await atEveryPoint(async (connect, name) => {
        await save(pods(name), 'one');
        await save(pods(name, connect), large);
      }, async (name, when) => {
        const texts = async (): Promise<readonly string[]> => {
          const versions = await pods(name).versions('env');
          return await Promise.all(versions.map(async ({ version }) => await loadedText(pods(name), 'env', version)));
        };
        const [one, ...more] = await texts();
        assert.equal(one, stateOf('one').toString(), when);
        assert.ok(more.length <= 1 && more.every((text) => text === stateOf(large).toString()), when);

        await save(pods(name), large);
        assert.deepEqual(await texts(), [one, ...more, stateOf(large).toString()], when);
        assert.equal(await loadedText(pods(name), 'env'), stateOf(large).toString(), when);
        assert.deepEqual((await pods(name).list()).map((pod) => pod.name), ['env'], when);
      });
    });
  }

  it(`these were at least ${LEAST_POINTS} points`, (context) => {
    context.diagnostic(`${points} points`);
    assert.ok(points >= LEAST_POINTS, String(points));
  });
});

/** Noise of so many MiB: a zip makes it no smaller. */
const noise = (mebibytes: number): Uint8Array => createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(mebibytes << 20));

/** Moments of a real `kill -9`: the number of the request that is on its way then. */
const KILLS = [3, 7, 10] as const;

describe('kill -9 while distribution 3 is at work', { skip: whyMissing('registry') ?? false }, () => {
  let server: RegistryServer;
  let front: Front;
  let sandbox: Sandbox;
  let alice: string;
  before(async () => {
    server = await startRegistry('registry');
    front = await startFront(Number(server.authority.split(':')[1]));
    sandbox = createSandbox('registry-kill');
    alice = join(sandbox.folder, 'alice');
    mkdirSync(join(alice, 'data'), { recursive: true });
    for (let at = 0; at < 50; at++) writeFileSync(join(alice, 'data', String(at)), Buffer.alloc(2000, `${at} `));
    writeFileSync(join(alice, 'large'), noise(9));
    await sandbox.git(['init', '--quiet', alice]);
    for (const args of [['init', '--quiet'], ['add', '--quiet', 'data', 'large']]) await succeed(sandbox, args, alice);
  });
  after(async () => {
    await front.stop();
    await server.stop();
    sandbox.remove();
  });
  const killedAt = async (request: number, args: readonly string[]): Promise<void> => {
    const running = start(sandbox, args, alice);
    const begun = front.arrived.length;
    front.onArrival = () => { if (front.arrived.length - begun >= request) running.child.kill('SIGKILL'); };
    await running.ended;
    front.onArrival = undefined;
  };

  it('in pushes: what is listed can be read, and the same push again completes', async () => {
    for (const request of KILLS) {
      const name = `kill/push-${request}`;
      await succeed(sandbox, ['remote', 'add', '-f', '-d', 'store', `oci://127.0.0.1:${front.port}/${name}`], alice);
      await killedAt(request, ['push']);
      const memory = (): string => join(sandbox.folder, `memory-${request}-${Math.random()}`);
      const listed = await readAll(openSegments(openRepository(server.authority, name), memory()));
      for (const [oid, bytes] of listed) assert.equal(md5(bytes), oid.slice(0, 32), `killed at request ${request}`);

      await succeed(sandbox, ['push', '--quiet'], alice);
      assert.equal((await readAll(openSegments(openRepository(server.authority, name), memory()))).size, 52, `killed at request ${request}`);
    }
  });

  /** How many chunks a command sends; it is killed when the third is on its way. */
  const chunks = (from: number): number => front.arrived.slice(from).filter((line) => line.startsWith('PATCH ')).length;
  const killedInChunks = async (args: readonly string[]): Promise<number> => {
    const begun = front.arrived.length;
    const running = start(sandbox, args, alice);
    front.onArrival = () => { if (chunks(begun) === 3) running.child.kill('SIGKILL'); };
    await running.ended;
    front.onArrival = undefined;
    assert.equal(chunks(begun), 3);
    const again = front.arrived.length;
    await succeed(sandbox, args, alice);
    return chunks(again);
  };

  it('an upload in chunks goes on in the next process, of data and of a pod', async () => {
    await succeed(sandbox, ['remote', 'add', '-f', '-d', 'store', `oci://127.0.0.1:${front.port}/kill/resumed`], alice);
    await succeed(sandbox, ['remote', 'modify', 'store', 'chunk_size', '1MiB'], alice);
    mkdirSync(join(alice, 'state'), { recursive: true });
    writeFileSync(join(alice, 'state/large'), noise(8));

    // Of nine chunks, and of somewhat more than eight.
    for (const [args, whole] of [[['push', '--quiet', 'large'], 8], [['pod', 'save', 'env', 'store', '--from', 'dir:state'], 8]] as const) {
      const rest = await killedInChunks(args);
      assert.ok(rest <= whole - 2, `${rest} of ${whole} chunks were sent again by tow ${args.join(' ')}`);
    }
    await succeed(sandbox, ['pod', 'load', 'env', 'store', '--to', 'dir:state-back', '--yes'], alice);
    assert.equal((await sandbox.run('diff', ['-r', 'state', 'state-back'], { cwd: alice })).status, 0);
    assert.equal((await readAll(openSegments(openRepository(server.authority, 'kill/resumed'), join(sandbox.folder, 'memory-resumed')))).size, 1);
  });

  it('a large state that is loaded goes on in the next process', async () => {
    mkdirSync(join(alice, 'huge'));
    writeFileSync(join(alice, 'huge/file'), noise(80));
    const url = `oras://127.0.0.1:${front.port}/kill/huge`;
    await succeed(sandbox, ['pod', 'save', 'env', url, '--from', 'dir:huge'], alice);
    const journal = join(sandbox.home, '.cache/towline/pods/journal');
    const noted = (): number => { try { return readdirSync(journal).filter((name) => name.endsWith('.json')).reduce((sum, name) => sum + [...readFileSync(join(journal, name), 'utf8').matchAll(/"number":/g)].length, 0); } catch { return 0; } };
    const args = ['pod', 'load', 'env', url, '--to', 'dir:huge-back', '--yes', '-vv'];
    const running = start(sandbox, args, alice);
    const state = { isOver: false };
    void running.ended.then(() => { state.isOver = true; });
    while (!state.isOver && noted() < 2) await wait(1);
    running.child.kill('SIGKILL');
    assert.equal((await running.ended).signal, 'SIGKILL');
    const before = noted();

    const { stderr } = await succeed(sandbox, args, alice);

    const ranges = [...stderr.matchAll(/GET \S+ 206 /g)].length;
    assert.ok(before >= 2 && ranges <= 6 - before, `${ranges} ranges were read although ${before} were there`);
    assert.equal((await sandbox.run('diff', ['-r', 'huge', 'huge-back'], { cwd: alice })).status, 0);
    assert.deepEqual(readdirSync(join(sandbox.home, '.cache/towline/pods')), ['journal'], 'nothing of it stays');
  });

  it('in saves of a pod: every version that is listed loads, and the same again makes the latest', async () => {
    for (const request of KILLS) {
      const url = `oras://127.0.0.1:${front.port}/kill/pods-${request}`;
      await killedAt(request, ['pod', 'save', 'env', url, '--from', 'dir:data']);
      await succeed(sandbox, ['pod', 'save', 'env', url, '--from', 'dir:data'], alice);
      const { stdout } = await succeed(sandbox, ['pod', 'versions', 'env', url, '--format', 'json'], alice);
      for (const { version } of JSON.parse(stdout) as readonly { readonly version: number }[]) {
        await succeed(sandbox, ['pod', 'load', `env:${version}`, url, '--to', `dir:back-${request}-${version}`], alice);
        assert.equal((await sandbox.run('diff', ['-r', 'data', `back-${request}-${version}`], { cwd: alice })).status, 0, `killed at request ${request}`);
      }
    }
  });
});
