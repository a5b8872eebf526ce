import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { type ErrorCode, hasCode } from '../../src/errors.ts';
import { applyConfigEdits } from '../../src/remotes/apply-config-edits.ts';
import type { ConfigChange } from '../../src/remotes/config-draft.ts';
import { type Config, readConfig } from '../../src/remotes/config.ts';
import { setOption } from '../../src/remotes/edit-options.ts';
import { parseOptionName } from '../../src/remotes/option-name.ts';
import { modifyRemote } from '../../src/remotes/edit-remotes.ts';
import type { Lent } from '../../src/repo/repo.ts';
import { add } from '../../src/repo/verbs/add.ts';
import { checkout } from '../../src/repo/verbs/checkout.ts';
import { commit } from '../../src/repo/verbs/commit.ts';
import { destroy } from '../../src/repo/verbs/destroy.ts';
import { fetch } from '../../src/repo/verbs/fetch.ts';
import { gcUndo } from '../../src/repo/verbs/gc-undo.ts';
import { gc } from '../../src/repo/verbs/gc.ts';
import { init } from '../../src/repo/verbs/init.ts';
import { migrateCache } from '../../src/repo/verbs/migrate-cache.ts';
import { move } from '../../src/repo/verbs/move.ts';
import { push } from '../../src/repo/verbs/push.ts';
import { remove } from '../../src/repo/verbs/remove.ts';
import { unfinishedFolder } from '../../src/repo/unfinished.ts';
import { DATA, LOCK, PIPELINE, putDvc2 } from '../interop/dvc-2.ts';
import { type CaseFolder, copyTree } from './case-folder.ts';
import { crashAtEveryPoint, type Story } from './every-point.ts';
import { inRepo } from './in-repo.ts';
import { startWeb } from './web.ts';

