import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { add } from '../../src/repo/verbs/add.ts';
import { fetch } from '../../src/repo/verbs/fetch.ts';
import { gc } from '../../src/repo/verbs/gc.ts';
import { init } from '../../src/repo/verbs/init.ts';
import { push } from '../../src/repo/verbs/push.ts';
import { addGcsBucket, type GcsService, startGcsService } from '../servers/gcs-service.ts';
import { type CaseFolder, caseFolder, copyTree, scratchFolder } from './case-folder.ts';
import { crashAtEveryPoint } from './every-point.ts';
import { inRepo } from './in-repo.ts';
import { DEATHS, mortal } from './mortal.ts';

const LEAST_POINTS = 15;

describe('a push to a remote that keeps versions, cut off anywhere', () => {
  let service: GcsService;
  let scratch: ReturnType<typeof scratchFolder>;
  let points = 0;
  before(async () => {
    service = await startGcsService();
    scratch = scratchFolder();
  });
  after(async () => {
    await service.stop();
    scratch.remove();
  });

  /** A repository with data, its remote a new bucket. */
  async function repository({ work, lend }: CaseFolder, bucket: string): Promise<void> {
    execFileSync('git', ['init', '--quiet', '--template=', work], { env: { PATH: process.env['PATH'], HOME: work, GIT_CONFIG_NOSYSTEM: '1' } });
    await init(lend(), { folder: work });
    addGcsBucket(service, bucket, { isVersioned: true });
    writeFileSync(join(work, '.dvc/config'), settings(bucket));
  }
  const settings = (bucket: string): string => `[core]\n    remote = store\n['remote "store"']\n    url = gs://${bucket}/pre\n    endpointurl = ${service.url}\n    allow_anonymous_login = true\n    version_aware = true\n`;
  const dvcFiles = ({ work }: CaseFolder): readonly string[] => ['data.dvc', 'single.csv.dvc'].map((file) => readFileSync(join(work, file), 'utf8'));
  const withoutVersions = (texts: readonly string[]): readonly string[] => texts.map((text) => text.replaceAll(/(version_id|etag): .*/g, '$1: X'));
  /** Path and md5 of every version. */
  const kept = (bucket: string): readonly string[] => [...(service.buckets.get(bucket)?.objects ?? [])].flatMap(([path, versions]) => versions.map(({ bytes }) => `${path} ${createHash('md5').update(bytes).digest('hex')}`)).sort();
  const generations = (bucket: string): ReadonlySet<string> => new Set([...(service.buckets.get(bucket)?.objects.values() ?? [])].flatMap((versions) => versions.map(({ generation }) => String(generation))));

  test('at each change of a file: the same push again notes what is there, and sends nothing twice', async () => {
    const found = await crashAtEveryPoint({
      prepare: async (machine) => {
        await repository(machine, 'files');
        version(machine, 1);
        await addAll(machine.lend(), machine);
      },
      run: pushAll,
    });
    assert.ok(found >= 8, `only ${found} points`);
    assert.equal(kept('files').length, 4);
  });

  test('at each request: what is noted is there, and the same push again ends as if nothing had been', async () => {
    const template = caseFolder(join(scratch.folder, 'template'));
    for (const folder of [template.folder, template.work]) mkdirSync(folder);
    await repository(template, 'template');
    version(template, 1);
    await addAll(template.lend(), template);
    const prepared = async (): Promise<{ readonly machine: CaseFolder; readonly bucket: string }> => {
      const bucket = `point-${++points}`;
      addGcsBucket(service, bucket, { isVersioned: true });
      copyTree(template.folder, join(scratch.folder, bucket));
      const machine = caseFolder(join(scratch.folder, bucket));
      writeFileSync(join(machine.work, '.dvc/config'), settings(bucket));
      await pushAll(machine.lend(), machine);
      version(machine, 2);
      await addAll(machine.lend(), machine);
      return { machine, bucket };
    };
    const undisturbed = await prepared();
    await pushAll(undisturbed.machine.lend(), undisturbed.machine);
    const wanted = { texts: withoutVersions(dvcFiles(undisturbed.machine)), kept: kept(undisturbed.bucket) };
    for (const death of DEATHS) {
      for (let at = 1, isOver = false; !isOver; at++) {
        const { machine, bucket } = await prepared();
        const when = `${death} request ${at}`;
        const life = mortal(machine.lend().connect, at, death);
        const outcome = await pushAll({ ...machine.lend(), connect: life.connect }, machine).then(() => 'done', () => 'ended');
        isOver = life.sent() < at;
        assert.equal(outcome, isOver ? 'done' : outcome, when);
        for (const [, id = ''] of dvcFiles(machine).join('\n').matchAll(/version_id: '?(\d+)/g)) assert.ok(generations(bucket).has(id), `version ${id} is noted and not there, ${when}`);

        await pushAll(machine.lend(), machine);
        assert.deepEqual({ texts: withoutVersions(dvcFiles(machine)), kept: kept(bucket) }, wanted, when);
        rmSync(join(machine.work, '.dvc/cache'), { recursive: true });
        await inRepo(async (repo, { work }) => {
          const { failed, missing } = await fetch(repo, { targets: [], cwd: work });
          assert.deepEqual([...failed, ...missing], [], when);
        })(machine.lend(), machine);
        rmSync(machine.folder, { recursive: true });
      }
    }
    assert.ok(points >= LEAST_POINTS, `${points} points`);
  });

  test('gc at each request: what is kept is there, and the same again ends as if nothing had been', async () => {
    const template = caseFolder(join(scratch.folder, 'gc'));
    for (const folder of [template.folder, template.work]) mkdirSync(folder);
    await repository(template, 'gc');
    version(template, 1);
    await addAll(template.lend(), template);
    let last = 0;
    /** The first version is the workspace's, the second lies over it on the remote and is nobody's; a foreign file lies beside both. */
    const prepared = async (): Promise<{ readonly machine: CaseFolder; readonly bucket: string }> => {
      const bucket = `gc-${++last}`;
      addGcsBucket(service, bucket, { isVersioned: true });
      copyTree(template.folder, join(scratch.folder, bucket));
      const machine = caseFolder(join(scratch.folder, bucket));
      writeFileSync(join(machine.work, '.dvc/config'), settings(bucket));
      await pushAll(machine.lend(), machine);
      const texts = dvcFiles(machine);
      version(machine, 2);
      await addAll(machine.lend(), machine);
      await pushAll(machine.lend(), machine);
      texts.forEach((text, at) => writeFileSync(join(machine.work, at === 0 ? 'data.dvc' : 'single.csv.dvc'), text));
      for (const one of service.buckets.get(bucket)?.objects.get('pre/single.csv') ?? []) service.buckets.get(bucket)?.objects.set('pre/foreign', [{ ...one, name: 'pre/foreign' }]);
      return { machine, bucket };
    };
    const sweep = inRepo(async (repo) => {
      const result = await gc(repo, { cloud: true, graceSeconds: 0 });
      assert.deepEqual(result?.swept.flatMap(({ failed }) => failed), []);
    });
    const undisturbed = await prepared();
    const named = dvcFiles(undisturbed.machine).join().match(/version_id/g)?.length;
    await sweep(undisturbed.machine.lend(), undisturbed.machine);
    const wanted = kept(undisturbed.bucket);
    // What only the second version had is at a path that nobody names any more, so it may be anybody's.
    assert.deepEqual([named, wanted.length], [4, 6], wanted.join('\n'));
    for (const death of DEATHS) {
      for (let at = 1, isOver = false; !isOver; at++) {
        const { machine, bucket } = await prepared();
        const when = `${death} request ${at}`;
        const life = mortal(machine.lend().connect, at, death);
        const outcome = await sweep({ ...machine.lend(), connect: life.connect }, machine).then(() => 'done', () => 'ended');
        isOver = life.sent() < at;
        assert.equal(outcome, isOver ? 'done' : outcome, when);
        for (const [, id = ''] of dvcFiles(machine).join('\n').matchAll(/version_id: '?(\d+)/g)) assert.ok(generations(bucket).has(id), `version ${id} is gone, ${when}`);

        await sweep(machine.lend(), machine);
        assert.deepEqual(kept(bucket), wanted, when);
        rmSync(machine.folder, { recursive: true });
      }
    }
    assert.ok(last >= 6, `${last} points`);
  });
});

function version({ work }: CaseFolder, number: number): void {
  mkdirSync(join(work, 'data/deeper'), { recursive: true });
  writeFileSync(join(work, 'data/same'), 'the same\n');
  writeFileSync(join(work, 'data/deeper/changes'), `version ${number}\n`);
  writeFileSync(join(work, `data/only in ${number}`), `only in ${number}\n`);
  writeFileSync(join(work, 'single.csv'), `single,${number}\n`);
}

const addAll = inRepo(async (repo, { work }) => void (await add(repo, { targets: ['data', 'single.csv'], cwd: work })));
const pushAll = inRepo(async (repo, { work }) => {
  const { failed, missing } = await push(repo, { targets: [], cwd: work });
  assert.deepEqual([...failed, ...missing], []);
});
