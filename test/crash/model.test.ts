import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { TowlineError } from '../../src/errors.ts';
import { openRepo } from '../../src/repo/open.ts';
import type { Repo } from '../../src/repo/repo.ts';
import { add } from '../../src/repo/verbs/add.ts';
import { checkout } from '../../src/repo/verbs/checkout.ts';
import { fetch } from '../../src/repo/verbs/fetch.ts';
import { gc } from '../../src/repo/verbs/gc.ts';
import { init } from '../../src/repo/verbs/init.ts';
import { push } from '../../src/repo/verbs/push.ts';
import { verify } from '../../src/repo/verbs/verify.ts';
import { randomFor } from '../seed.ts';
import { type CaseFolder, caseFolder, scratchFolder } from './case-folder.ts';

const STEPS = 2400;
const NAMES = ['a', 'b', 'c', 'deep/d', 'deep/e'];
const ACTS = ['edit', 'edit', 'edit', 'add', 'add', 'push', 'push', 'take over', 'pull', 'pull', 'checkout', 'gc', 'gc of the remote', 'corrupt the remote', 'corrupt the cache', 'repair'] as const;

/** Two clones of one project, and the remote they share. */
interface World {
  readonly clones: readonly [CaseFolder, CaseFolder];
  readonly remote: string;
  /** Every version that was ever added: the files, by the oid of its listing. */
  readonly versions: Map<string, ReadonlyMap<string, string>>;
  readonly random: () => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

describe('two clones and a remote, in random order', () => {
  test(`${STEPS} steps lose nothing that must survive, and bring no wrong byte`, async () => {
    const scratch = scratchFolder();
    try {
      const world = await createWorld(scratch.folder);
      const done = new Map<string, number>();
      const trail: string[] = [];
      for (let step = 0; step < STEPS; step++) {
        const [at, act] = [world.pick([0, 1] as const), world.pick(ACTS)];
        trail.push(`${'AB'[at] ?? ''}: ${act}`);
        const outcome = await run(world, at, act).catch((error: unknown) => { throw new Error(`step ${step}, after ${trail.slice(-12).join(', ')}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }); });
        done.set(`${act} ${outcome}`, (done.get(`${act} ${outcome}`) ?? 0) + 1);
      }
      for (const act of ['add', 'push', 'pull', 'checkout', 'gc', 'gc of the remote', 'repair']) assert.ok((done.get(`${act} done`) ?? 0) > 20, `'${act}' was hardly ever done: ${JSON.stringify([...done])}`);
      assert.ok((done.get('pull refused') ?? 0) > 5, 'something stood in the way now and then');
    } finally {
      scratch.remove();
    }
  });
});

type Outcome = 'done' | 'refused';

async function run(world: World, at: 0 | 1, act: (typeof ACTS)[number]): Promise<Outcome> {
  const clone = world.clones[at];
  if (act === 'edit') return edit(world, clone);
  if (act === 'take over') return takeOver(world, at);
  if (act === 'corrupt the remote' || act === 'corrupt the cache') return corrupt(world, act === 'corrupt the remote' ? world.remote : cacheOf(clone));
  const unsaved = unsavedFiles(clone);
  const before = needed(world);
  const outcome = await inRepo(clone, (repo) => verb(world, { repo, clone, other: world.clones[at === 0 ? 1 : 0] }, act));
  // What a pull brought under another name is in the cache then, and needs the workspace no more.
  for (const [path, text] of unsaved) if (!isWhole(objectAt(cacheOf(clone), md5(text)), md5(text))) assert.equal(textOf(clone, path), text, `the user's own '${path}' is gone`);
  for (const [path, oid] of before) assert.ok(isWhole(path, oid), `'${path}' was whole and needed`);
  if (outcome === 'done' && (act === 'pull' || act === 'checkout')) assert.deepEqual(filesOf(clone), world.versions.get(trackedBy(clone)), 'the workspace is what the .dvc file says');
  return outcome;
}

interface Place { readonly repo: Repo; readonly clone: CaseFolder; readonly other: CaseFolder }

async function verb(world: World, { repo, clone: { work }, other }: Place, act: string): Promise<Outcome> {
  if (act === 'add') {
    if (filesOf({ work }).size === 0) return 'refused';
    await add(repo, { targets: ['data'], cwd: work });
    world.versions.set(trackedBy({ work }), filesOf({ work }));
    return 'done';
  }
  if (!existsSync(join(work, 'data.dvc'))) return 'refused';
  if (act === 'push') {
    const { failed, missing } = await push(repo, { cwd: work });
    return failed.length + missing.length === 0 ? 'done' : 'refused';
  }
  if (act === 'pull' || act === 'checkout') {
    const fetched = act === 'pull' ? await fetch(repo, { cwd: work }) : undefined;
    const { failed } = await checkout(repo, { cwd: work });
    return failed.length + (fetched?.failed.length ?? 0) + (fetched?.missing.length ?? 0) === 0 ? 'done' : 'refused';
  }
  if (act === 'repair') {
    for (const place of [{ kind: 'remote' }, { kind: 'cache' }] as const) await verify(repo, { place, repair: true, from: ['store'] });
    return 'done';
  }
  return await inRepo(other, async (also) => {
    await gc(repo, { cloud: act === 'gc of the remote', projects: [also], graceSeconds: 0 });
    return 'done';
  });
}

/** What is refused in a sentence changes nothing that counts; the checks of `run` tell. */
async function inRepo({ lend, work }: CaseFolder, act: (repo: Repo) => Promise<Outcome>): Promise<Outcome> {
  const repo = await openRepo(lend(), work);
  try {
    return await act(repo);
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    return 'refused';
  } finally {
    repo.commits.close();
  }
}

async function createWorld(folder: string): Promise<World> {
  const random = randomFor('model of two clones');
  const remote = join(folder, 'remote');
  const clones = [caseFolder(join(folder, 'a')), caseFolder(join(folder, 'b'))] as const;
  for (const { work, lend } of clones) {
    mkdirSync(join(work, 'data'), { recursive: true });
    await init(lend(), { folder: work, noScm: true });
    writeFileSync(join(work, '.dvc/config'), `[core]\n    no_scm = True\n    remote = store\n['remote "store"']\n    url = ${remote}\n`);
  }
  return { clones, remote, versions: new Map(), random, pick: (items) => items[Math.floor(random() * items.length)] as (typeof items)[number] };
}

function edit({ random, pick }: World, { work }: CaseFolder): Outcome {
  const path = join(work, 'data', pick(NAMES));
  rmSync(path, { force: true });
  if (random() < 0.2) return 'done';
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `content ${Math.floor(random() * 40)}\n`);
  return 'done';
}

/** As Git brings the newer `.dvc` file. */
function takeOver({ clones }: World, at: 0 | 1): Outcome {
  const [to, from] = [clones[at], clones[at === 0 ? 1 : 0]];
  if (!existsSync(join(from.work, 'data.dvc'))) return 'refused';
  copyFileSync(join(from.work, 'data.dvc'), join(to.work, 'data.dvc'));
  return 'done';
}

/** Other bytes of the same size under the name of an object. In a cache it can be written to then, as it is after somebody wrote to it: a read-only one is trusted, as DVC does, until 'cache verify' reads it. */
function corrupt({ pick }: World, place: string): Outcome {
  const objects = objectsIn(place);
  if (objects.length === 0) return 'refused';
  const path = pick(objects);
  const bytes = readFileSync(path);
  if (bytes.length === 0) return 'refused';
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  rmSync(path);
  writeFileSync(path, bytes);
  return 'done';
}

const cacheOf = ({ work }: Pick<CaseFolder, 'work'>): string => join(work, '.dvc/cache');
const textOf = ({ work }: Pick<CaseFolder, 'work'>, path: string): string | undefined => (existsSync(join(work, 'data', path)) ? readFileSync(join(work, 'data', path), 'utf8') : undefined);
const md5 = (bytes: string | Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const trackedBy = ({ work }: Pick<CaseFolder, 'work'>): string => /md5: (\w+\.dir)/.exec(existsSync(join(work, 'data.dvc')) ? readFileSync(join(work, 'data.dvc'), 'utf8') : '')?.[1] ?? '';

function filesOf(clone: Pick<CaseFolder, 'work'>): ReadonlyMap<string, string> {
  return new Map(NAMES.flatMap((name) => { const text = textOf(clone, name); return text === undefined ? [] : [[name, text] as const]; }));
}

/** Files whose content is not in the cache: nobody but the user has them. */
function unsavedFiles(clone: CaseFolder): ReadonlyMap<string, string> {
  return new Map([...filesOf(clone)].filter(([, text]) => !existsSync(objectAt(cacheOf(clone), md5(text)))));
}

const objectAt = (place: string, oid: string): string => join(place, 'files/md5', oid.slice(0, 2), oid.slice(2));

function objectsIn(place: string): readonly string[] {
  const root = join(place, 'files/md5');
  return existsSync(root) ? readdirSync(root).flatMap((two) => readdirSync(join(root, two)).map((rest) => join(root, two, rest))).toSorted() : [];
}

/** The objects, wherever they are whole, of the versions that the clones track now. */
function needed({ clones, remote, versions }: World): readonly (readonly [path: string, oid: string])[] {
  const oids = clones.flatMap((clone) => [trackedBy(clone), ...[...(versions.get(trackedBy(clone))?.values() ?? [])].map(md5)]).filter((oid) => oid !== '');
  const places = [remote, ...clones.map(cacheOf)].flatMap((place) => [...new Set(oids)].map((oid) => [objectAt(place, oid), oid] as const));
  return places.filter(([path, oid]) => isWhole(path, oid));
}

const isWhole = (path: string, oid: string): boolean => existsSync(path) && md5(readFileSync(path)) === oid.slice(0, 32);
