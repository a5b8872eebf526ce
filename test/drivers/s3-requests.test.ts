import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { nodeDisk } from '../../src/disk/node.ts';
import { openRepo } from '../../src/repo/open.ts';
import type { Repo } from '../../src/repo/repo.ts';
import { add } from '../../src/repo/verbs/add.ts';
import { checkout } from '../../src/repo/verbs/checkout.ts';
import { fetch } from '../../src/repo/verbs/fetch.ts';
import { init } from '../../src/repo/verbs/init.ts';
import { pullPartial } from '../../src/repo/verbs/pull-partial.ts';
import { push } from '../../src/repo/verbs/push.ts';
import { statusCloud } from '../../src/repo/verbs/status-cloud.ts';
import { clock } from '../lent.ts';
import { createLine, type SeenRequest } from './line.ts';
import { createBucket } from './s3-bucket.ts';

/**
 * How many requests each command may cost, of a folder of so many new files. Seconds hang on the machine, these do not: who makes a command cost
 * more has to say so here, and who makes it cost less as well, so that it stays so. The folder's own listing is an object, too, which a fetch reads twice: to know what to fetch, and to keep it.
 */
const BUDGETS = [
  // A few are asked for one by one; at the first that is absent the bucket is, twice at most: whether it is there, and what service it is of.
  { files: 50, push: { HEAD: 53, PUT: 51 }, pushAgain: { HEAD: 51 }, statusCloud: { HEAD: 51 }, pushMore: { HEAD: 61, PUT: 11 }, fetch: { GET: 52 }, fetchAgain: {}, pull: { GET: 62 }, pullAgain: {} },
  // More are listed: the first page of the whole tells that the rest takes fewer calls by its first digits.
  { files: 1200, push: { list: 1, PUT: 1201 }, pushAgain: { list: 4 }, statusCloud: { list: 4 }, pushMore: { list: 4, PUT: 11 }, fetch: { GET: 1202 }, fetchAgain: {}, pull: { GET: 1212 }, pullAgain: {} },
  // Many are listed by first digits from the start.
  { files: 4000, push: { list: 16, PUT: 4001 }, pushAgain: { list: 16 }, statusCloud: { list: 16 }, pushMore: { list: 16, PUT: 11 }, fetch: { GET: 4002 }, fetchAgain: {}, pull: { GET: 4012 }, pullAgain: {} },
];

/** Files that come to those that are there. */
const MORE = 10;

const root = mkdtempSync(join(tmpdir(), 'towline-requests-'));
after(() => rmSync(root, { recursive: true }));

const kindOf = ({ method, target }: SeenRequest): string => (target.includes('list-type') ? 'list' : method);

describe('what commands cost on S3, in requests', () => {
  for (const { files, ...budgets } of BUDGETS) {
    it(`${files} files cost as many requests as stand here (#7607, #497, dvc-s3#23, #6222, #9575)`, async () => {
      const line = createLine(createBucket().answer);
      const lent = { ...line.opening({ PATH: process.env['PATH'] ?? '', XDG_CONFIG_DIRS: root, XDG_CONFIG_HOME: root }), ...clock, disk: nodeDisk };
      const costOf = async (folder: string, act: (repo: Repo) => Promise<unknown>): Promise<Readonly<Record<string, number>>> => {
        line.seen.length = 0;
        const repo = await openRepo(lent, folder);
        await act(repo).finally(() => repo.commits.close());
        const cost: Record<string, number> = {};
        for (const kind of line.seen.map(kindOf)) cost[kind] = (cost[kind] ?? 0) + 1;
        return cost;
      };
      const [work, clone, other] = [join(root, `work-${files}`), join(root, `clone-${files}`), join(root, `other-${files}`)];
      mkdirSync(join(work, 'data'), { recursive: true });
      execFileSync('git', ['init', '--quiet', '--template=', work]);
      await init(lent, { folder: work });
      writeFileSync(join(work, '.dvc/config'), "[core]\n    remote = s3\n['remote \"s3\"']\n    url = s3://bucket/pre\n    endpointurl = http://127.0.0.1:9\n    region = eu-west-1\n    access_key_id = a\n    secret_access_key = b\n");
      for (const copy of [clone, other]) cpSync(work, copy, { recursive: true });
      const make = async (first: number, end: number): Promise<void> => {
        for (let file = first; file < end; file += 1) writeFileSync(join(work, 'data', String(file)), `file ${file}\n`);
        await costOf(work, (repo) => add(repo, { targets: ['data'], cwd: work }));
      };
      // The three verbs of the command.
      const pull = async (repo: Repo): Promise<void> => {
        await fetch(repo, { cwd: other });
        await checkout(repo, { cwd: other });
        await pullPartial(repo, { cwd: other });
      };
      await make(0, files);
      cpSync(join(work, 'data.dvc'), join(clone, 'data.dvc'));

      const seen = {
        push: await costOf(work, async (repo) => { assert.equal((await push(repo, { cwd: work })).pushed, files + 1); }),
        pushAgain: await costOf(work, async (repo) => { assert.equal((await push(repo, { cwd: work })).pushed, 0); }),
        statusCloud: await costOf(work, async (repo) => { assert.deepEqual((await statusCloud(repo, { cwd: work })).changes, {}); }),
        fetch: await costOf(clone, async (repo) => { assert.equal((await fetch(repo, { cwd: clone })).fetched, files + 1); }),
        fetchAgain: await costOf(clone, async (repo) => { assert.equal((await fetch(repo, { cwd: clone })).fetched, 0); }),
      };
      await make(files, files + MORE);
      const more = {
        pushMore: await costOf(work, async (repo) => { assert.equal((await push(repo, { cwd: work })).pushed, MORE + 1); }),
      };
      cpSync(join(work, 'data.dvc'), join(other, 'data.dvc'));
      const pulled = { pull: await costOf(other, pull), pullAgain: await costOf(other, pull) };
      assert.equal(readdirSync(join(other, 'data')).length, files + MORE);

      assert.deepEqual({ ...seen, ...more, ...pulled }, budgets);
    });
  }
});