describe('a machine that goes off at any change of a file loses nothing, and the same command again ends the work', () => {
  test('init', () => covers({
    prepare: async ({ work }) => git(work),
    run: (lent, { work }) => unlessDone('ALREADY_EXISTS', { file: join(work, '.dvc/config'), isThere: true }, init(lent, { folder: work })),
  }, 20));

  test('add', () => covers({ prepare: async (machine) => { await repository(machine); version(machine, 1); }, run: addAll }, 100));

  test('add where the files themselves become the objects, by hard links', () => covers({
    async prepare(machine) {
      await repository(machine);
      appendFileSync(join(machine.work, '.dvc/config'), '[cache]\n    type = hardlink\n');
      version(machine, 1);
      // What was written just now would be copied.
      for (const name of readdirSync(join(machine.work, 'data'), { recursive: true, encoding: 'utf8' })) utimesSync(join(machine.work, 'data', name), 1_600_000_000, 1_600_000_000);
    },
    run: addAll,
  }, 80));

  test('add of what has changed', () => covers({
    async prepare(machine) {
      await repository(machine);
      version(machine, 1);
      await addAll(machine.lend(), machine);
      version(machine, 2);
    },
    run: addAll,
  }, 40));

  test('commit', () => covers({
    async prepare(machine) {
      await withData(machine);
      version(machine, 2);
    },
    run: inRepo(async (repo, { work }) => void (await commit(repo, { cwd: work, force: true }))),
  }, 40));

  test('commit of a stage, with its lock and its run', () => covers({
    async prepare(machine) {
      await repository(machine);
      const put = (path: string, text: string): void => { writeFileSync(join(machine.work, path), text); };
      for (const [path, text] of [['dvc.yaml', 'stages:\n  one:\n    cmd: x\n    deps: [in]\n    outs: [out]\n    metrics:\n    - score:\n        cache: false\n'], ['in', 'in'], ['out', 'out'], ['score', '1']] as const) put(path, text);
    },
    run: inRepo(async (repo, { work }) => void (await commit(repo, { cwd: work, force: true }))),
  }, 20));

  test('gc of the cache and the remote', () => covers({
    async prepare(machine) {
      await withData(machine);
      await pushAll(machine.lend(), machine);
      version(machine, 2);
      await addAll(machine.lend(), machine);
    },
    run: inRepo(async (repo) => void (await gc(repo, { cloud: true, graceSeconds: 0 }))),
  }, 16));

  test('gc of the cache that can be undone', () => covers({ prepare: withGarbage, run: gcOfCache, every: 3 }, 16));

  test('gc of the cache and its undoing: whatever happens in between, all is there in the end', () => covers({
    prepare: withGarbage,
    run: async (lent, machine) => { await gcOfCache(lent, machine); await undoAll(lent, machine); },
    every: 3,
  }, 30));

  test('push', () => covers({ prepare: withData, run: pushAll }, 80));

  test('fetch', () => covers({ prepare: async (machine) => { await pushed(machine); rmSync(join(machine.work, '.dvc/cache'), { recursive: true }); }, run: fetchAll }, 80));

  test('checkout into an empty workspace', () => covers({ prepare: async (machine) => { await withData(machine); clear(machine); }, run: checkoutAll }, 60));

  for (const [from, to] of [[1, 2], [2, 1]] as const) {
    test(`checkout of version ${to} over version ${from}, with files that change, come, go and become folders`, () => covers({
      async prepare(machine) {
        await repository(machine);
        for (const one of [from, to]) {
          version(machine, one);
          await addAll(machine.lend(), machine);
        }
        version(machine, from);
      },
      run: checkoutAll,
    }, 20));
  }

  test('fetch and checkout of a clone', () => covers({
    prepare: async (machine) => { await pushed(machine); rmSync(join(machine.work, '.dvc/cache'), { recursive: true }); clear(machine); },
    async run(lent, machine) {
      await fetchAll(lent, machine);
      await checkoutAll(lent, machine);
    },
  }, 150));

  test('fetch of a large object in parts, which are noted in the journal', async () => {
    const web = await startWeb();
    try {
      await covers({
        async prepare(machine) {
          await repository(machine);
          writeFileSync(join(machine.work, 'large.bin'), Buffer.alloc(17 * 2 ** 20, 'large'));
          await inRepo(async (repo, { work }) => void (await add(repo, { targets: ['large.bin'], cwd: work })))(machine.lend(), machine);
          web.folder = join(web.home, 'cache');
          copyTree(join(machine.work, '.dvc/cache'), web.folder);
          rmSync(join(machine.work, '.dvc/cache'), { recursive: true });
          writeFileSync(join(machine.work, '.dvc/config'), `[core]\n    remote = web\n['remote "web"']\n    url = ${web.url}\n    jobs = 2\n`);
        },
        run: (lent, machine) => fetchAll({ ...lent, partThreshold: 1 << 20 }, machine),
        every: 31,
      }, 200);
      assert.ok(web.ranges() > 20, 'it was not read in ranges');
    } finally { await web.stop(); }
  });

  test('remove, with and without the data', async () => {
    for (const outs of [false, true]) {
      await covers({
        prepare: withData,
        run: inRepo(async (repo, { work }) => { await unlessDone('NOT_FOUND', { file: join(work, 'data.dvc'), isThere: false }, remove(repo, { targets: ['data.dvc'], outs, cwd: work })); }),
      }, 8);
    }
  });

  for (const to of ['data-2', 'there/data-2', 'there']) {
    test(`move of a directory to '${to}'`, () => covers({
      prepare: async (machine) => { await withData(machine); mkdirSync(join(machine.work, 'there')); },
      run: inRepo(async (repo, { work }) => { await unlessDone('NOT_FOUND', { file: join(work, 'data.dvc'), isThere: false }, move(repo, { from: 'data', to, cwd: work })); }),
    }, 8));
  }

  test('cache migrate of objects, entries and a lock of DVC 2', () => covers({
    prepare: legacyRepository,
    run: inRepo(async (repo) => {
      const { damaged, lost, waiting } = await migrateCache(repo, { dvcFiles: true });
      assert.deepEqual([...damaged, ...lost, ...waiting], []);
    }),
  }, 30));

  test('config, of the project and of this work tree', async () => {
    for (const [option, value, level] of [['core.autostage', 'true', 'repo'], ['cache.type', 'hardlink,copy', 'repo'], ['gc.grace', '60', 'repo'], ['core.remote', 'far', 'local']] as const) {
      const name = parseOptionName(option);
      assert.ok(name);
      await covers({ prepare: repository, run: inConfig((config, { work }) => setOption(config, name, { value, level, cwd: work })) }, 4);
    }
  });

  test('destroy', () => covers({
    prepare: withData,
    run: async (lent, machine) => { if (existsSync(join(machine.work, '.dvc'))) await inRepo(async (repo) => void (await destroy(repo)))(lent, machine); },
  }, 20));

  test('remote modify, also of a secret, which goes to a file of its own', async () => {
    for (const [option, value, level] of [['port', '2222', 'repo'], ['password', 'hunter2', 'local'], ['retries', '3', 'repo'], ['retries', '3', 'local']] as const) {
      await covers({ prepare: repository, run: inConfig((config, { work }) => modifyRemote(config, { name: 'far', option, value }, { level, cwd: work })) }, 8);
    }
  });
});

