import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createMemoryDriver, createMemoryStore } from '../drivers/memory/index.ts';
import { Storage } from '../storage/storage.ts';
import type { Oid } from './hash-info.ts';
import { createLooseObjects } from './loose.ts';
import { createOidSetBuilder } from './oid-set.ts';

test('large objects are read first, one behind the other, and each object once', async () => {
  const builder = createOidSetBuilder();
  const sizes = [5, 2 ** 30, undefined, 4096, 2 ** 20, 2 ** 20 - 1];
  const oids = sizes.map((size, at) => {
    const oid = createHash('md5').update(String(at)).digest('hex') as Oid;
    builder.add(oid, size);
    return oid;
  });
  builder.add(`${oids[0] ?? ''}.dir` as Oid);
  const db = createLooseObjects(new Storage(createMemoryDriver('memory://', { store: createMemoryStore('memory://', { now: () => 0 }) })), 'md5', {});

  const read: (number | undefined)[] = [];
  const seen = new Set<Oid>();
  for await (const { oid, source } of db.read(builder.build())) {
    read.push(source.size);
    seen.add(oid);
  }

  assert.equal(read.length, 7);
  assert.equal(seen.size, 7);
  assert.deepEqual(read.slice(0, 2).sort((a, b) => (a ?? 0) - (b ?? 0)), [2 ** 20, 2 ** 30]);
});
