import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Job } from 'bullmq';
import { isTemporaryName } from '../../src/disk/temporary.ts';
import { parseQueueAddress, queueNameOf } from '../../src/workers/queue-address.ts';
import { type JobQueue, loadQueueServer } from '../../src/workers/queue-server.ts';
import { whyMissing } from '../judges.ts';
import { startMinio } from '../servers/minio.ts';
import { startPostgres } from '../servers/postgres.ts';
import { type QueueKeeper, startRedis } from '../servers/redis.ts';
import { listKeys, makeBucket, readListed } from '../servers/s3-bucket.ts';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';
import type { S3Server } from '../servers/server.ts';
import { type Running, start, succeed } from './machines.ts';

const FILES = 10_000;
/** Two workers are killed when so many objects are there: nobody is warming up, and much is left to do. */
const KILLED_AT = 1500;

const keepers = [
  { name: 'Redis', remote: 'for-redis', judge: 'redis', start: startRedis },
  { name: 'PostgreSQL', remote: 'for-postgres', judge: 'postgres', start: startPostgres },
] as const;

interface Team { readonly sandbox: Sandbox; readonly alice: string; readonly bob: string }

describe(`two of four workers are killed during a push of ${FILES} objects`, () => {
  let team: Team;
  before(async () => { team = await startTeam(); });
  after(() => team.sandbox.remove());

  for (const { name, remote, judge, start: startKeeper } of keepers) {
    const skip = whyMissing(judge);
    describe(`on ${name}`, skip === undefined ? {} : { skip }, () => {
      let keeper: QueueKeeper;
      before(async () => { keeper = await startKeeper(); });
      after(() => keeper.stop());

      test('all is there in the end, each object once and whole, and the jobs of the dead were done by the others', async () => { await killTwoOfFour(team, { keeper, place: folderPlace(team, remote) }); });
      test('what a worker lacks, whoever pushes sends', async () => { await pushToStranger(team, keeper); });
      test('a job that takes longer than its lease stays with its worker', async () => { await workLong(team, keeper); });
      test('a worker at work whose queue is gone can be stopped', async () => { await withKeeper(startKeeper, (gone) => stopWithoutQueue(team, gone)); });
      test('a push that is stopped takes its jobs back, and a worker that is stopped gives its job back', async () => { await stopBoth(team, keeper); });
    });
  }

  const skip = whyMissing('redis', 'minio');
  describe('on Redis, to a server of S3', skip === undefined ? {} : { skip }, () => {
    let keeper: QueueKeeper;
    let server: S3Server;
    before(async () => { [keeper, server] = [await startRedis(), await startMinio()]; });
    after(async () => { await Promise.all([keeper.stop(), server.stop()]); });

    test('all is there, too', async () => {
      await makeBucket(server, BUCKET);
      await killTwoOfFour(team, { keeper, place: s3Place(team, server) });
    });
  });
});

/** A remote, and what it shows to others than us. */
interface Place {
  readonly remote: string;
  readonly displayUrl: string;
  /** The names of objects. */
  shown(): Promise<readonly string[]>;
  bytesOf(oid: string): Promise<Uint8Array>;
}

function folderPlace({ sandbox }: Team, remote: string): Place {
  const displayUrl = join(sandbox.folder, remote);
  const fileOf = (oid: string): string => join(displayUrl, 'files/md5', oid.slice(0, 2), oid.slice(2));
  return { remote, displayUrl, shown: async () => objectsIn(displayUrl), bytesOf: async (oid) => readFileSync(fileOf(oid)) };
}

const BUCKET = 'workers';

