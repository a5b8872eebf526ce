import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createMemoryDriver, createMemoryStore, type MemoryStore } from '../drivers/memory/index.ts';
import type { Oid } from '../odb/hash-info.ts';
import { objectPath } from '../odb/layout.ts';
import { createLooseObjects } from '../odb/loose.ts';
import type { ObjectDb, StoreResult } from '../odb/object-db.ts';
import { oidSet } from '../odb/oid-set.ts';
import { Storage } from '../storage/storage.ts';
import type { Job, JobOutcome } from './job.ts';
import { createSharedOut } from './shared-out.ts';
import { doJob } from './work.ts';

const oidOf = (text: string): Oid => createHash('md5').update(text).digest('hex') as Oid;
const TEXTS = ['a', 'b', 'c', 'd'];
const TREE = `${oidOf('tree')}.dir` as Oid;

interface Place { readonly store: MemoryStore; readonly objects: ObjectDb }
function place(texts: readonly string[] = []): Place {
  const store = createMemoryStore('memory://', { now: () => 0 });
  for (const text of texts) store.put(objectPath('md5', oidOf(text)), Buffer.from(text));
  return { store, objects: createLooseObjects(new Storage(createMemoryDriver('memory://', { store })), 'md5', {}) };
}

type Do = (job: Job) => Promise<JobOutcome>;

/** Writes all that `source` has by workers that do as `act` says. */
async function pushed(source: Place, target: Place, act: Do): Promise<{ readonly results: ReadonlyMap<Oid, StoreResult>; readonly warnings: readonly string[]; readonly jobs: readonly Job[]; readonly opened: number; readonly closed: number }> {
  const seen = { jobs: [] as Job[], warnings: [] as string[], opened: 0, closed: 0 };
  const shared = createSharedOut(target.objects, {
    warn: ({ text }) => { seen.warnings.push(text); },
    openDesk: async () => {
      seen.opened++;
      return { run: async (job) => { seen.jobs.push(job); return await act(job); }, close: async () => { seen.closed++; } };
    },
  });
  const wanted = await source.objects.present(oidSet([...TEXTS.map(oidOf), TREE]));
  const results = new Map<Oid, StoreResult>();
  for await (const result of shared.write(source.objects.read(wanted))) {
    assert.ok(!results.has(result.oid), 'each object has one result');
    results.set(result.oid, result);
  }
  return { ...seen, results };
}

const working = (cache: Place, target: Place): Do => async (job) => await doJob(job, { cache: () => cache.objects, target: async () => target.objects }, { isTakenOver: false });
const has = ({ store }: Place, text: string): boolean => store.has(objectPath('md5', oidOf(text)));
const failedIn = (results: ReadonlyMap<Oid, StoreResult>): readonly Oid[] => [...results.values()].filter(({ error }) => error).map(({ oid }) => oid);

describe('objects are shared out to workers', () => {
  it('who send them, and nothing is sent from here', async () => {
    const [source, target] = [place(TEXTS), place()];
    const { results, warnings, jobs, closed } = await pushed(source, target, working(source, target));

    assert.deepEqual([results.size, failedIn(results), warnings, jobs.length, closed], [4, [], [], 1, 1]);
    assert.ok(TEXTS.every((text) => has(target, text)));
  });

  it('but listings are not', async () => {
    const [source, target] = [place(TEXTS), place()];
    source.store.put(objectPath('md5', TREE), Buffer.from('tree'));
    const { results, jobs } = await pushed(source, target, working(source, target));

    assert.ok(results.has(TREE));
    assert.ok(jobs.every(({ oids }) => !oids.includes(TREE)));
  });

  it('and where there are only listings, no queue is asked', async () => {
    const [source, target] = [place(), place()];
    source.store.put(objectPath('md5', TREE), Buffer.from('tree'));
    const { results, opened } = await pushed(source, target, async () => assert.fail('there is nothing to do'));

    assert.deepEqual([results.size, failedIn(results), opened], [1, [], 0]);
  });

  it('and what the cache of a worker lacks is sent from here', async () => {
    const [source, target] = [place(TEXTS), place()];
    const { results, warnings } = await pushed(source, target, working(place(['a', 'b']), target));

    assert.deepEqual([results.size, failedIn(results)], [4, []]);
    assert.ok(TEXTS.every((text) => has(target, text)));
    assert.deepEqual(warnings, ['2 objects sent from here, because the cache of a worker lacks them']);
  });

  it('and what fails at a worker is sent from here', async () => {
    const [source, target] = [place(TEXTS), place()];
    const { results, warnings } = await pushed(source, target, async ({ oids }) => ({ done: [], lacking: [], failed: oids.map((oid) => ({ oid, reason: 'the login has expired' })) }));

    assert.deepEqual([results.size, failedIn(results)], [4, []]);
    assert.ok(TEXTS.every((text) => has(target, text)));
    assert.deepEqual(warnings, ['4 objects sent from here, because a worker could not send them: the login has expired']);
  });

  it('and what a worker says nothing about is sent from here', async () => {
    const [source, target] = [place(TEXTS), place()];
    const { results } = await pushed(source, target, async () => ({ done: [], lacking: [], failed: [] }));

    assert.deepEqual([results.size, failedIn(results)], [4, []]);
    assert.ok(TEXTS.every((text) => has(target, text)));
  });

  it('and a worker that claims to have sent what is not there is not believed', async () => {
    const [source, target, elsewhere] = [place(TEXTS), place(), place()];
    const { results } = await pushed(source, target, working(source, elsewhere));

    assert.deepEqual([...failedIn(results)].sort(), TEXTS.map(oidOf).sort());
    assert.match(results.get(oidOf('a'))?.error?.message ?? '', /a worker says that it has sent it, but it is not in memory:/);
  });

  it('and what is there in another size is not believed', async () => {
    const [source, target] = [place(TEXTS), place()];
    target.store.put(objectPath('md5', oidOf('b')), Buffer.from('torn off'));
    const { results } = await pushed(source, target, async (job) => {
      await working(source, target)({ ...job, oids: job.oids.filter((oid) => oid !== oidOf('b')) });
      return { done: job.oids, lacking: [], failed: [] };
    });

    assert.deepEqual(failedIn(results), [oidOf('b')]);
  });
});

describe('a worker', () => {
  it('sends no bytes that are not what their name says', async () => {
    const [cache, target] = [place(TEXTS), place()];
    cache.store.put(objectPath('md5', oidOf('c')), Buffer.from('?'));
    const { done, failed } = await working(cache, target)({ hashName: 'md5', oids: TEXTS.map(oidOf) });

    assert.deepEqual([done.length, failed.map(({ oid }) => oid), has(target, 'c')], [3, [oidOf('c')], false]);
  });

  it('that takes over a job sends only what the other one has not', async () => {
    const [cache, target] = [place(TEXTS), place(['a', 'b'])];
    const before = target.store.has(objectPath('md5', oidOf('a')));
    const sent: Oid[] = [];
    const counting: ObjectDb = { ...target.objects, async *write(objects, options) { for await (const result of target.objects.write(objects, options)) { sent.push(result.oid); yield result; } } };
    const { done, lacking, failed } = await doJob({ hashName: 'md5', oids: TEXTS.map(oidOf) }, { cache: () => cache.objects, target: async () => counting }, { isTakenOver: true });

    assert.ok(before);
    assert.deepEqual([[...done].sort(), lacking, failed], [TEXTS.map(oidOf).sort(), [], []]);
    assert.deepEqual(sent.sort(), [oidOf('c'), oidOf('d')].sort());
  });
});
