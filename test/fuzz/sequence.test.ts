import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { scratchFolder } from '../crash/case-folder.ts';
import { randomFor, seed } from '../seed.ts';
import { Clone, objectOf, Objects, type Version, versionOf } from './clones.ts';

const SEQUENCES = Number(process.env['TOW_FUZZ_SEQUENCES'] ?? 150);
const STEPS = 12;

const scratch = scratchFolder();
after(scratch.remove);

test(`${SEQUENCES} random sequences of ${STEPS} steps on two clones (seed ${seed}): what was pushed and not damaged is never lost, and no wrong byte gets into a workspace`, async () => {
  for (let number = 0; number < SEQUENCES; number++) {
    const told: string[] = [];
    try {
      await play(number, told);
    } catch (error) {
      throw new Error(`sequence ${number} of seed ${seed}: ${told.join('; ')}`, { cause: error });
    }
  }
});

/** Two clones, their remote, and what we know that must be. */
interface World {
  readonly random: () => number;
  readonly clones: readonly Clone[];
  readonly remote: Objects;
  readonly caches: readonly Objects[];
  /** What each `.dvc` file that was ever made stands for. */
  readonly versions: Map<string, Version>;
  /** Objects the remote has taken whole. Those damaged or lost since then are not in it. */
  readonly safe: Set<string>;
}

async function play(number: number, told: string[]): Promise<void> {
  const folder = join(scratch.folder, String(number));
  mkdirSync(join(folder, 'remote'), { recursive: true });
  const clones = ['one', 'other'].map((name) => new Clone(folder, name));
  for (const clone of clones) await clone.start();
  const world: World = { random: randomFor(`sequence ${number}`), clones, remote: new Objects(join(folder, 'remote')), caches: clones.map(({ root }) => new Objects(join(root, '.dvc/cache'))), versions: new Map(), safe: new Set() };
  for (let step = 0; step < STEPS; step++) {
    const at = Math.floor(world.random() * 2);
    const name = pick(world, Object.keys(steps)) ?? '';
    told.push(`${name} ${at}`);
    await steps[name]?.(world, at);
    checkRemote(world);
  }
}

/** Everything that may happen to a clone, the remote or a cache. Names repeat what happens more often. */
const steps: Readonly<Record<string, (world: World, at: number) => Promise<void>>> = {
  addNew: change,
  addMore: change,
  push: pushOne,
  pushAgain: pushOne,
  pull: pullOne,
  pullTheOthers: async (world, at) => {
    const theirs = world.clones[1 - at]?.tracked;
    if (theirs === undefined) return;
    world.clones[at]?.takeTracked(theirs);
    await pullOne(world, at);
  },
  checkout: async (world, at) => {
    const clone = world.clones[at];
    if (clone?.tracked === undefined) return;
    const { isWhole, faults } = await clone.checkout();
    checkWorkspace(world, clone, { isWhole, faults });
  },
  corruptRemote: async ({ remote, random, safe }) => {
    const oid = pick({ random }, [...remote.all().keys()]);
    if (oid === undefined || oid === EMPTY) return;
    remote.corrupt(oid);
    safe.delete(oid);
  },
  loseFromCache: async ({ caches, random }, at) => {
    const oid = pick({ random }, [...(caches[at]?.all().keys() ?? [])]);
    if (oid !== undefined) caches[at]?.lose(oid);
  },
};

/** The md5 of nothing: of an empty object no bit can be changed. */
const EMPTY = 'd41d8cd98f00b204e9800998ecf8427e';

async function change(world: World, at: number): Promise<void> {
  const clone = world.clones[at];
  if (!clone) return;
  const { random } = world;
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    const path = `${pick(world, ['', 'a/', 'a/b/']) ?? ''}${Math.floor(random() * 4)}.txt`;
    if (random() < 0.25) clone.remove(path);
    else clone.write(path, random() < 0.1 ? '' : `content ${Math.floor(random() * 12)}\n`);
  }
  if (clone.data().size === 0) clone.write('0.txt', 'never empty\n');
  await clone.add();
  const version = versionOf(clone);
  world.versions.set(version.tracked, version);
}

async function pushOne(world: World, at: number): Promise<void> {
  const clone = world.clones[at];
  const version = world.versions.get(clone?.tracked ?? '');
  if (!clone || !version) return;
  const cached = world.caches[at]?.all() ?? new Map<string, boolean>();
  const before = world.remote.all();
  const faults = await clone.push();
  const now = world.remote.all();
  const wanted = [version.oid, ...[...version.files.values()].map(objectOf)];
  // The exit code speaks of presence: a push does not read what the remote has.
  if (faults.length === 0) for (const oid of wanted) assert.ok(now.has(oid), `${oid} is not on the remote although the push said so`);
  // Without the listing nobody knows which files there are.
  const isListed = cached.has(version.oid) || before.get(version.oid) === true;
  for (const oid of wanted) {
    if (isListed && cached.has(oid) && !before.has(oid) && oid !== version.oid) assert.equal(now.get(oid), true, `${oid} was in the cache and did not get to the remote`);
    if (now.get(oid) === true) world.safe.add(oid);
  }
  if (now.has(version.oid) && !before.has(version.oid)) for (const oid of wanted) assert.ok(now.has(oid), `the listing got to the remote before its file ${oid}`);
}

async function pullOne(world: World, at: number): Promise<void> {
  const clone = world.clones[at];
  const version = world.versions.get(clone?.tracked ?? '');
  if (!clone || !version) return;
  const wanted = [version.oid, ...[...version.files.values()].map(objectOf)];
  const cached = world.caches[at]?.all() ?? new Map<string, boolean>();
  const isObtainable = wanted.every((oid) => world.safe.has(oid) || cached.get(oid) === true);
  const pulled = await clone.pull();
  assert.equal(pulled.isWhole, isObtainable, `faults: ${pulled.faults.join()}`);
  checkWorkspace(world, clone, pulled);
  // A file that is damaged or nowhere costs only itself.
  const isListed = world.safe.has(version.oid) || cached.get(version.oid) === true;
  if (isListed) for (const [path, text] of version.files) if (world.safe.has(objectOf(text)) || cached.has(objectOf(text))) assert.equal(clone.data().get(path), text, `'${path}' could be had`);
  for (const [oid, isRight] of world.caches[at]?.all() ?? []) assert.ok(isRight, `${oid} in the cache is damaged`);
}

/** A file has the bytes its version says, or it is not there and somebody was told. */
function checkWorkspace({ versions }: World, clone: Clone, { isWhole, faults }: { readonly isWhole: boolean; readonly faults: readonly string[] }): void {
  const version = versions.get(clone.tracked ?? '');
  if (!version) return;
  const data = clone.data();
  if (isWhole) return assert.deepEqual(data, version.files);
  const isToldOf = (path: string): boolean => faults.some((one) => one === 'data' || one === `data/${path}`);
  for (const [path, text] of version.files) if (data.get(path) !== text) assert.ok(isToldOf(path), `nobody was told of '${path}': ${faults.join()}`);
}

/** Nothing that was pushed is lost, whatever happens. */
function checkRemote({ remote, safe }: World): void {
  const now = remote.all();
  for (const oid of safe) assert.equal(now.get(oid), true, `${oid} was pushed and is lost or damaged`);
}

const pick = <T>({ random }: Pick<World, 'random'>, list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
