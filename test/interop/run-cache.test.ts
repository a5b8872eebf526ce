import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { whyMissing } from '../judges.ts';
import { createSandbox, type Ended } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import { files } from './changes.ts';
import { startDvc, type DvcProgram } from './dvc-program.ts';
import { configOf } from './play.ts';
import { snapshot, type Snapshot } from './snapshot.ts';
import { oci, stores, type RunningStore, type Store, type StoredRemote } from './stores.ts';

const PIPELINE = 'stages:\n  make:\n    cmd: mkdir -p made && cp in made/out && cp in single\n    deps: [in]\n    outs: [made, single]\n';

let dvc: DvcProgram | undefined;

// On hdfs the keys are those of webhdfs: it is the same folder.
for (const store of stores.filter(({ name }) => name !== 'http' && name !== 'hdfs')) {
  describe(`the history of runs on ${store.name}`, { skip: whyMissing('dvc') ?? store.missing ?? false }, () => {
    const started = onStore(store);

    test('runs go with --run-cache only, under the keys that DVC gives them, and with what they made', async () => {
      await inHistory(started(), async ({ remote, run, runTwice }) => {
        await runTwice();
        await run('dvc', ['push', '-q', '--run-cache']);
        const theirs = runsOf(await remote.contents());
        for (const key of Object.keys(await remote.contents()).filter((path) => !path.endsWith('/'))) await remote.delete(key);

        await run('tow', ['push', '-q']);
        assert.deepEqual(runsOf(await remote.contents()), {});
        const first = objectsOf(await remote.contents());
        await run('tow', ['push', '-q', '--run-cache']);
        const both = objectsOf(await remote.contents());

        assert.equal(Object.keys(theirs).length, 2);
        assert.deepEqual(runsOf(await remote.contents()), theirs);
        // DVC leaves out what only a run of the past made: there, the run is a promise that cannot be kept.
        assert.deepEqual(first.filter((key) => !both.includes(key)), []);
        assert.equal(both.length - first.length, 2, 'a directory, and the file in it, which is also the other output');
      });
    });

    test('a clone that pulls or fetches them need not run anything again', async () => {
      for (const verb of ['pull', 'fetch']) {
        await inHistory(started(), async ({ folder, run, runTwice, write }) => {
          await runTwice();
          await run('tow', ['push', '-q', '--run-cache']);
          rmSync(join(folder, '.dvc/cache'), { recursive: true });
          for (const path of ['made', 'single']) rmSync(join(folder, path), { recursive: true });

          await run('tow', [verb, '-q', '--run-cache']);
          await run('dvc', ['checkout', '-q']);
          assert.equal(Object.keys(runsOf(snapshot(join(folder, '.dvc/cache')))).length, 2);
          write({ in: 'first\n' });
          const { stdout } = await run('dvc', ['repro']);

          assert.match(stdout, /is cached - skipping run/);
          assert.doesNotMatch(stdout, /Running stage/);
        });
      }
    });

    test('what DVC pushed can be pulled, and pushing again has nothing to do', async () => {
      await inHistory(started(), async ({ folder, run, runTwice, remote }) => {
        await runTwice();
        await run('dvc', ['push', '-q', '--run-cache']);
        const runs = runsOf(await remote.contents());

        await run('tow', ['push', '-q', '--run-cache']);
        assert.deepEqual(runsOf(await remote.contents()), runs);
        assert.match((await run('tow', ['push', '--run-cache'])).stdout, /Everything is up to date\./);
        rmSync(join(folder, '.dvc/cache/runs'), { recursive: true });
        await run('tow', ['fetch', '-q', '--run-cache']);

        assert.equal(Object.keys(runsOf(snapshot(join(folder, '.dvc/cache')))).length, 2);
      });
    });
  });
}

