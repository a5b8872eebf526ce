import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Oid } from '../odb/hash-info.ts';
import type { StoredObject } from '../odb/object-db.ts';
import { cutJobs } from './cut-jobs.ts';

const SIZE = { objects: 3, bytes: 100 };

async function cut(sizes: readonly (number | undefined)[]): Promise<readonly (readonly (number | undefined)[])[]> {
  const objects = sizes.map((size, at): StoredObject => ({ oid: String(at).padStart(32, '0') as Oid, source: { size, open: () => { throw new Error('nobody reads'); } } }));
  const jobs: (number | undefined)[][] = [];
  for await (const job of cutJobs(streamed(objects), SIZE)) jobs.push(job.map(({ source }) => source.size));
  return jobs;
}

async function* streamed<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

describe('objects are cut into jobs', () => {
  it('of so many at most', async () => { assert.deepEqual(await cut([1, 2, 3, 4, 5, 6, 7]), [[1, 2, 3], [4, 5, 6], [7]]); });
  it('of so many bytes at most', async () => { assert.deepEqual(await cut([60, 40, 1, 99, 2]), [[60, 40], [1, 99], [2]]); });
  it('a large one alone, and none waits for it', async () => { assert.deepEqual(await cut([1, 100, 2, 500, 3]), [[100], [500], [1, 2, 3]]); });
  it('also when nobody knows their sizes', async () => { assert.deepEqual(await cut([undefined, undefined, undefined, undefined]), [[undefined, undefined, undefined], [undefined]]); });
  it('and nothing makes no job', async () => { assert.deepEqual(await cut([]), []); });
});