function s3Place({ alice, bob }: Team, server: S3Server): Place {
  const remote = 'for-s3';
  for (const folder of [alice, bob]) appendFileSync(join(folder, '.dvc/config.local'), s3Section(remote, server));
  return {
    remote, displayUrl: `s3://${BUCKET}/${remote}`,
    shown: async () => (await listKeys(server, BUCKET, `${remote}/files/md5/`)).map((key) => key.split('/').slice(-2).join('')),
    async bytesOf(oid) {
      const bytes = await readListed(server, { bucket: BUCKET, key: `${remote}/files/md5/${oid.slice(0, 2)}/${oid.slice(2)}` });
      assert.ok(bytes, `${oid} was listed, and is gone`);
      return bytes;
    },
  };
}

const s3Section = (remote: string, { url, region, accessKeyId, secretAccessKey }: S3Server): string =>
  `['remote "${remote}"']\n    url = s3://${BUCKET}/${remote}\n    endpointurl = ${url}\n    region = ${region}\n    access_key_id = ${accessKeyId}\n    secret_access_key = ${secretAccessKey}\n`;

/** Alice has all objects in her cache; Bob's clone reads the same cache. */
async function startTeam(): Promise<Team> {
  const sandbox = createSandbox('workers');
  const [alice, bob] = [join(sandbox.folder, 'alice'), join(sandbox.folder, 'bob')];
  mkdirSync(alice);
  await sandbox.git(['init', '--quiet', alice]);
  await succeed(sandbox, ['init', '--quiet'], alice);
  trackInCache(alice);
  writeFileSync(join(alice, '.dvc/config'), [...keepers.map(({ remote }) => remote), 'for-stranger', 'for-nobody'].map((name) => `['remote "${name}"']\n    url = ../../${name}\n`).join(''));
  await sandbox.git(['add', '--all'], { cwd: alice });
  await sandbox.git(['commit', '--quiet', '--message', 'data'], { cwd: alice });
  await sandbox.git(['clone', '--quiet', alice, bob]);
  writeFileSync(join(bob, '.dvc/config.local'), `[cache]\n    dir = ${join(alice, '.dvc/cache')}\n`);
  return { sandbox, alice, bob };
}