async function covers(story: Story, least: number): Promise<void> {
  const points = await crashAtEveryPoint(story);
  assert.ok(points >= least, `only ${points} points were there to crash at`);
}

/** The last change of a verb may be made although the machine then went off: the next try rightly says that it is done. */
async function unlessDone(code: ErrorCode, { file, isThere }: { readonly file: string; readonly isThere: boolean }, work: Promise<unknown>): Promise<void> {
  const isDone = existsSync(file) === isThere;
  await work.catch((error: unknown) => { if (!isDone || !hasCode(error, code)) throw error; });
}

const git = (folder: string): void => void execFileSync('git', ['init', '--quiet', '--template=', folder], { env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' } });

/** A repository of Git and DVC with a remote beside it. */
async function repository({ work, lend }: CaseFolder): Promise<void> {
  git(work);
  await init(lend(), { folder: work });
  writeFileSync(join(work, '.dvc/config'), "[core]\n    remote = store\n['remote \"store\"']\n    url = ../../remote\n['remote \"far\"']\n    url = ssh://host/data\n");
}

/** The data of a version. Between two of them files change, come, go, and become a folder. */
function version({ work }: CaseFolder, number: 1 | 2): void {
  rmSync(join(work, 'data'), { recursive: true, force: true });
  const put = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), content);
  };
  for (let at = 0; at < 7; at++) put(`data/${at}.txt`, at < 5 ? `the same ${at}\n` : `version ${number} of ${at}\n`);
  for (let at = 0; at < 3; at++) put(`data/nested/deeper/${at}`, `nested ${at}\n`);
  put('data/empty', '');
  put('data/large.bin', new Uint8Array(400_000).fill(number));
  put(`data/only in ${number}/one`, `only in ${number}\n`);
  put(number === 1 ? 'data/turns' : 'data/turns/into a folder', 'turns\n');
  put('single.csv', `single,${number}\n`);
  chmodSync(join(work, 'single.csv'), 0o755);
}

const addAll = inRepo(async (repo, { work }) => void (await add(repo, { targets: ['data', 'single.csv'], cwd: work })));
const gcOfCache = inRepo(async (repo) => {
  const result = await gc(repo, { graceSeconds: 3600 });
  assert.deepEqual(result?.swept.flatMap(({ failed }) => failed), []);
});
const undoAll = inRepo(async (repo) => assert.deepEqual((await gcUndo(repo)).failed, []));
const pushAll = inRepo(async (repo, { work }) => {
  const { failed, missing } = await push(repo, { targets: [], cwd: work });
  assert.deepEqual([...failed, ...missing], []);
});
const fetchAll = inRepo(async (repo, { work }) => {
  const { failed, missing } = await fetch(repo, { targets: [], cwd: work });
  assert.deepEqual([...failed, ...missing], []);
});
const checkoutAll = inRepo(async (repo, { work }) => assert.deepEqual((await checkout(repo, { cwd: work })).failed, []));

const inConfig = (change: (config: Config, machine: CaseFolder) => Promise<ConfigChange>): ((lent: Lent, machine: CaseFolder) => Promise<void>) => async (lent, machine) => {
  const { edits } = await change(await readConfig({ runtime: lent, root: machine.work }), machine);
  applyConfigEdits(lent.disk, edits, { unfinished: unfinishedFolder(lent.disk, machine.work) });
};

async function withData(machine: CaseFolder): Promise<void> {
  await repository(machine);
  version(machine, 1);
  await addAll(machine.lend(), machine);
}

/** What DVC 2 left, with a pipeline. */
async function legacyRepository(machine: CaseFolder): Promise<void> {
  await repository(machine);
  putDvc2(machine.work, DATA);
  for (const [path, text] of [['dvc.yaml', PIPELINE], ['dvc.lock', LOCK], ['copied', DATA.single]] as const) writeFileSync(join(machine.work, path), text);
}

/** The cache has objects that only an earlier version of the data needs. */
async function withGarbage(machine: CaseFolder): Promise<void> {
  await withData(machine);
  version(machine, 2);
  await addAll(machine.lend(), machine);
}

async function pushed(machine: CaseFolder): Promise<void> {
  await withData(machine);
  await pushAll(machine.lend(), machine);
}

function clear({ work }: CaseFolder): void {
  rmSync(join(work, 'data'), { recursive: true });
  rmSync(join(work, 'single.csv'));
}
