import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import { makeGcsBucket, startFakeGcs } from '../servers/fake-gcs.ts';
import { tow } from '../servers/tow.ts';
import { startVersionedBlobs } from '../servers/versioned-blobs.ts';
import { append, files, write } from './changes.ts';
import { twinTests, type Twin, type TwinTests, type Twins } from './twins.ts';
import { clear, FIRST, pushTwoCommits } from './versioned-twins.ts';

/** A service that keeps versions, for DVC and for us. */
interface Cloud {
  readonly name: string;
  readonly missing: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  start(): Promise<RunningCloud>;
}
interface RunningCloud {
  /** Makes a bucket. Gives back the lines of a remote in it. */
  bucket(name: string): Promise<string>;
  stop(): Promise<void>;
}

const google: Cloud = {
  name: 'Google Cloud Storage, as generations',
  missing: whyMissing('fake-gcs-server'),
  // Without the first DVC's gcsfs asks for minutes what kind of bucket it is; without the second it looks for a machine of Google.
  env: { GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT: 'false', NO_GCE_CHECK: 'true' },
  async start() {
    const server = await startFakeGcs();
    return {
      async bucket(name) {
        await makeGcsBucket(server, name, { isVersioned: true });
        return `    url = gs://${name}/va\n    endpointurl = ${server.url}\n    allow_anonymous_login = true\n`;
      },
      stop: () => server.stop(),
    };
  },
};

/** Azurite keeps no versions, so it is a server of these tests, which Microsoft's own client judges in test/drivers/azure-versions.test.ts. */
const microsoft: Cloud = {
  name: 'Azure, as versions of blobs',
  missing: undefined,
  env: {},
  async start() {
    const server = await startVersionedBlobs();
    return {
      async bucket(name) {
        const made = await fetch(`${server.url}/${name}?restype=container`, { method: 'PUT' });
        assert.equal(made.status, 201);
        return `    url = azure://${name}/va\n    connection_string = ${server.connectionString}\n`;
      },
      stop: () => server.stop(),
    };
  },
};

for (const cloud of [google, microsoft]) {
  describe(`the files themselves on ${cloud.name}, as DVC has them`, { skip: whyMissing('dvc') ?? cloud.missing ?? false }, () => {
    const tests = twinTests(cloud.env);
    let running: RunningCloud | undefined;
    before(async () => { running = await cloud.start(); });
    after(() => running?.stop());
    let last = 0;

    /** A bucket with versions for each twin, and a remote 'v' in it. */
    async function withRemote({ tow: ours, dvc: theirs }: Twins, option: string): Promise<void> {
      assert.ok(running);
      last += 1;
      for (const [at, twin] of [ours, theirs].entries()) append('.dvc/config', `[core]\n    remote = v\n['remote "v"']\n${await running.bucket(`versions-${last}-${at}`)}    ${option} = true\n`).change(twin.root);
    }

    tests.both('push notes the same, and each reads, of two commits, what the other wrote', async (twins) => {
      await withRemote(twins, 'version_aware');
      await pushTwoCommits(twins, noted);

      for (const [revision, contents] of [['main', { foo: 'foo\n', 'data/a': 'aa\n', 'data/new': 'n\n' }], ['main~1', FIRST]] as const) {
        for (const twin of [twins.tow, twins.dvc]) {
          await twin.sandbox.git(['checkout', '-q', revision], { cwd: twin.root });
          clear(twin);
        }
        await pullFromEachOther(tests, twins, cloud);
        for (const twin of [twins.tow, twins.dvc]) for (const [path, content] of Object.entries(contents)) assert.equal(twin.read(path), content, `${revision} ${path}`);
      }
    });

    // The other cloud is spared the time: what differs between them is in the story before.
    if (cloud === google) tests.both('worktree: what was pushed last is the newest', async (twins) => {
      await withRemote(twins, 'worktree');
      twins.change(files(FIRST));
      await twins.run(['add', '-q', 'foo', 'data']);
      await twins.run(['push']);
      twins.change(write('foo', 'other\n'));
      await twins.run(['add', '-q', 'foo']);
      await twins.run(['push']);
      for (const file of ['foo.dvc', 'data.dvc']) assert.equal(noted(twins.tow, file), noted(twins.dvc, file), file);
      // Nothing is newer there than what both have noted.
      await twins.run(['update', 'foo.dvc']);
      for (const twin of [twins.tow, twins.dvc]) assert.equal(twin.read('foo'), 'other\n');
      assert.equal(noted(twins.tow, 'foo.dvc'), noted(twins.dvc, 'foo.dvc'));
    });
  });
}

/** The names of versions, and the tags made of them, are other ones in each bucket; that they are there is not. */
const noted = ({ read }: Twin, file: string): string => read(file).replaceAll(/(version_id|etag): .*/g, '$1: ID');

/** We pull what DVC pushed, DVC what we did. */
async function pullFromEachOther({ dvc }: TwinTests, twins: Twins, { env }: Cloud): Promise<void> {
  const { sandbox, root } = twins.dvc;
  for (const { status, stderr } of [await tow(sandbox, ['pull'], { cwd: root, env }), await dvc(twins.tow, ['pull'])]) assert.equal(status, 0, stderr);
}