/** What `tow add` makes of a directory, without the directory: files are slow to make and to remove where many tests run. */
function trackInCache(root: string): void {
  const store = (content: string, suffix = ''): string => {
    const md5 = createHash('md5').update(content).digest('hex');
    const folder = join(root, '.dvc/cache/files/md5', md5.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${md5.slice(2)}${suffix}`), content, { mode: 0o444 });
    return `${md5}${suffix}`;
  };
  const names = Array.from({ length: FILES }, (_, at) => `${at}.txt`).sort();
  const entries = names.map((relpath) => `{"md5": "${store(`the content of ${relpath}\n`)}", "relpath": "${relpath}"}`);
  writeFileSync(join(root, 'data.dvc'), `outs:\n- md5: ${store(`[${entries.join(', ')}]`, '.dir')}\n  nfiles: ${FILES}\n  hash: md5\n  path: data\n`);
}

async function killTwoOfFour({ sandbox, alice, bob }: Team, { keeper, place }: { readonly keeper: QueueKeeper; readonly place: Place }): Promise<void> {
  const { remote } = place;
  const workers = Array.from({ length: 4 }, () => start(sandbox, ['worker', '-r', remote, '--lease', '2', keeper.url], bob));
  const queue = await openQueue(keeper, place.displayUrl);
  try {
    const push = start(sandbox, ['push', '-r', remote, '--json', '--workers', keeper.url, 'data'], alice);
    const victims = workers.slice(0, 2);
    await until(async () => (await place.shown()).length >= KILLED_AT, push);
    const abandoned = await freezeAtWork(victims, queue, push);
    for (const { child } of victims) child.kill('SIGKILL');
    const ended = await push.ended;

    assert.equal(ended.status, 0, ended.stderr);
    const { pushed, failed, missing, keptBack } = JSON.parse(ended.stdout) as Record<string, unknown>;
    assert.deepEqual([pushed, failed, missing, keptBack], [FILES + 1, [], [], []]);
    assert.doesNotMatch(ended.stderr, /sent from here/);
    assert.equal(abandoned.length, 2);
    for (const [at, { child }] of victims.entries()) assert.equal(child.signalCode, 'SIGKILL', `victim ${at}`);
    const shown = await place.shown();
    assert.equal(new Set(shown).size, FILES + 1);
    assert.equal(shown.length, FILES + 1);
    for (const oid of shown) assert.equal(createHash('md5').update(await place.bytesOf(oid)).digest('hex'), oid.slice(0, 32));
    const listed = await succeed(sandbox, ['remote', 'list-objects', remote], alice);
    assert.deepEqual(listed.stdout.match(/[0-9a-f]{32}(\.dir)?/g)?.sort(), [...shown].sort());
    assert.deepEqual(await queue.getJobCounts('waiting', 'active', 'completed', 'failed'), { waiting: 0, active: 0, completed: 0, failed: 0 });
  } finally {
    for (const { child } of workers) child.kill('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));
    await queue.close();
  }
}

/** Stops the workers in the middle of a job each; gives back the jobs. */
async function freezeAtWork(workers: readonly Running[], queue: JobQueue, push: Running): Promise<readonly Job[]> {
  for (;;) {
    for (const { child } of workers) child.kill('SIGSTOP');
    const held = (await queue.getActive()).filter(({ processedBy }) => workers.some(({ child }) => processedBy === `tow-${child.pid}`)) as Job[];
    if (held.length === workers.length) return held;
    // One was just between two jobs.
    assert.equal(push.child.exitCode, null, 'the push ended before all victims were seen at work');
    for (const { child } of workers) child.kill('SIGCONT');
    await wait(20);
  }
}

async function pushToStranger({ sandbox, alice }: Team, keeper: QueueKeeper): Promise<void> {
  const stranger = join(sandbox.folder, `stranger-${keeper.port}`);
  await sandbox.git(['clone', '--quiet', alice, stranger]);
  writeFileSync(join(alice, 'one.txt'), `for ${keeper.url}`);
  await succeed(sandbox, ['add', '--quiet', 'one.txt'], alice);
  const worker = start(sandbox, ['worker', '-r', 'for-stranger', '--idle', '1', '--json', keeper.url], stranger);
  const ended = await start(sandbox, ['push', '-r', 'for-stranger', '--workers', keeper.url, 'one.txt'], alice).ended;
  const { status, stdout } = await worker.ended;

  assert.deepEqual([ended.status, ended.stdout], [0, '1 file pushed\n'], ended.stderr);
  assert.match(ended.stderr, /1 object sent from here, because the cache of a worker lacks them/);
  assert.deepEqual([status, JSON.parse(stdout)], [0, { jobs: 1, pushed: 0, failed: 0, lacking: 1 }]);
}

/** With the lease of a second, a job of some five: whoever else looks for jobs lost meanwhile has four occasions to take it. */
async function workLong({ sandbox, alice, bob }: Team, keeper: QueueKeeper): Promise<void> {
  writeFileSync(join(alice, 'long.bin'), keeper.url.padEnd(400_000, '.'));
  await succeed(sandbox, ['add', '--quiet', 'long.bin'], alice);
  const workers = Array.from({ length: 2 }, () => start(sandbox, ['worker', '-r', 'for-stranger', '--lease', '1', '--limit-rate', '64k', '--idle', '8', '--json', keeper.url], bob));
  const begun = Date.now();
  const ended = await start(sandbox, ['push', '-r', 'for-stranger', '--workers', keeper.url, 'long.bin'], alice).ended;
  const seconds = (Date.now() - begun) / 1000;
  const worked = (await Promise.all(workers.map((worker) => worker.ended))).map(({ status, stdout, stderr }) => {
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as { readonly jobs: number; readonly pushed: number };
  });

  assert.deepEqual([ended.status, ended.stdout], [0, '1 file pushed\n'], ended.stderr);
  assert.ok(seconds > 3, `the job took no longer than its lease: ${seconds} s`);
  assert.deepEqual([worked.reduce((sum, { jobs }) => sum + jobs, 0), worked.reduce((sum, { pushed }) => sum + pushed, 0)], [1, 1]);
}

/** Nothing that waits for the server keeps the process alive, the timer for the job's lock neither. */
async function stopWithoutQueue({ sandbox, alice, bob }: Team, keeper: QueueKeeper): Promise<void> {
  const queue = await openQueue(keeper, join(sandbox.folder, 'for-stranger'));
  const push = start(sandbox, ['push', '-r', 'for-stranger', '--workers', keeper.url, 'data'], alice);
  const worker = start(sandbox, ['worker', '-r', 'for-stranger', '--jobs', '1', '--lease', '1', '--limit-rate', '1k', keeper.url], bob);
  try {
    await until(async () => (await queue.getActiveCount()) === 1, worker);
    push.child.kill('SIGKILL');
    await queue.close();
    await keeper.stop();
    await wait(1500);
    assert.equal(worker.child.exitCode, null);
    worker.child.kill('SIGTERM');
    const ended = await Promise.race([worker.ended, wait(60_000, undefined, { ref: false })]);

    assert.equal(ended?.status, 252, ended === undefined ? 'it did not end' : ended.stderr);
  } finally {
    for (const { child } of [push, worker]) child.kill('SIGKILL');
    await Promise.all([push.ended, worker.ended]);
  }
}

async function stopBoth({ sandbox, alice, bob }: Team, keeper: QueueKeeper): Promise<void> {
  const queue = await openQueue(keeper, join(sandbox.folder, 'for-nobody'));
  const waiting = async (): Promise<number> => (await queue.getJobCounts('waiting'))['waiting'] ?? 0;
  const push = start(sandbox, ['push', '-r', 'for-nobody', '--workers', keeper.url, 'data'], alice);
  try {
    await until(async () => (await waiting()) === Math.ceil(FILES / 256), push);
    // So slow that it is at work when it is stopped.
    const worker = start(sandbox, ['worker', '-r', 'for-nobody', '--jobs', '1', '--limit-rate', '1k', keeper.url], bob);
    await until(async () => (await queue.getActiveCount()) === 1, worker);
    worker.child.kill('SIGTERM');
    assert.equal((await worker.ended).status, 252);
    assert.deepEqual([await waiting(), await queue.getActiveCount()], [Math.ceil(FILES / 256), 0]);
    push.child.kill('SIGINT');
    const ended = await push.ended;

    assert.equal(ended.status, 252, ended.stderr);
    assert.deepEqual([await waiting(), await queue.getActiveCount()], [0, 0]);
    assert.deepEqual(objectsIn(join(sandbox.folder, 'for-nobody')).filter((oid) => oid.endsWith('.dir')), []);
  } finally {
    push.child.kill('SIGKILL');
    await push.ended;
    await queue.close();
  }
}

/** What fails before a server is stopped would keep the process of the tests. */
async function withKeeper(startKeeper: () => Promise<QueueKeeper>, use: (keeper: QueueKeeper) => Promise<void>): Promise<void> {
  const keeper = await startKeeper();
  try {
    await use(keeper);
  } finally {
    await keeper.stop();
  }
}

async function openQueue({ url }: QueueKeeper, displayUrl: string): Promise<JobQueue> {
  const server = await loadQueueServer(parseQueueAddress(url, { env: {} }));
  return await server.queue(queueNameOf({ displayUrl }));
}

async function until(isSo: () => boolean | Promise<boolean>, { child, ended }: Running): Promise<void> {
  while (!(await isSo())) {
    if (child.exitCode !== null || child.signalCode !== null) assert.fail(`it ended too early: ${JSON.stringify(await ended)}`);
    await wait(50);
  }
}

/** What is visible under the names of objects. */
function objectsIn(remote: string): readonly string[] {
  const root = join(remote, 'files/md5');
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((two) => readdirSync(join(root, two)).filter((name) => !isTemporaryName(name)).map((name) => `${two}${name}`));
}