// DVC knows no registries: it makes the runs, and uses what came back.
describe('the history of runs on a registry', { skip: whyMissing('dvc') ?? oci.missing ?? false }, () => {
  const started = onStore(oci);

  test('a clone that pulls it need not run anything again, and pushing again has nothing to do', async () => {
    await inHistory(started(), async ({ folder, run, runTwice, write }) => {
      await runTwice();
      assert.match((await run('tow', ['push', '--run-cache'])).stdout, /files pushed/);
      assert.match((await run('tow', ['push', '--run-cache'])).stdout, /Everything is up to date\./);
      const runs = runsOf(snapshot(join(folder, '.dvc/cache')));
      rmSync(join(folder, '.dvc/cache'), { recursive: true });
      for (const path of ['made', 'single']) rmSync(join(folder, path), { recursive: true });

      await run('tow', ['pull', '-q', '--run-cache']);
      assert.equal(Object.keys(runs).length, 2);
      assert.deepEqual(runsOf(snapshot(join(folder, '.dvc/cache'))), runs);
      write({ in: 'first\n' });
      assert.match((await run('dvc', ['repro'])).stdout, /is cached - skipping run/);
    });
  });
});

const http = stores.find(({ name }) => name === 'http');
describe('the history of runs on http', { skip: whyMissing('dvc') ?? http?.missing ?? false }, () => {
  assert.ok(http);
  const started = onStore(http);

  test('is refused in one line: it cannot be listed', async () => {
    await inHistory(started(), async ({ run, runTwice }) => {
      await runTwice();

      for (const verb of ['push', 'fetch', 'pull']) {
        const { stderr } = await run('tow', [verb, '--run-cache'], 1);
        assert.match(stderr, /^ERROR: .*run-cache is not supported for http:\S+: it cannot be listed\n$/);
      }
    });
  });
});

interface History {
  readonly folder: string;
  readonly remote: StoredRemote;
  run(program: 'dvc' | 'tow', args: readonly string[], ends?: number): Promise<Ended>;
  /** The stage of the pipeline runs on one input and then on another: the cache knows two runs. */
  runTwice(): Promise<void>;
  write(contents: Readonly<Record<string, string>>): void;
}

/** Makes a repository with a pipeline and a remote, and removes it when `work` is done. */
async function inHistory(store: RunningStore, work: (history: History) => Promise<void>): Promise<void> {
  const sandbox = createSandbox('runs');
  try {
    const remote = await store.remote(sandbox);
    const folder = sandbox.folder;
    const write = (contents: Readonly<Record<string, string>>): void => files(contents).change(folder);
    const run: History['run'] = async (program, args, ends = 0) => {
      assert.ok(dvc);
      const ended = program === 'dvc' ? await dvc.run(sandbox, args, { env: remote.env }) : await tow(sandbox, args, { env: remote.env });
      assert.equal(ended.status, ends, `${program} ${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
      return ended;
    };
    await sandbox.git(['init', '-q']);
    await run('tow', ['init', '-q']);
    // DVC refuses a repository that names a registry in its own file.
    write({ [remote.url.startsWith('oci:') ? '.dvc/towline' : '.dvc/config']: configOf(remote), 'dvc.yaml': PIPELINE });
    await work({
      folder, remote, run, write,
      async runTwice() {
        for (const text of ['first\n', 'second\n']) {
          write({ in: text });
          await run('dvc', ['repro', '-q']);
        }
      },
    });
  } finally {
    sandbox.remove();
  }
}

const isRun = (path: string): boolean => path.startsWith('runs/') && !path.endsWith('/');
const runsOf = (contents: Snapshot): Snapshot => Object.fromEntries(Object.entries(contents).filter(([path]) => isRun(path)).map(([path, line]) => [path, line.replace(/^\d+ /, '')]));
const objectsOf = (contents: Snapshot): readonly string[] => Object.keys(contents).filter((path) => !path.endsWith('/') && !isRun(path));

function onStore(store: Store): () => RunningStore {
  let running: RunningStore | undefined;
  before(async () => {
    dvc = startDvc(store.modules);
    running = await store.start();
  });
  after(async () => {
    dvc?.stop();
    await running?.stop();
  });
  return () => {
    assert.ok(running, 'the store is there');
    return running;
  };
}
