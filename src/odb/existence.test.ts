import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { createMemoryDriver, createMemoryStore, type MemoryStore } from '../drivers/memory/index.ts';
import { TowlineError } from '../errors.ts';
import type { Driver, ListOptions, Traits } from '../storage/driver.ts';
import { parsePath } from '../storage/path.ts';
import { type Quick, withQuick } from '../storage/quick.ts';
import { Storage } from '../storage/storage.ts';
import { findPresent } from './existence.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { createOidSetBuilder, oidSet } from './oid-set.ts';

/** Listings come entry by entry, or as bytes: both have to find the same, by the same calls. */
let comesAs: 'entries' | 'bytes' = 'entries';
function test(name: string, act: () => Promise<void>): void {
  for (const way of ['entries', 'bytes'] as const) {
    it(`${name} (${way})`, async () => {
      comesAs = way;
      await act();
    });
  }
}

const oidOf = (text: string): Oid => createHash('md5').update(text).digest('hex') as Oid;
const EMPTY = oidOf('');

/** A remote with objects of one byte, and the calls that are made to it: 'stat' or 'list <folder> <startsWith>'. */
interface Watched {
  readonly storage: Storage;
  readonly calls: string[];
  readonly store: MemoryStore;
}

interface Setting {
  readonly name?: HashName;
  readonly pageSize?: number;
  readonly traits?: Partial<Traits>;
  readonly without?: 'list';
}

function watched(oids: readonly Oid[], { name = 'md5', pageSize = 1000, traits = {}, without }: Setting = {}): Watched {
  const store = createMemoryStore('memory://', { now: () => 0 });
  for (const oid of oids) store.put(objectPath(name, oid), oid === EMPTY ? new Uint8Array() : Buffer.from('x'));
  const { list, ...driver } = createMemoryDriver('memory://', { store, pageSize });
  const calls: string[] = [];
  const counting = {
    ...driver,
    traits: { ...driver.traits, concurrency: 10, ...traits },
    stat: (path, options) => {
      calls.push('stat');
      return driver.stat(path, options);
    },
  } satisfies Driver;
  const listing: Pick<Driver, 'list'> = {
    list: (folder, options?: ListOptions) => {
      calls.push(`list ${folder} ${options?.startsWith ?? ''}${options?.cursor === undefined ? '' : ' next'}`.trim());
      return list(folder, options);
    },
  };
  const whole = without === 'list' ? counting : { ...counting, ...listing };
  return { storage: new Storage(comesAs === 'bytes' ? withQuick(whole, quickly(listing)) : whole), calls, store };
}

/** The same pages in bytes. */
function quickly({ list }: Pick<Driver, 'list'>): Quick {
  return {
    list: async (folder, { take, ...options }) => {
      const page = await list?.(folder, options);
      for (const { path, size = 0 } of page?.entries ?? []) {
        const bytes = Buffer.from(`<Key>${path}</Key>`);
        take({ bytes, start: 5, end: bytes.length - 6, size });
      }
      return page?.cursor === undefined ? {} : { cursor: page.cursor };
    },
  };
}

const many = (count: number, salt = ''): readonly Oid[] => Array.from({ length: count }, (_, at) => oidOf(`${salt}${at}`));
const sorted = (oids: Iterable<Oid>): readonly Oid[] => [...oids].sort();

test('a few objects are asked for one by one, and no folder is listed', async () => {
  const [here, absent] = [many(4), many(3, 'absent')];
  const { storage, calls } = watched(here);

  const found = await findPresent(storage, 'md5', { wanted: oidSet([...here, ...absent]) });

  assert.deepEqual(sorted(found.oids()), sorted(here));
  assert.deepEqual(calls, Array.from({ length: 7 }, () => 'stat'));
});

test('nothing wanted, nothing asked', async () => {
  const { storage, calls } = watched(many(3));

  assert.equal((await findPresent(storage, 'md5', { wanted: oidSet([]) })).count, 0);
  assert.deepEqual(calls, []);
});

