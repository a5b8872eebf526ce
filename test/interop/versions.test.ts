import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import { startMinio } from '../servers/minio.ts';
import { callS3, makeBucket } from '../servers/s3-bucket.ts';
import type { S3Server } from '../servers/server.ts';
import { tow } from '../servers/tow.ts';
import { append, erase, files, write } from './changes.ts';
import { twinTests, type Twin, type Twins } from './twins.ts';
import { clear, FIRST, pushTwoCommits } from './versioned-twins.ts';

const PIPELINE = { 'dvc.yaml': 'stages:\n  make:\n    cmd: mkdir -p out && cp foo out/copy && cp foo single\n    deps: [foo, data]\n    outs: [out, single]\n' };

describe('remotes that keep the files themselves, in versions, as DVC has them', { skip: whyMissing('dvc') ?? whyMissing('minio') ?? false }, () => {
  const { both, dvc } = twinTests();
  let server: S3Server | undefined;
  before(async () => { server = await startMinio(); });
  after(() => server?.stop());
  const minio = (): S3Server => { assert.ok(server); return server; };
  let last = 0;

  /** Gives each twin a bucket and a remote 'v' in it; the bucket of the first is called as that of the second but for its last letter. */
  async function withRemote({ tow: ours, dvc: theirs }: Twins, options: string, { versioned = true } = {}): Promise<readonly [string, string]> {
    const { url, accessKeyId, secretAccessKey } = minio();
    const run = ++last;
    const buckets = [`versions-${run}-t`, `versions-${run}-d`] as const;
    for (const [at, twin] of [ours, theirs].entries()) {
      const bucket = buckets[at] ?? '';
      await makeBucket(minio(), bucket, { isVersioned: versioned });
      append('.dvc/config', `[core]\n    remote = v\n['remote "v"']\n    url = s3://${bucket}/va\n    endpointurl = ${url}\n${options}`).change(twin.root);
      append('.dvc/config.local', `['remote "v"']\n    access_key_id = ${accessKeyId}\n    secret_access_key = ${secretAccessKey}\n`).change(twin.root);
    }
    return buckets;
  }

  async function versionsIn(bucket: string): Promise<readonly string[]> {
    const { body } = await callS3(minio(), { method: 'GET', path: `/${bucket}`, query: { versions: '' } });
    return [...body.toString().matchAll(/<(Version|DeleteMarker)>.*?<Key>(.*?)<\/Key>/gs)].map(([, kind, key]) => `${kind ?? ''} ${key ?? ''}`).sort();
  }

  const noted = ({ read }: Twin, file: string): string => read(file).replaceAll(/version_id: .*/g, 'version_id: ID');

  both('push notes the same, fetch brings each version, and each reads what the other wrote (#8300, #8852, #8828, #8685, #8774)', async (twins) => {
    const [ours] = await withRemote(twins, '    version_aware = true\n');
    await pushTwoCommits(twins, noted);
    assert.deepEqual((await versionsIn(ours)).filter((line) => line.startsWith('Version')), ['Version va/data/a', 'Version va/data/a', 'Version va/data/new', 'Version va/data/sub/b', 'Version va/foo']);

    for (const twin of [twins.tow, twins.dvc]) clear(twin);
    const pulled = await tow(twins.dvc.sandbox, ['pull'], { cwd: twins.dvc.root });
    assert.equal(pulled.status, 0, pulled.stderr);
    const other = await dvc(twins.tow, ['pull']);
    assert.equal(other.status, 0, other.stderr);
    for (const twin of [twins.tow, twins.dvc]) assert.deepEqual(['foo', 'data/a', 'data/new'].map(twin.read), ['foo\n', 'aa\n', 'n\n']);

    for (const path of ['.dvc/cache', 'data']) rmSync(join(twins.dvc.root, path), { recursive: true });
    const got = await tow(twins.tow.sandbox, ['get', twins.dvc.root, 'data', '-o', 'got'], { cwd: twins.tow.sandbox.folder });
    assert.deepEqual([got.status, readFileSync(join(twins.tow.sandbox.folder, 'got/new'), 'utf8')], [0, 'n\n'], got.stderr);

    for (const twin of [twins.tow, twins.dvc]) {
      await twin.sandbox.git(['checkout', '-q', 'HEAD~1'], { cwd: twin.root });
      clear(twin);
      const { status, stderr } = await tow(twin.sandbox, ['pull'], { cwd: twin.root });
      assert.equal(status, 0, stderr);
      assert.deepEqual(['foo', 'data/a', 'data/sub/b'].map(twin.read), ['foo\n', 'a\n', 'b\n'], 'the first version, which is no longer the newest');
    }
  });

  both('outputs of pipelines are noted in dvc.lock', async (twins) => {
    await withRemote(twins, '    version_aware = true\n');
    twins.change(files({ ...FIRST, ...PIPELINE }));
    await twins.run(['add', '-q', 'foo', 'data']);
    for (const twin of [twins.tow, twins.dvc]) assert.equal((await dvc(twin, ['repro', '-q'])).status, 0);
    await twins.run(['push']);
    for (const file of ['foo.dvc', 'data.dvc', 'dvc.lock']) assert.equal(noted(twins.tow, file), noted(twins.dvc, file), file);
    for (const twin of [twins.tow, twins.dvc]) {
      clear(twin);
      rmSync(join(twin.root, 'out'), { recursive: true });
      const { status, stderr } = await tow(twin.sandbox, ['pull'], { cwd: twin.root });
      assert.deepEqual([status, twin.read('out/copy')], [0, 'foo\n'], stderr);
    }
  });

  both('worktree: what the bucket has newest is what the workspace has', async (twins) => {
    const buckets = await withRemote(twins, '    worktree = true\n');
    twins.change(files(FIRST));
    await twins.run(['add', '-q', 'foo', 'data']);
    await twins.run(['push']);
    twins.change(write('foo', 'other\n'));
    await twins.run(['add', '-q', 'foo']);
    await twins.run(['push']);
    for (const file of ['foo.dvc', 'data.dvc']) assert.equal(noted(twins.tow, file), noted(twins.dvc, file), file);
    for (const bucket of buckets) assert.match((await callS3(minio(), { method: 'GET', path: `/${bucket}/va/foo` })).body.toString(), /^other$/m);
  });

  both('worktree: update brings what others changed in the bucket, and notes it as DVC does', async (twins) => {
    const buckets = await withRemote(twins, '    worktree = true\n');
    twins.change(files({ ...FIRST, ...PIPELINE }));
    await twins.run(['add', '-q', 'foo', 'data']);
    for (const twin of [twins.tow, twins.dvc]) assert.equal((await dvc(twin, ['repro', '-q'])).status, 0);
    await twins.run(['push']);
    for (const bucket of buckets) {
      for (const [key, body] of [['foo', 'theirs\n'], ['data/a', 'theirs, too\n'], ['data/new', 'n\n'], ['out/copy', 'theirs\n']]) await callS3(minio(), { method: 'PUT', path: `/${bucket}/va/${key}`, body: body ?? '' });
      await callS3(minio(), { method: 'DELETE', path: `/${bucket}/va/data/sub/b` });
    }

    await twins.run(['update', 'foo.dvc', 'data.dvc', 'make']);

    for (const file of ['foo.dvc', 'data.dvc', 'dvc.lock']) assert.equal(noted(twins.tow, file), noted(twins.dvc, file), file);
    for (const twin of [twins.tow, twins.dvc]) assert.deepEqual(['foo', 'data/a', 'data/new', 'out/copy', 'data/sub/b'].map((path) => existsSync(join(twin.root, path)) && twin.read(path)), ['theirs\n', 'theirs, too\n', 'n\n', 'theirs\n', false]);
    await twins.run(['update', 'foo.dvc']);
    assert.equal((await tow(twins.tow.sandbox, ['status', '-q', 'data.dvc'], { cwd: twins.tow.root })).status, 0);
    for (const args of [['update', '--rev', 'x', 'foo.dvc'], ['update', '--no-download', 'foo.dvc'], ['update', '--to-remote', 'foo.dvc']]) await twins.refuse(args, { ends: 1 });

    writeFileSync(join(twins.tow.root, 'data/mine'), 'unsaved\n');
    await callS3(minio(), { method: 'PUT', path: `/${buckets[0]}/va/data/a`, body: 'again\n' });
    const refused = await tow(twins.tow.sandbox, ['update', 'data.dvc'], { cwd: twins.tow.root });
    assert.deepEqual([refused.status, twins.tow.read('data/mine'), /unsaved/.test(refused.stderr)], [1, 'unsaved\n', true], refused.stderr);
  });

  both('worktree: what is gone from a directory is deleted in the bucket, by a marker; files of others stay', async (twins) => {
    const [ours] = await withRemote(twins, '    worktree = true\n');
    const { sandbox, root } = twins.tow;
    const run = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await tow(sandbox, args, { cwd: root });
      assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    twins.change(files({ ...FIRST, 'data/taken': 'ours\n' }));
    await run('add', '-q', 'foo', 'data');
    await run('push', '-q');
    await sandbox.git(['add', '-A'], { cwd: root });
    await sandbox.git(['commit', '-qm', 'first'], { cwd: root });
    for (const key of ['va/data/theirs', 'va/data/taken', 'va/other']) await callS3(minio(), { method: 'PUT', path: `/${ours}/${key}`, body: 'not ours\n' });
    const before = await versionsIn(ours);
    twins.change(erase('data/sub'), erase('data/taken'));
    await run('add', '-q', 'data');

    assert.match(await run('push', '--dry'), /^Would delete 'data\/sub\/b' from the remote/m);
    assert.deepEqual(await versionsIn(ours), before);
    assert.match(await run('push'), /^Deleted 'data\/sub\/b' from the remote, as it is gone from the workspace$/m);

    assert.deepEqual(await versionsIn(ours), [...before, 'DeleteMarker va/data/sub/b'].sort());
    assert.match(await run('push'), /up to date/);
    await sandbox.git(['stash', '-q'], { cwd: root });
    clear(twins.tow);
    const { status, stderr } = await dvc(twins.tow, ['pull']);
    assert.deepEqual([status, twins.tow.read('data/sub/b')], [0, 'b\n'], stderr);
  });

  both('a bucket without versions: nothing is sent, no .dvc file changes (#8293, #8480, #8356)', async (twins) => {
    const [ours] = await withRemote(twins, '    version_aware = true\n', { versioned: false });
    twins.change(files(FIRST));
    await twins.run(['add', '-q', 'foo', 'data']);
    const texts = ['foo.dvc', 'data.dvc'].map(twins.tow.read);
    const { status, stderr } = await tow(twins.tow.sandbox, ['push'], { cwd: twins.tow.root });
    assert.deepEqual([status, /versions/.test(stderr), ['foo.dvc', 'data.dvc'].map(twins.tow.read), await versionsIn(ours)], [1, true, texts, []], stderr);
  });

  both('what a push that was cut had sent is not sent again, and status says what is where', async (twins) => {
    const [ours] = await withRemote(twins, '    version_aware = true\n');
    const { sandbox, root, read } = twins.tow;
    const run = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await tow(sandbox, args, { cwd: root });
      assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    twins.change(files(FIRST));
    await run('add', '-q', 'foo', 'data');
    assert.match(await run('status', '-c'), /new: +foo/);
    for (const file of ['foo.dvc', 'data.dvc']) copyFileSync(join(root, file), join(root, `${file}.before`));
    const sent = async (...args: string[]): Promise<readonly number[]> => {
      const { pushed, bytes } = JSON.parse(await run('push', '--json', ...args)) as { readonly pushed: number; readonly bytes: number };
      return [pushed, bytes];
    };
    const dry = await sent('--dry');
    assert.deepEqual([await versionsIn(ours), read('foo.dvc')], [[], read('foo.dvc.before')], 'a dry push sends and notes nothing');
    assert.deepEqual(await sent(), dry);
    assert.match(await run('remote', 'du'), /3  files as they are/);
    const [versions, texts] = [await versionsIn(ours), ['foo.dvc', 'data.dvc'].map(read)];
    for (const file of ['foo.dvc', 'data.dvc']) writeFileSync(join(root, file), read(`${file}.before`));
    await run('push');
    assert.deepEqual([await versionsIn(ours), ['foo.dvc', 'data.dvc'].map(read)], [versions, texts]);
    assert.match(await run('status', '-c'), /in sync/);
    assert.match(await run('remote', 'verify'), /3 objects verified, 8 B read, 0 damaged/);
    assert.equal((await run('data', 'status', '--not-in-remote')).includes('Not in remote'), false);
  });

  both('a large file that lies there in parts, sent by us or by DVC, is not sent again', async (twins) => {
    const buckets = await withRemote(twins, '    version_aware = true\n');
    twins.change(write('large', 'x'.repeat(110 << 20)));
    await twins.run(['add', '-q', 'large']);
    const before = [twins.tow, twins.dvc].map(({ read }) => read('large.dvc'));
    await twins.run(['push', '-q']);
    for (const [at, twin] of [twins.tow, twins.dvc].entries()) {
      const after = twin.read('large.dvc');
      assert.match(after, /etag: [0-9a-f]{32}-\d+/);
      writeFileSync(join(twin.root, 'large.dvc'), before[at] ?? '');
      const { status, stdout, stderr } = await tow(twin.sandbox, ['push'], { cwd: twin.root });
      assert.deepEqual([status, stdout, twin.read('large.dvc'), await versionsIn(buckets[at] ?? '')], [0, 'Everything is up to date.\n', after, ['Version va/large']], stderr);
    }
  });

  both('gc -c removes the versions that nothing names, and real DVC pulls every revision that was kept (#9360, #9890)', async (twins) => {
    const [ours] = await withRemote(twins, '    version_aware = true\n');
    const { sandbox, root } = twins.tow;
    const run = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await tow(sandbox, args, { cwd: root });
      assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    const store = async (message: string): Promise<void> => {
      await run('add', '-q', 'foo', 'data');
      await run('push', '-q');
      await sandbox.git(['add', '-A'], { cwd: root });
      await sandbox.git(['commit', '-qm', message], { cwd: root });
      await sandbox.git(['tag', message], { cwd: root });
    };
    twins.change(files(FIRST));
    await store('one');
    twins.change(write('foo', 'only in two\n'), write('data/a', 'in two and three\n'));
    await store('two');
    twins.change(write('foo', 'three\n'), write('data/new', 'n\n'));
    await store('three');
    // Of somebody else, one of them amid ours.
    for (const key of ['va/readme.txt', 'va/data/notes', 'elsewhere']) await callS3(minio(), { method: 'PUT', path: `/${ours}/${key}`, body: Buffer.from('not ours\n') });
    const before = await versionsIn(ours);
    const gc = ['gc', '--rev', 'one', '-c', '-f'];

    assert.match(await run(...gc), /No unused versions to remove from remote/, 'what is younger than a day stays');
    assert.deepEqual(await versionsIn(ours), before, 'the question for the time leaves nothing');
    const told = await run(...gc, '--grace', '0', '--dry');
    assert.deepEqual(await versionsIn(ours), before);
    const done = await run(...gc, '--grace', '0');

    const named = (text: string): readonly string[] => [...text.matchAll(/^Removing v: .*/gm)].map(([line]) => line);
    assert.deepEqual([named(told).length, named(done), /^Removing v: foo \(version /.test(named(told)[0] ?? '')], [1, named(told), true]);
    const left = [...before];
    left.splice(before.indexOf('Version va/foo'), 1);
    assert.deepEqual(await versionsIn(ours), left);
    for (const [revision, text] of [['one', 'a\n'], ['three', 'in two and three\n']] as const) {
      await sandbox.git(['checkout', '-q', revision], { cwd: root });
      clear(twins.tow);
      const { status, stderr } = await dvc(twins.tow, ['pull']);
      assert.deepEqual([status, twins.tow.read('data/a')], [0, text], stderr);
    }

    assert.match(await run('gc', '-w', '--not-in-remote', '-f'), /Removed \d+ objects from repo cache/, 'all of it is on the remote');
    assert.match(await run('gc', '-w', '-f'), /No unused 'repo' cache to remove/);
    rmSync(join(root, 'foo'));
    await run('pull', '-q');
    assert.equal(twins.tow.read('foo'), 'three\n');
  });
});
