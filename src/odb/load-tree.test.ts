import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryDriver, createMemoryStore } from '../drivers/memory/index.ts';
import { TowlineError } from '../errors.ts';
import { Storage } from '../storage/storage.ts';
import type { Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { loadTree } from './load-tree.ts';
import { createLooseObjects } from './loose.ts';
import type { ObjectDb } from './object-db.ts';
import { createTree, serializeTree, type Tree, treeOid } from './tree.ts';

const TREE = createTree([{ relpath: 'a', oid: '60b725f10c9c85c70d97880dfe8191b3' as Oid }, { relpath: 'sub/b', oid: '3b5d5c3712955042212316173ccf37be' as Oid }]);
const plain = (tree: Tree | undefined): unknown => tree && { oid: tree.oid, entries: [...tree.entries] };
const BYTES = serializeTree(TREE.entries);

function place(bytes?: Uint8Array, oid: Oid = TREE.oid): ObjectDb {
  const store = createMemoryStore('memory://', { now: () => 0 });
  if (bytes) store.put(objectPath('md5', oid), bytes);
  return createLooseObjects(new Storage(createMemoryDriver('memory://', { store })), 'md5', {});
}

test('a tree is read from the first place that has it', async () => {
  assert.deepEqual(plain(await loadTree(TREE.oid, [place(), place(BYTES)])), plain(TREE));
});

test('a tree that is nowhere is undefined', async () => {
  assert.equal(await loadTree(TREE.oid, [place(), place()]), undefined);
  assert.equal(await loadTree(TREE.oid, []), undefined);
});

test('a damaged tree is passed over where another place has it whole', async () => {
  for (const damaged of [Buffer.from(''), BYTES.subarray(0, -1), Buffer.from('[]')]) assert.deepEqual(plain(await loadTree(TREE.oid, [place(damaged), place(BYTES)])), plain(TREE));
});

test('a damaged tree that is nowhere whole is thrown, not taken for absent', async () => {
  await assert.rejects(loadTree(TREE.oid, [place(BYTES.subarray(0, -1)), place()]), (error: unknown) => error instanceof TowlineError && error.code === 'CORRUPT' && error.message.includes(TREE.oid));
});

test('bytes with the right md5 that are no listing are refused, and so is one that leaves its directory', async () => {
  for (const text of ['{}', 'not json', '[{"md5": "60b725f10c9c85c70d97880dfe8191b3", "relpath": "../out"}]', '[{"relpath": "a"}]']) {
    const oid = treeOid(Buffer.from(text));

    await assert.rejects(loadTree(oid, [place(Buffer.from(text), oid)]), { code: 'CORRUPT' }, text);
  }
});

test('a place that fails is no place without the tree', async () => {
  const driver = createMemoryDriver('memory://');
  const failing = createLooseObjects(new Storage({ ...driver, read: () => Promise.reject(new TowlineError('UNAVAILABLE', 'the service is down')) }), 'md5', {});

  await assert.rejects(loadTree(TREE.oid, [failing, place(BYTES)]), { code: 'UNAVAILABLE' });
});