test('many objects in a small remote cost one listing', async () => {
  const here = many(50);
  const { storage, calls } = watched(here);

  const found = await findPresent(storage, 'md5', { wanted: oidSet([...here, ...many(200, 'absent')]) });

  assert.deepEqual(sorted(found.oids()), sorted(here));
  assert.deepEqual(calls, ['list files/md5']);
});

test('an empty remote costs one listing, however many objects are wanted', async () => {
  const { storage, calls } = watched([]);

  assert.equal((await findPresent(storage, 'md5', { wanted: oidSet(many(500)) })).count, 0);
  assert.deepEqual(calls, ['list files/md5']);
});

test('many objects in a large remote: after the first page the rest is listed by first digits, all of it', async () => {
  const here = many(2000);
  const { storage, calls } = watched(here, { pageSize: 100 });

  const found = await findPresent(storage, 'md5', { wanted: oidSet([...here, ...many(1000, 'absent')]) });

  assert.deepEqual(sorted(found.oids()), sorted(here));
  assert.equal(calls[0], 'list files/md5');
  assert.equal(calls.includes('stat'), false);
  assert.match(calls[1] ?? '', /^list files\/md5 [0-9a-f]$/);
  assert.ok(calls.length < 45, `${calls.length} calls for 20 pages`);
});

test('so many objects that they would fill several pages are listed by first digits from the start', async () => {
  const here = many(4000);
  const { storage, calls } = watched(here.slice(0, 3500), { pageSize: 500 });

  const found = await findPresent(storage, 'md5', { wanted: oidSet(here) });

  assert.deepEqual(sorted(found.oids()), sorted(here.slice(0, 3500)));
  assert.deepEqual(calls.toSorted(), Array.from({ length: 16 }, (_, digit) => digit.toString(16)).map((digit) => `list files/md5 ${digit}`));
});

test('where a shard is far larger than what is wanted of it, that is asked for after its first page', async () => {
  const wanted = many(4000);
  const { storage, calls } = watched([...wanted.slice(0, 2000), ...many(10_000, 'other')], { pageSize: 1 });

  const found = await findPresent(storage, 'md5', { wanted: oidSet(wanted) });

  assert.deepEqual(sorted(found.oids()), sorted(wanted.slice(0, 2000)));
  const stats = calls.filter((call) => call === 'stat').length;
  assert.ok(stats > 2000 && stats <= 4000, `${stats} were asked for`);
  assert.ok(calls.length < 8000, `${calls.length} calls`);
});

test('some objects in a far larger remote are asked for after the first page (dvc-objects#178, dvc-objects#291, #7337, #696)', async () => {
  const here = many(5000);
  const { storage, calls } = watched(here, { pageSize: 20 });
  const wanted = [...here.slice(0, 15), ...many(5, 'absent')];

  const found = await findPresent(storage, 'md5', { wanted: oidSet(wanted) });

  assert.deepEqual(sorted(found.oids()), sorted(here.slice(0, 15)));
  assert.equal(calls[0], 'list files/md5');
  assert.deepEqual([...new Set(calls.slice(1))], ['stat']);
  assert.ok(calls.length <= 21);
});

test('a remote that lists in no order is asked for each object: a page of it says nothing of the rest', async () => {
  const here = many(300);
  const { storage, calls } = watched(here, { pageSize: 50 });
  const { driver } = storage;
  const unordered = new Storage({
    ...driver,
    list: async (folder, options) => {
      const page = await (driver.list ?? assert.fail)(folder, options);
      return { ...page, entries: page.entries.toReversed() };
    },
  });

  const found = await findPresent(unordered, 'md5', { wanted: oidSet(here) });

  assert.equal(found.count, 300);
  assert.equal(calls.filter((call) => call === 'stat').length, 300);
});

test('where a service cannot list, every object is asked for', async () => {
  const here = many(60);
  const { storage, calls } = watched(here, { without: 'list' });

  const found = await findPresent(storage, 'md5', { wanted: oidSet([...here, ...many(20, 'absent')]) });

  assert.equal(found.count, 60);
  assert.equal(calls.length, 80);
});

