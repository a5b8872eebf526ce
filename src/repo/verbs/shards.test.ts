import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { caseFolder, type CaseFolder, objectsIn, scratchFolder } from '../../../test/crash/case-folder.ts';
import type { Shard } from '../../odb/shard.ts';
import { openRepo } from '../open.ts';
import type { Repo } from '../repo.ts';
import { add } from './add.ts';
import { checkout } from './checkout.ts';
import { fetch } from './fetch.ts';
import { push, type PushResult } from './push.ts';
import { statusCloud } from './status-cloud.ts';
import { verify } from './verify.ts';

/** A repository with two directories, which share a file, and some files beside them; all added, nothing pushed. */
async function started(t: TestContext): Promise<CaseFolder> {
  const { folder, remove } = scratchFolder();
  t.after(remove);
  const machine = caseFolder(folder);
  for (const name of ['work/.dvc', 'work/data/deep', 'work/more', 'remote']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(machine.work, '.dvc/config'), "[core]\n    no_scm = true\n    remote = store\n['remote \"store\"']\n    url = ../../remote\n");
  const names = [...Array.from({ length: 30 }, (_, index) => `data/${index % 3 === 0 ? 'deep/' : ''}${index}`), ...Array.from({ length: 12 }, (_, index) => `more/${index}`), ...Array.from({ length: 6 }, (_, index) => `file-${index}`)];
  for (const [index, name] of names.entries()) writeFileSync(join(machine.work, name), `content ${index % 40}\n`);
  await add(await open(machine), { targets: ['data', 'more', ...names.slice(-6)], cwd: machine.work });
  return machine;
}

const open = async (machine: CaseFolder): Promise<Repo> => await openRepo(machine.lend(), machine.work);
const shards = (count: number): readonly Shard[] => Array.from({ length: count }, (_, index) => ({ index: index + 1, count }));
const pushShare = async (machine: CaseFolder, shard?: Shard): Promise<PushResult> => await push(await open(machine), { cwd: machine.work, ...(shard && { shard }) });
const cacheOf = ({ work }: CaseFolder): string => join(work, '.dvc/cache');
const isTree = (path: string): boolean => path.endsWith('.dir');

/** Every listing in the place has all its files there; gives the number of listings. */
function assertWholeTrees(folder: string): number {
  const objects = objectsIn(folder);
  const trees = [...objects.keys()].filter(isTree);
  for (const tree of trees) {
    for (const { md5 } of JSON.parse(readFileSync(join(folder, tree), 'utf8')) as readonly { readonly md5: string }[]) assert.ok(objects.has(`files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`), `${tree} promises ${md5}`);
  }
  return trees.length;
}

for (const [count, order] of [[1, [1]], [2, [2, 1]], [3, [3, 1, 2]], [7, [4, 7, 1, 6, 2, 5, 3]]] as const) {
  test(`${count} shares, pushed one after the other, are one push, and no listing goes before its files`, async (t) => {
    const machine = await started(t);
    const results: PushResult[] = [];

    for (const index of order) {
      results.push(await pushShare(machine, { index, count }));
      assertWholeTrees(machine.remote);
    }

    assert.deepEqual(objectsIn(machine.remote), objectsIn(cacheOf(machine)));
    assert.equal(results.reduce((sum, { pushed }) => sum + pushed, 0), objectsIn(machine.remote).size, 'nothing was sent twice');
    assert.deepEqual(results.at(-1)?.keptBack, []);
    assert.equal((await pushShare(machine)).pushed, 0);
  });
}

test('shares pushed at the same time are one push', async (t) => {
  const machine = await started(t);

  await Promise.all(shards(4).map(async (shard) => await pushShare(machine, shard)));

  assertWholeTrees(machine.remote);
  assert.deepEqual(objectsIn(machine.remote), objectsIn(cacheOf(machine)));
});

test('whatever shares were pushed, no listing lacks a file, those kept back are named, and a plain push ends the work', async (t) => {
  const start = await started(t);
  for (let subset = 1; subset < 2 ** 4 - 1; subset++) {
    const folder = join(start.folder, `subset-${subset}`);
    cpSync(start.work, join(folder, 'work'), { recursive: true });
    mkdirSync(join(folder, 'remote'));
    const machine = caseFolder(folder);
    const kept: (readonly string[])[] = [];

    for (const shard of shards(4)) if ((subset & (2 ** (shard.index - 1))) !== 0) kept.push((await pushShare(machine, shard)).keptBack);

    const there = assertWholeTrees(machine.remote);
    assert.equal(there + (kept.at(-1)?.length ?? 0), 2, `subset ${subset}`);
    await pushShare(machine);
    assert.deepEqual(objectsIn(machine.remote), objectsIn(cacheOf(machine)));
  }
});

