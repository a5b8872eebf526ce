import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { nodeDisk } from '../../src/disk/node.ts';
import { openRepo } from '../../src/repo/open.ts';
import type { Repo } from '../../src/repo/repo.ts';
import { add } from '../../src/repo/verbs/add.ts';
import { init } from '../../src/repo/verbs/init.ts';
import { push } from '../../src/repo/verbs/push.ts';
import { statusCloud } from '../../src/repo/verbs/status-cloud.ts';
import { clock } from '../lent.ts';
import { createLine } from './line.ts';
import { createBucket } from './s3-bucket.ts';

const HOUR = 3600_000;
let [root, work] = ['', ''];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'towline-last-look-'));
  work = join(root, 'work');
  mkdirSync(join(work, 'data'), { recursive: true });
});
afterEach(() => { rmSync(root, { recursive: true }); });

// A few objects are asked for one by one, more are listed, and of very many the pages are remembered, too.
for (const files of [20, 300, 4200]) {
  describe(`${files} objects that were all in the cache at the last look, and on the remote`, () => {
    const bucket = createBucket();
    const line = createLine(bucket.answer);
    // An hour later, so that no folder of the cache has just changed.
    const lent = (): Parameters<typeof openRepo>[0] => ({ ...line.opening({ PATH: process.env['PATH'] ?? '', XDG_CONFIG_DIRS: root, XDG_CONFIG_HOME: root }), ...clock, now: () => Date.now() + HOUR, disk: nodeDisk });
    const inRepo = async <T>(act: (repo: Repo) => Promise<T>): Promise<T> => {
      const repo = await openRepo(lent(), work);
      return await act(repo).finally(() => repo.commits.close());
    };
    const pushed = async (): Promise<number> => (await inRepo(async (repo) => await push(repo, { cwd: work }))).pushed;
    const changes = async (): Promise<Readonly<Record<string, string>>> => (await inRepo(async (repo) => await statusCloud(repo, { cwd: work }))).changes;
    const looks = (): readonly string[] => readdirSync(join(work, '.dvc/tmp/towline/state')).filter((name) => name.startsWith('look-'));

    beforeEach(async () => {
      execFileSync('git', ['init', '--quiet', '--template=', work]);
      await init(lent(), { folder: work });
      writeFileSync(join(work, '.dvc/config'), "[core]\n    remote = s3\n['remote \"s3\"']\n    url = s3://bucket/pre\n    endpointurl = http://127.0.0.1:9\n    region = eu-west-1\n    access_key_id = a\n    secret_access_key = b\n");
      for (let file = 0; file < files; file += 1) writeFileSync(join(work, 'data', String(file)), `file ${file}\n`);
      await inRepo(async (repo) => await add(repo, { targets: ['data'], cwd: work }));
      bucket.objects.clear();
      await pushed();
      assert.equal(looks().length, 1);
      assert.equal(await pushed(), 0);
      assert.deepEqual(await changes(), {});
    });

    const someKey = (): string => [...bucket.objects.keys()].find((key) => !key.endsWith('.dir')) ?? '';

    it('are pushed again where one is gone from the remote, and that is shown', async () => {
      bucket.objects.delete(someKey());

      assert.equal(Object.keys(await changes()).length, 1);
      assert.equal(await pushed(), 1);
      assert.equal(bucket.objects.size, files + 1);
    });

    it('are pushed again where one lies there with another size', async () => {
      const [key, whole] = [someKey(), bucket.objects.get(someKey()) ?? ''];
      bucket.objects.set(key, whole.slice(1));

      assert.equal(await pushed(), 1);
      assert.equal(bucket.objects.get(key), whole);
    });

    it('are pushed again where the listing is gone from the remote', async () => {
      bucket.objects.delete([...bucket.objects.keys()].find((key) => key.endsWith('.dir')) ?? '');

      assert.equal(await pushed(), 1);
    });

    it('are shown as deleted where one is gone from the cache meanwhile', async () => {
      const folder = join(work, '.dvc/cache/files/md5', someKey().split('/').at(-2) ?? '');
      rmSync(join(folder, someKey().split('/').at(-1) ?? ''));

      assert.deepEqual(Object.values(await changes()), ['deleted']);
    });

    it('are not all that is looked for when something was added', async () => {
      writeFileSync(join(work, 'data/new'), 'new');
      await inRepo(async (repo) => await add(repo, { targets: ['data'], cwd: work }));

      assert.deepEqual(Object.values(await changes()).sort(), ['new', 'new']);
      assert.equal(await pushed(), 2);
    });

    it('say nothing of a part of them, or of another output', async () => {
      writeFileSync(join(work, 'other'), 'other');
      await inRepo(async (repo) => await add(repo, { targets: ['other'], cwd: work }));

      const part = await inRepo(async (repo) => await push(repo, { targets: ['data/1', 'other'], cwd: work }));

      assert.equal(part.pushed, 1);
    });
  });
}