test('where a call lists one folder, only folders with several wanted objects are listed', async () => {
  const here = many(600);
  const { storage, calls } = watched(here, { traits: { listing: 'directory' } });
  const crowded = here.filter((oid) => oid.startsWith('0'));
  const lone = here.find((oid) => oid.startsWith('f')) ?? assert.fail();

  const found = await findPresent(storage, 'md5', { wanted: oidSet([...crowded, lone, ...many(3, 'absent')]) });

  assert.deepEqual(sorted(found.oids()), sorted([...crowded, lone]));
  assert.ok(calls.includes('stat'));
  for (const call of calls) assert.match(call, /^stat$|^list files\/md5\/[0-9a-f]{2}$/);
});

test('at the root of a DVC 2 remote only folders of wanted objects are listed, and foreign files there are no objects', async () => {
  const here = many(200);
  const { storage, calls, store } = watched(here, { name: 'md5-dos2unix' });
  for (const path of ['en/readme.txt', 'v1/model.bin', `${here[0]?.slice(0, 2) ?? ''}/notes.txt`, 'huge/other']) store.put(parsePath(path), Buffer.from('x'));

  const found = await findPresent(storage, 'md5-dos2unix', { wanted: oidSet([...here, ...many(50, 'absent')]) });

  assert.deepEqual(sorted(found.oids()), sorted(here));
  for (const call of calls) assert.match(call, /^stat$|^list [0-9a-f]{2}$/);
});

test('an object counts only with its right size, asked or listed', async () => {
  for (const extra of [[], many(40)]) {
    const [whole, cut, unknown] = [oidOf('whole'), oidOf('cut'), oidOf('unknown')];
    const { storage } = watched([whole, cut, unknown, ...extra]);
    const wanted = createOidSetBuilder();
    wanted.add(whole, 1);
    wanted.add(cut, 5000);
    for (const oid of [unknown, ...extra]) wanted.add(oid);

    const found = await findPresent(storage, 'md5', { wanted: wanted.build() });

    assert.deepEqual(sorted(found.oids()), sorted([whole, unknown, ...extra]));
    assert.equal(found.sizeOf(unknown), 1);
  }
});

test('an empty object can only be the md5 of nothing', async () => {
  const claimed = oidOf('claimed');
  const { storage, store } = watched([EMPTY]);
  store.put(objectPath('md5', claimed), new Uint8Array());

  const found = await findPresent(storage, 'md5', { wanted: oidSet([EMPTY, claimed]) });

  assert.deepEqual([...found.oids()], [EMPTY]);
});

test('trees are found beside files, and a file with the digits of a tree is not the tree', async () => {
  const tree = `${oidOf('tree')}.dir` as Oid;
  for (const extra of [[], many(40)]) {
    const { storage } = watched([tree, ...extra]);

    const found = await findPresent(storage, 'md5', { wanted: oidSet([tree, oidOf('tree'), ...extra]) });

    assert.deepEqual(sorted(found.oids()), sorted([tree, ...extra]));
  }
});

test('a failure is a failure, never an absent object', async () => {
  const { storage } = watched(many(3));
  const failing = new Storage({ ...storage.driver, stat: () => Promise.reject(new TowlineError('UNAVAILABLE', 'the service is down')) });

  await assert.rejects(findPresent(failing, 'md5', { wanted: oidSet(many(3)) }), { code: 'UNAVAILABLE' });
});

it('what a quick page named does not count where the page turns out to be none', async () => {
  comesAs = 'entries';
  const [here, absent] = [many(20), many(20, 'absent')];
  const { storage } = watched(here);
  const list: NonNullable<Quick['list']> = async (_folder, { take }) => {
    for (const oid of absent) {
      const bytes = Buffer.from(objectPath('md5', oid));
      take({ bytes, start: 0, end: bytes.length, size: 1 });
    }
    return undefined;
  };

  const found = await findPresent(new Storage(withQuick({ ...storage.driver }, { list })), 'md5', { wanted: oidSet([...here, ...absent]) });

  assert.deepEqual(sorted(found.oids()), sorted(here));
});
