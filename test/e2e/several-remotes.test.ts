import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createSandbox, type Ended } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

interface Pushed { readonly pushed: number; readonly bytes: number; readonly remotes?: readonly { readonly name: string; readonly pushed: number; readonly error?: { readonly code: string } }[] }

describe('push', () => {
  it('--dry counts exactly what a push sends, and sends nothing', async () => {
    await withRemotes(async ({ run, objectsOf }) => {
      await run('push', 'single');
      const dry = await told(run('push', '--dry', '--json'));
      assert.equal(objectsOf('a').length, 1);
      assert.match((await run('push', '--dry')).stdout, /^3 files to push \(\d+ B\)$/m);

      const real = await told(run('push', '--json'));
      assert.deepEqual([dry.pushed, dry.bytes], [real.pushed, real.bytes]);
      assert.match((await run('push', '--dry')).stdout, /up to date/);
    });
  });

  it('--dry tells what is missing, and does not count the listing that waits for it', async () => {
    await withRemotes(async ({ run, root, objectsOf }) => {
      rmSync(objectFile(join(root, '.dvc/cache'), 'one\n'));
      const [dry, real] = [await run('push', '--dry', '--json'), await run('push', '--json')];
      assert.deepEqual([dry.status, real.status], [1, 1]);
      assert.deepEqual({ ...(JSON.parse(dry.stdout) as object), dry: undefined }, { ...(JSON.parse(real.stdout) as object), dry: undefined });
      assert.equal(objectsOf('a').length, 2);
    });
  });

  it('to several remotes gives all to each; one that fails is named and stops no other (#3578, #3371, #2466, #6196)', async () => {
    await withRemotes(async ({ run, objectsOf }) => {
      const ended = await run('push', '-r', 'dead', '-r', 'a', '-r', 'b', '--json');
      assert.equal(ended.status, 1);
      assert.match(ended.stderr, /failed to push data to the cloud of 'dead' - /);
      const { pushed, remotes } = JSON.parse(ended.stdout) as Pushed;
      assert.deepEqual([pushed, remotes?.map(({ name, pushed: sent, error }) => `${name} ${sent} ${error?.code ?? ''}`)], [8, ['dead 0 UNAVAILABLE', 'a 4 ', 'b 4 ']]);
      assert.deepEqual(objectsOf('a'), objectsOf('b'));
      assert.deepEqual((await run('push', '-r', 'a', '-r', 'b')).stdout.split('\n'), ['a: Everything is up to date.', 'b: Everything is up to date.', '']);
    });
  });

  it('to several remotes sends nothing where one of the names is none', async () => {
    await withRemotes(async ({ run, objectsOf }) => {
      const ended = await run('push', '-r', 'a', '-r', 'nobody');
      assert.match(ended.stderr, /remote 'nobody' doesn't exist/);
      assert.deepEqual([ended.status, objectsOf('a')], [1, []]);
    });
  });
});

describe('mirrors', () => {
  it('give what the remote lacks, has damaged, or cannot give because nobody answers, and it is said', async () => {
    await withRemotes(async ({ run, root, folderOf, objectsOf, forget }) => {
      await run('remote', 'modify', 'a', 'mirrors', 'b, nobody');
      await run('push', '-r', 'b');
      assert.deepEqual(objectsOf('a'), [], 'a push goes to the remote that is named');
      await run('push');

      rmSync(objectFile(folderOf('a'), 'two\n'));
      chmodSync(objectFile(folderOf('a'), 'one\n'), 0o644);
      writeFileSync(objectFile(folderOf('a'), 'one\n'), 'oNe\n');
      forget();
      const pulled = await run('pull');
      assert.equal(pulled.status, 0, pulled.stderr);
      assert.match(pulled.stderr, /2 files came from 'b', a mirror/);
      assert.match(pulled.stderr, /a mirror of 'a' is not asked: .*'nobody' doesn't exist/);
      assert.equal(readFileSync(join(root, 'data/one'), 'utf8'), 'one\n');
      assert.equal((await run('status', '-c')).stdout.includes('data/two'), true, 'status -c speaks of the remote itself');

      rmSync(folderOf('a'), { recursive: true });
      forget();
      assert.equal((await run('get', '.', 'data', '-o', 'got')).status, 0);
      assert.equal(readFileSync(join(root, 'got/two'), 'utf8'), 'two\n');

      await run('remote', 'modify', 'dead', 'mirrors', 'b');
      const fetched = await run('fetch', '-r', 'dead');
      assert.equal(fetched.status, 0, fetched.stderr);
      assert.match(fetched.stderr, /remote 'dead' cannot be read from: [^]*4 files came from 'b'/);
    });
  });

  it('that do not have it either leave the first reason standing', async () => {
    await withRemotes(async ({ run, root, folderOf, forget }) => {
      await run('remote', 'modify', 'a', 'mirrors', 'b');
      await run('push');
      chmodSync(objectFile(folderOf('a'), 'one\n'), 0o644);
      writeFileSync(objectFile(folderOf('a'), 'one\n'), 'oNe\n');
      forget();
      const ended = await run('pull', '--json');
      const { fetch: { failed, missing } } = JSON.parse(ended.stdout) as { readonly fetch: { readonly failed: readonly { readonly path: string }[]; readonly missing: readonly unknown[] } };
      assert.deepEqual([ended.status, failed.map(({ path }) => path), missing], [1, ['data/one'], []]);
      assert.equal(existsSync(join(root, 'data/one')), false);
    });
  });
});

const MD5: Readonly<Record<string, string>> = { 'one\n': '5bbf5a52328e7439ae6e719dfe712200', 'two\n': 'c193497a1a06b2c72230e6146ff47080' };

function objectFile(folder: string, content: string): string {
  const md5 = MD5[content] ?? '';
  return join(folder, 'files/md5', md5.slice(0, 2), md5.slice(2));
}

const told = async (ended: Promise<Ended>): Promise<Pushed> => JSON.parse((await ended).stdout) as Pushed;

interface Prepared {
  readonly root: string;
  readonly run: (...args: string[]) => Promise<Ended>;
  readonly folderOf: (remote: string) => string;
  readonly objectsOf: (remote: string) => readonly string[];
  /** Takes away the cache and the data. */
  readonly forget: () => void;
}

/** A repository with a directory of two files and a file, the remotes 'a' (the default) and 'b', and one that nobody answers. */
async function withRemotes(work: (prepared: Prepared) => Promise<void>): Promise<void> {
  const sandbox = createSandbox('several');
  try {
    const root = join(sandbox.folder, 'project');
    mkdirSync(join(root, 'data'), { recursive: true });
    const run = (...args: string[]): Promise<Ended> => tow(sandbox, args, { cwd: root });
    const folderOf = (remote: string): string => join(sandbox.home, remote);
    await run('init', '--no-scm');
    for (const [name, content] of [['data/one', 'one\n'], ['data/two', 'two\n'], ['single', 'single\n']] as const) writeFileSync(join(root, name), content);
    writeFileSync(join(root, '.dvc/config'), `[core]\n    no_scm = True\n    remote = a\n['remote "a"']\n    url = ${folderOf('a')}\n['remote "b"']\n    url = ${folderOf('b')}\n['remote "dead"']\n    url = http://127.0.0.1:9/store\n`);
    writeFileSync(join(root, '.dvc/towline'), "['remote \"dead\"']\n    retries = 0\n");
    await run('add', 'data', 'single');
    await work({
      root, run, folderOf,
      objectsOf: (remote) => (existsSync(folderOf(remote)) ? readdirSync(folderOf(remote), { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map(({ name }) => name).toSorted() : []),
      forget: () => { for (const path of ['.dvc/cache', 'data', 'single']) rmSync(join(root, path), { recursive: true, force: true }); },
    });
  } finally {
    sandbox.remove();
  }
}
