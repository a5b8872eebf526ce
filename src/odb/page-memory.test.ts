import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { nodeDisk } from '../disk/node.ts';
import { createMemoryDriver, createMemoryStore, type MemoryStore } from '../drivers/memory/index.ts';
import { type Quick, withQuick } from '../storage/quick.ts';
import { Storage } from '../storage/storage.ts';
import { findPresent } from './existence.ts';
import type { Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { createOidSetBuilder, haveSameOids, type OidSet, oidSet } from './oid-set.ts';
import { createPageMemory, type PageLook } from './page-memory.ts';

let root = '';
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'towline-pages-')); });
afterEach(() => { rmSync(root, { recursive: true }); });

const oidOf = (at: number): Oid => `${createHash('md5').update(String(at)).digest('hex')}${at % 1000 === 7 ? '.dir' : ''}` as Oid;
const SIZE = 10;

function sized(count: number, size = SIZE): OidSet {
  const builder = createOidSetBuilder();
  for (let at = 0; at < count; at++) builder.add(oidOf(at), size);
  return builder.build();
}

/** A remote that answers in bytes, of which the names are counted that were read one by one. */
interface Remote { readonly store: MemoryStore; readonly read: { names: number }; look(wanted: OidSet): Promise<OidSet> }

function remoteOf(count: number, { pageSize = 1000, odd }: { readonly pageSize?: number; /** What these pages are instead. */ readonly odd?: (start: string) => Uint8Array | undefined } = {}): Remote {
  const store = createMemoryStore('memory://', { now: () => 0 });
  for (let at = 0; at < count; at++) store.put(objectPath('md5', oidOf(at)), Buffer.alloc(SIZE));
  const driver = createMemoryDriver('memory://', { store, pageSize });
  const read = { names: 0 };
  const list: NonNullable<Quick['list']> = async (folder, { take, isKnown, ...options }) => {
    const page = await driver.list?.(folder, options);
    const strange = odd?.(options.startsWith ?? '');
    const answer = strange ?? Buffer.from(JSON.stringify(page));
    if (isKnown?.(answer) === true) return {};
    if (strange) return undefined;
    for (const { path, size = 0 } of page?.entries ?? []) {
      read.names += 1;
      const bytes = Buffer.from(path);
      take({ bytes, start: 0, end: bytes.length, size });
    }
    return page?.cursor === undefined ? {} : { cursor: page.cursor };
  };
  const storage = new Storage(withQuick({ ...driver }, { list }));
  return { store, read, look: async (wanted) => await findPresent(storage, 'md5', { wanted, pages: createPageMemory('a remote', { folder: root, disk: nodeDisk }) }) };
}

test('pages that are the same as last time are not read name by name, and all they had counts as found, with its size', async () => {
  const [remote, wanted] = [remoteOf(5000), sized(5000)];
  assert.equal((await remote.look(wanted)).count, 5000);
  assert.equal(remote.read.names, 5000);

  const found = await remote.look(wanted);

  assert.equal(remote.read.names, 5000);
  assert.ok(haveSameOids(found, wanted));
  assert.equal(found.sizeAt(0), SIZE);
});

test('an object that is gone, has another size or is a stranger lets its page be read, and no other', async () => {
  const changes: readonly ((store: MemoryStore, oid: Oid) => void)[] = [
    (store, oid) => { store.remove(objectPath('md5', oid)); }, (store, oid) => { store.put(objectPath('md5', oid), Buffer.alloc(SIZE - 1)); }, (store, oid) => { store.put(objectPath('md5', `${oid.slice(0, 31)}x` as Oid), Buffer.alloc(1)); },
  ];
  for (const [number, change] of changes.entries()) {
    const [remote, wanted] = [remoteOf(5000), sized(5000)];
    await remote.look(wanted);
    change(remote.store, oidOf(3));
    remote.read.names = 0;

    const found = await remote.look(wanted);

    assert.equal(found.count, number === 2 ? 5000 : 4999);
    assert.equal(found.has(oidOf(3)), number === 2);
    assert.ok(remote.read.names > 200 && remote.read.names < 450, `${remote.read.names} names`);
  }
});

test('what was looked for when not all was there, for other objects, or of sizes nobody knew is not remembered', async () => {
  const remote = remoteOf(5000);
  await remote.look(sized(5100));
  await remote.look(oidSet(Array.from({ length: 5000 }, (_, at) => oidOf(at))));
  assert.deepEqual(readdirSync(root), []);
  await remote.look(sized(4500));
  remote.read.names = 0;

  assert.equal((await remote.look(sized(5100))).count, 5000);
  assert.equal((await remote.look(sized(4500, SIZE + 1))).count, 0);

  assert.equal(remote.read.names, 10_000);
});

test('a shard of several pages is not remembered, the others are', async () => {
  const [remote, wanted] = [remoteOf(5000, { pageSize: 320 }), sized(5000)];
  await remote.look(wanted);
  const first = remote.read.names;

  assert.ok(haveSameOids(await remote.look(wanted), wanted));

  assert.ok(remote.read.names > first && remote.read.names < first * 2, `${first}, then ${remote.read.names}`);
});

test('an answer that was no page is not remembered though all were found in another way', async () => {
  let [isStrange, wanted] = [true, sized(5000)];
  const remote = remoteOf(5000, { odd: (start) => (isStrange && start === 'a' ? Buffer.from('strange') : undefined) });
  assert.equal((await remote.look(wanted)).count, 5000);
  for (let at = 0; at < 5000; at++) if (oidOf(at).startsWith('a')) remote.store.remove(objectPath('md5', oidOf(at)));

  const found = await remote.look(wanted);

  assert.deepEqual([...found.oids()].filter((oid) => oid.startsWith('a')), []);
  assert.ok(found.count > 4500);
  isStrange = false;
  wanted = found;
  assert.equal((await remote.look(wanted)).count, found.count);
});

test('a file that is damaged at any byte is as good as none, or says the same', () => {
  const [wanted, page] = [sized(20), Buffer.from('a page')];
  const begin = (): PageLook => createPageMemory('a remote', { folder: root, disk: nodeDisk }).begin(wanted) ?? assert.fail();
  const look = begin();
  for (const start of ['0', '1', 'f']) assert.equal(look.isKnown(start, page), false);
  look.keep();
  const file = join(root, readdirSync(root)[0] ?? '');
  const whole = readFileSync(file);
  assert.deepEqual(['0', '1', 'f', '2'].map((start) => begin().isKnown(start, page)), [true, true, true, false]);
  for (let at = 0; at < whole.length; at++) {
    for (const damaged of [Buffer.from(whole).fill((whole[at] ?? 0) ^ 1, at, at + 1), whole.subarray(0, at)]) {
      writeFileSync(file, damaged);
      for (const start of ['0', '1', 'f']) assert.equal(begin().isKnown(start, Buffer.from('another')), false);
    }
  }
});
