import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createMemoryDriver, createMemoryStore, type MemoryStore } from '../drivers/memory/index.ts';
import { TowlineError } from '../errors.ts';
import type { Driver } from '../storage/driver.ts';
import { Storage } from '../storage/storage.ts';
import type { Oid } from './hash-info.ts';
import { objectOfPath, objectPath } from './layout.ts';
import { createLooseObjects } from './loose.ts';
import { moveObjects } from './move-objects.ts';
import type { ObjectDb } from './object-db.ts';
import { oidSet } from './oid-set.ts';
import { createTree, serializeTree, type Tree } from './tree.ts';

const oidOf = (text: string): Oid => createHash('md5').update(text).digest('hex') as Oid;
const treeOf = (...names: readonly string[]): Tree => createTree(names.map((relpath) => ({ relpath, oid: oidOf(relpath) })));

interface Place {
  readonly objects: ObjectDb;
  readonly store: MemoryStore;
  /** What arrived, in its order. */
  readonly written: Oid[];
}

/** A place with files named by their content and with trees; writes of `broken` fail. */
function place(files: readonly string[] = [], { trees = [], broken }: { readonly trees?: readonly Tree[]; readonly broken?: Oid } = {}): Place {
  const store = createMemoryStore('memory://', { now: () => 0 });
  for (const text of files) store.put(objectPath('md5', oidOf(text)), Buffer.from(text));
  for (const tree of trees) store.put(objectPath('md5', tree.oid), serializeTree(tree.entries));
  const memory = createMemoryDriver('memory://', { store });
  const written: Oid[] = [];
  const driver: Driver = {
    ...memory,
    async write(path, source, options) {
      const oid = objectOfPath('md5', path) ?? assert.fail(path);
      if (oid === broken) throw new TowlineError('PERMISSION_DENIED', 'no');
      const done = await memory.write(path, source, options);
      written.push(oid);
      return done;
    },
  };
  return { store, written, objects: createLooseObjects(new Storage(driver), 'md5', {}) };
}

const has = ({ store }: Place, oid: Oid): boolean => store.has(objectPath('md5', oid));

test('a tree follows when all its files are there', async () => {
  const tree = treeOf('a', 'b', 'c');
  const [source, target] = [place(['a', 'b', 'c'], { trees: [tree] }), place(['c'])];

  const moved = await moveObjects(source.objects, target.objects, { move: { wanted: oidSet([oidOf('a'), oidOf('b'), tree.oid]), held: oidSet([oidOf('c')]), trees: [tree] } });

  assert.deepEqual({ ...moved, bytes: 0 }, { done: 3, bytes: 0, failed: [], keptBack: [] });
  assert.equal(target.written.at(-1), tree.oid);
  assert.equal(target.written.length, 3);
});

test('a tree is kept back when a file of it failed, and the other files and trees arrive', async () => {
  const [hurt, whole] = [treeOf('a', 'b'), treeOf('a', 'c')];
  const [source, target] = [place(['a', 'b', 'c'], { trees: [hurt, whole] }), place([], { broken: oidOf('b') })];

  const moved = await moveObjects(source.objects, target.objects, { move: { wanted: oidSet([oidOf('a'), oidOf('b'), oidOf('c'), hurt.oid, whole.oid]), held: oidSet([]), trees: [hurt, whole] } });

  assert.deepEqual(moved.failed.map(({ oid }) => oid), [oidOf('b')]);
  assert.deepEqual(moved.keptBack, [hurt.oid]);
  assert.deepEqual([has(target, hurt.oid), has(target, whole.oid), has(target, oidOf('a')), has(target, oidOf('c'))], [false, true, true, true]);
});

test('a tree is kept back when the source lacks a file of it, or holds another content under its name', async () => {
  const tree = treeOf('a', 'b');
  const absent = place(['a'], { trees: [tree] });
  const spoiled = place(['a'], { trees: [tree] });
  spoiled.store.put(objectPath('md5', oidOf('b')), Buffer.from('something else'));

  for (const source of [absent, spoiled]) {
    const target = place();
    const moved = await moveObjects(source.objects, target.objects, { move: { wanted: oidSet([oidOf('a'), oidOf('b'), tree.oid]), held: oidSet([]), trees: [tree] } });

    assert.deepEqual([moved.keptBack, moved.failed.map(({ oid }) => oid)], [[tree.oid], [oidOf('b')]]);
    assert.deepEqual([has(target, tree.oid), has(target, oidOf('b'))], [false, false]);
  }
});

test('a tree is kept back when nobody moved a file of it and nobody says it is there', async () => {
  const tree = treeOf('a', 'b');
  const [source, target] = [place(['a', 'b'], { trees: [tree] }), place()];

  const moved = await moveObjects(source.objects, target.objects, { move: { wanted: oidSet([oidOf('a'), tree.oid]), held: oidSet([]), trees: [tree] } });

  assert.deepEqual([moved.done, moved.keptBack], [1, [tree.oid]]);
});

test('a tree the target has is not moved again, and one that cannot be written has failed', async () => {
  const [held, refused] = [treeOf('a'), treeOf('a', 'b')];
  const [source, target] = [place(['a', 'b'], { trees: [held, refused] }), place(['a', 'b'], { broken: refused.oid })];

  const moved = await moveObjects(source.objects, target.objects, { move: { wanted: oidSet([refused.oid]), held: oidSet([oidOf('a'), oidOf('b')]), trees: [held, refused] } });

  assert.deepEqual([moved.done, moved.keptBack, moved.failed.map(({ oid }) => oid)], [0, [], [refused.oid]]);
  assert.deepEqual(target.written, []);
});

test('the bytes that were moved are counted', async () => {
  const [source, target] = [place(['one', 'three']), place()];
  const heard: number[] = [];

  const moved = await moveObjects(source.objects, target.objects, { move: { wanted: oidSet([oidOf('one'), oidOf('three')]), held: oidSet([]), trees: [] }, onBytes: (bytes) => heard.push(bytes) });

  assert.deepEqual([moved.done, moved.bytes], [2, 8]);
  assert.equal(heard.reduce((sum, bytes) => sum + bytes, 0), 8);
});