test('a file that is nowhere is missed by its own share, and its directory waits', async (t) => {
  const machine = await started(t);
  const path = [...objectsIn(cacheOf(machine)).keys()].find((one) => !isTree(one) && JSON.stringify([...objectsIn(cacheOf(machine)).keys()].filter(isTree).map((tree) => readFileSync(join(cacheOf(machine), tree), 'utf8'))).includes(one.slice(-30)));
  assert.ok(path !== undefined);
  rmSync(join(cacheOf(machine), path));
  rmSync(join(machine.work, '.dvc/tmp/towline/state'), { recursive: true, force: true });

  const results: PushResult[] = [];
  for (const shard of shards(3)) results.push(await pushShare(machine, shard));

  assert.equal(results.flatMap(({ missing }) => missing).length, 1);
  assert.ok((results.at(-1)?.keptBack.length ?? 0) > 0);
  assertWholeTrees(machine.remote);
});

test('shares fetched into one cache are one fetch, and no listing comes before its files', async (t) => {
  const machine = await started(t);
  await pushShare(machine);
  const whole = objectsIn(cacheOf(machine));
  rmSync(cacheOf(machine), { recursive: true });
  rmSync(join(machine.work, '.dvc/tmp'), { recursive: true });
  let fetched = 0;

  for (const shard of shards(3)) {
    const result = await fetch(await open(machine), { cwd: machine.work, shard });
    fetched += result.fetched;
    assert.deepEqual([result.failed, result.missing], [[], []]);
    const trees = assertWholeTrees(cacheOf(machine));
    assert.equal(trees, shard.index === 3 ? 2 : 0);
  }

  assert.deepEqual(objectsIn(cacheOf(machine)), whole);
  assert.equal(fetched, whole.size);
});

test('a checkout of what is whole leaves the rest as it is, and names it', async (t) => {
  const machine = await started(t);
  await pushShare(machine);
  for (const name of ['.dvc/cache', '.dvc/tmp', 'data', 'more']) rmSync(join(machine.work, name), { recursive: true });
  for (let index = 0; index < 6; index++) rmSync(join(machine.work, `file-${index}`));
  await fetch(await open(machine), { cwd: machine.work, shard: { index: 1, count: 2 } });

  const half = await checkout(await open(machine), { cwd: machine.work, onlyWhole: true });
  await fetch(await open(machine), { cwd: machine.work, shard: { index: 2, count: 2 } });
  const rest = await checkout(await open(machine), { cwd: machine.work, onlyWhole: true });

  assert.ok(half.waiting.includes('data') && half.waiting.includes('more'));
  assert.deepEqual([half.failed, rest.failed, rest.waiting], [[], [], []]);
  assert.equal(half.added.length + rest.added.length, 8);
  assert.equal(half.added.length + half.waiting.length, 8);
});

test('the changes that shares see are together those of a whole status', async (t) => {
  const machine = await started(t);
  await pushShare(machine, { index: 1, count: 2 });
  const status = async (shard?: Shard): Promise<Readonly<Record<string, string>>> => (await statusCloud(await open(machine), { cwd: machine.work, ...(shard && { shard }) })).changes;

  const whole = await status();
  const parts = [await status({ index: 1, count: 3 }), await status({ index: 2, count: 3 }), await status({ index: 3, count: 3 })];

  assert.deepEqual(Object.assign({}, ...parts), whole);
  assert.equal(parts.reduce((sum, part) => sum + Object.keys(part).length, 0), Object.keys(whole).length);
});

test('shares verified are together all objects, and each goes on by itself', async (t) => {
  const machine = await started(t);
  await pushShare(machine);
  const count = objectsIn(machine.remote).size;
  const look = async (shard: Shard, budgetBytes?: number): Promise<number> => (await verify(await open(machine), { place: { kind: 'remote' }, shard, ...(budgetBytes !== undefined && { budgetBytes }) })).checked;

  const once = await Promise.all(shards(3).map(async (shard) => await look(shard)));
  const bit = [await look({ index: 1, count: 3 }, 1), await look({ index: 2, count: 3 }, 1), await look({ index: 1, count: 3 })];

  assert.equal(once.reduce((sum, one) => sum + one, 0), count);
  assert.deepEqual(bit, [1, 1, once[0]]);
});
