import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { isTemporaryName } from '../../src/disk/temporary.ts';
import { whyMissing } from '../judges.ts';
import { randomFor, seed } from '../seed.ts';
import { type FileserverDouble, startFileserver } from '../servers/fileserver.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';

const PROCESSES = 16;
const URLS = 50;
const BYTES = 300_000;
const CHILD = new URL(import.meta.url.endsWith('.ts') ? './clearml-child.ts' : './clearml-child.js', import.meta.url);
const missing = whyMissing('flock');

describe(`${PROCESSES} processes and one cache of ClearML (seed ${seed})`, missing === undefined ? {} : { skip: missing }, () => {
  let server: FileserverDouble;
  let urls: readonly string[];
  const sums = new Map<string, string>();
  before(async () => {
    server = await startFileserver({ isOpen: true });
    const random = randomFor('files of the cache');
    urls = Array.from({ length: URLS }, (_, at) => {
      const bytes = Buffer.alloc(Math.floor(random() * BYTES), `${at} `);
      const url = `${server.url}/${at}.bin`;
      writeFileSync(join(server.folder, `${at}.bin`), bytes);
      sums.set(url, createHash('md5').update(bytes).digest('hex'));
      return url;
    });
  });
  after(() => server.stop());

  test(`${URLS} URLs at once: every process has every file whole, and each was downloaded once`, async () => {
    const home = machine(server);
    const since = server.arrived.length;

    const { copies } = await runAll(home, urls);

    for (const one of copies) assert.deepEqual(new Map(one), sums);
    assert.deepEqual(downloads(server, since), urls.map((url) => `GET ${url.slice(server.url.length)}`).toSorted());
    assertClean(home, sums);
    removeFolder(home);
  });

  test('half of them killed at random moments: the others have every file whole, nothing torn stays and no lock blocks', async () => {
    const random = randomFor('killed in the cache');
    for (let round = 0; round < 2; round++) {
      const home = machine(server);
      const since = server.arrived.length;

      // All are at work until the last URL is asked for: so nobody is killed who had done already.
      const kills = Array.from({ length: PROCESSES / 2 }, () => Math.floor(random() * (URLS - 1)));
      const { copies } = await runAll(home, urls, { kills, progress: () => server.arrived.length - since });

      assert.equal(copies.length, PROCESSES / 2);
      for (const one of copies) assert.deepEqual(new Map(one), sums);
      // Only what a killed one was at may have been asked for again.
      assert.ok(downloads(server, since).length <= URLS + (PROCESSES / 2) * 8, String(downloads(server, since).length));
      const before = server.arrived.length;
      const last = await runAll(home, urls, { processes: 1 });
      assert.deepEqual(new Map(last.copies[0]), sums);
      assert.deepEqual(downloads(server, before), []);
      await fetchAnew(home, urls);
      assertClean(home, sums);
      removeFolder(home);
    }
  });

  test('all killed: the next process takes their locks at once and has every file', async () => {
    const home = machine(server);
    const since = server.arrived.length;
    await runAll(home, urls, { processes: 6, kills: Array.from({ length: 6 }, (_, at) => at * 6), progress: () => server.arrived.length - since });

    const { copies } = await runAll(home, urls, { processes: 1 });

    assert.deepEqual(new Map(copies[0]), sums);
    await fetchAnew(home, urls);
    assertClean(home, sums);
    removeFolder(home);
  });
});

/** The user of a machine, with a cache of its own. */
function machine(server: FileserverDouble): string {
  const home = temporaryFolder('clearml-cache');
  writeFileSync(join(home, 'clearml.conf'), `api.files_server: "${server.url}"\nsdk.storage.cache.default_base_dir: "${home}/cache"\n`);
  return home;
}

const downloads = (server: FileserverDouble, since: number): readonly string[] => server.arrived.slice(since).map(({ method, url }) => `${method} ${url}`).toSorted();

/** Who was killed between the last byte and the end leaves a lock beside a whole file; it keeps nobody from replacing that. */
async function fetchAnew(home: string, urls: readonly string[]): Promise<void> {
  await runAll(home, urls, { processes: 1, how: 'anew' });
}

interface Running { readonly how?: 'anew'; readonly processes?: number; /** After how much progress; one process for each. */ readonly kills?: readonly number[]; readonly progress?: () => number }
type Copies = readonly (readonly [string, string])[];

/** Starts them, lets them go together, and gives what each had that was not killed. */
async function runAll(home: string, urls: readonly string[], { processes = PROCESSES, kills = [], progress = () => 0, how }: Running = {}): Promise<{ readonly copies: readonly Copies[] }> {
  const children = Array.from({ length: processes }, (_, at) => fork(CHILD, [home, String((at * 7) % urls.length), how ?? '', ...urls], { stdio: 'inherit' }));
  const copies: Copies[] = [];
  const ended = children.map(async (child) => { await once(child, 'exit'); });
  try {
    await Promise.all(children.map(async (child) => { await once(child, 'message'); }));
    for (const child of children) {
      child.on('message', (message: { readonly copies: Copies }) => copies.push(message.copies));
      child.send('go');
    }
    await Promise.all(kills.map(async (after, at) => {
      while (progress() < after && children[at]?.exitCode === null) await wait(1);
      children[at]?.kill('SIGKILL');
    }));
    await Promise.all(ended);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
  const failed = children.filter(({ exitCode }, at) => at >= kills.length && exitCode !== 0);
  assert.equal(failed.length, 0, 'a process that nobody killed failed');
  return { copies };
}

/** Nothing but whole files; what was unfinished bears the name of a temporary file, and no lock is left. */
function assertClean(home: string, sums: ReadonlyMap<string, string>): void {
  const folder = join(home, 'cache/storage_manager/global');
  const names = readdirSync(folder).filter((name) => !isTemporaryName(name));
  const wanted = [...sums].map(([url, md5]) => [`${createHash('md5').update(url).digest('hex')}.${url.slice(url.lastIndexOf('/') + 1)}`, md5] as const);
  assert.deepEqual(names.toSorted(), wanted.map(([name]) => name).toSorted());
  for (const [name, md5] of wanted) assert.equal(createHash('md5').update(readFileSync(join(folder, name))).digest('hex'), md5, name);
}
