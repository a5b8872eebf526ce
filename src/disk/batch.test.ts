import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { hasCode, TowlineError } from '../errors.ts';
import type { Disk } from './disk.ts';
import { hashWork } from './hash-work.ts';
import { nodeDisk } from './node.ts';
import { cut } from './run-batch.ts';
import { runHere } from './run-here.ts';
import { storeFiles } from './store.ts';
import { storeWork } from './store-work.ts';
import { runInWorkers } from './workers.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-batch-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => {
  const folder = join(root, String(count += 1));
  fs.mkdirSync(folder);
  return folder;
};
function fill(sizes: readonly number[]): readonly { readonly path: string; readonly size: number }[] {
  const folder = fresh();
  return sizes.map((size, index) => {
    const path = join(folder, String(index));
    fs.writeFileSync(path, Buffer.alloc(size, `${index % 7} `));
    return { path, size };
  });
}
const sizes = fc.array(fc.oneof(fc.nat(2_000), fc.constantFrom(0, 1, 1024 * 1024, 1024 * 1024 + 1, 2_500_000)), { minLength: 1, maxLength: 12 });
/** Objects and their modes. */
const tree = (folder: string): readonly string[] => fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  .map((one) => join(one.parentPath, one.name)).map((path) => `${path.slice(folder.length)} ${fs.statSync(path).mode & 0o777}`).sort();

const started = <T>(outcome: T | undefined): T => outcome ?? assert.fail('no thread can be started here');

describe('worker threads', () => {
  it('come to the same hashes and errors as the main thread', async () => {
    await fc.assert(fc.asyncProperty(sizes, fc.constantFrom('md5', 'md5-dos2unix'), async (all, name) => {
      const paths = [...fill(all).map(({ path }) => path), join(root, 'absent')];
      const units = paths.map((_, row) => [row]);

      const here = await runHere(paths, (hasher) => hashWork(nodeDisk, { name }, hasher), {});
      const there = started(await runInWorkers('hash', paths, { settings: { name }, units, sizes: all, count: 2 }));
      const both = started(await runInWorkers('hash', paths, { settings: { name }, units, sizes: all, count: 1, here: (hasher) => hashWork(nodeDisk, { name }, hasher) }));

      for (const { results, errors } of [there, both]) {
        assert.deepEqual(results, here.results);
        assert.deepEqual([...errors].map(([row, error]) => [row, error.message]), [...here.errors].map(([row, error]) => [row, error.message]));
        assert.ok(hasCode(errors.get(paths.length - 1), 'NOT_FOUND'));
      }
    }), { numRuns: 6 });
  });

  it('store the same objects as the main thread', async () => {
    await fc.assert(fc.asyncProperty(sizes, async (all) => {
      const files = fill(all);
      const settings = { name: 'md5', how: 'copy', links: ['copy'], linkBefore: undefined, shared: false, found: new Set<string>() } as const;
      const [one, two] = [fresh(), fresh()];
      const units = cut(all, 2).units.map(({ rows }) => rows);

      const here = await runHere(files, (hasher) => storeWork(nodeDisk, { ...settings, folder: one }, hasher), {});
      const there = started(await runInWorkers('store', files, { settings: { ...settings, folder: two }, units, sizes: all, count: 2 }));

      assert.deepEqual(there.results.map((result) => result?.digest), here.results.map((result) => result?.digest));
      assert.deepEqual(tree(two), tree(one));
    }), { numRuns: 4 });
  });

  it('end when what is done beside them breaks', async () => {
    const files = fill(Array.from({ length: 200 }, () => 1000));
    const here = (): never => { throw new RangeError('a bug'); };

    await assert.rejects(runInWorkers('hash', files.map(({ path }) => path), { settings: { name: 'md5' }, units: files.map((_, row) => [row]), sizes: files.map(({ size }) => size), count: 1, here }), RangeError);
  });

  it('link a file once that two of them have found to be one', async () => {
    const files = fill(Array.from({ length: 120 }, () => 500));
    const settings = { name: 'md5', how: 'copy', links: ['hardlink'], linkBefore: undefined, shared: false, found: new Set<string>(), folder: fresh() } as const;

    const { results, errors } = started(await runInWorkers('store', files, { settings, units: files.map((_, row) => [row]), sizes: files.map(({ size }) => size), count: 1, here: (hasher) => storeWork(nodeDisk, settings, hasher) }));

    assert.deepEqual([...errors], []);
    assert.equal(new Set(results.map((one) => one?.digest)).size, 7);
    for (const [row, { digest = '', how } = {}] of results.entries()) {
      if (how === 'linked') assert.equal(fs.statSync(files[row]?.path ?? '').ino, fs.statSync(join(settings.folder, digest.slice(0, 2), digest.slice(2))).ino);
    }
    assert.deepEqual(tree(settings.folder).map((line) => line.slice(-3)), Array.from({ length: 7 }, () => '292'));
  });

  it('stop within a piece of a large file when the caller gives up', async () => {
    const files = fill([60_000_000, 60_000_000]);
    const controller = new AbortController();
    const cache = fresh();
    const stored = runInWorkers('store', files, {
      settings: { name: 'md5', folder: cache, how: 'copy', links: ['copy'], linkBefore: undefined, shared: false, found: new Set<string>() }, units: [[0], [1]], sizes: files.map(({ size }) => size), count: 2, signal: controller.signal,
    });

    controller.abort();

    await assert.rejects(stored, (error) => hasCode(error, 'ABORTED'));
    assert.deepEqual(tree(cache), []);
  });

  it('tell what is done, and in all the same as there was', async () => {
    const files = fill([300_000, 2_000_000, 10]);
    const told = { files: 0, bytes: 0 };
    const onAdvance = (more: number, bytes: number): void => { told.files += more; told.bytes += bytes; };

    await runInWorkers('hash', files.map(({ path }) => path), { settings: { name: 'md5' }, units: [[0, 2], [1]], sizes: files.map(({ size }) => size), count: 2, onAdvance });

    assert.deepEqual(told, { files: 3, bytes: 2_300_010 });
  });
});

describe('a batch', () => {
  it('ends at a full disk, and says so for every row that is left', async () => {
    const files = fill([10, 20, 30]);
    const full: Disk = {
      ...nodeDisk,
      create(path, options) {
        const file = nodeDisk.create(path, options);
        return { ...file, write: () => { throw new TowlineError('UNAVAILABLE', `cannot write '${path}': the disk is full`, { context: { errno: 'ENOSPC' } }); } };
      },
    };
    const cache = fresh();

    const { errors } = await storeFiles(full, files, { name: 'md5', folder: cache, how: 'copy', links: ['copy'], processors: 1 });

    assert.equal(errors.size, 3);
    assert.deepEqual(tree(cache), []);
  });

  it('can be given up between any two pieces, and leaves no temporary file', async () => {
    const files = fill([30_000_000]);
    const controller = new AbortController();
    const cache = fresh();

    const stored = storeFiles(nodeDisk, files, { name: 'md5', folder: cache, how: 'copy', links: ['copy'], processors: 1, signal: controller.signal, onAdvance: () => { controller.abort(); } });

    await assert.rejects(stored, (error) => hasCode(error, 'ABORTED'));
    assert.deepEqual(tree(cache), []);
  });

  it('is cut into units of all rows, the largest first', () => {
    fc.assert(fc.property(fc.array(fc.nat(40_000_000), { maxLength: 1500 }), (all) => {
      const { units, bytes } = cut(all, 3);

      assert.equal(bytes, all.reduce((sum, size) => sum + size, 0));
      assert.deepEqual(units.flatMap(({ rows }) => rows).sort((a, b) => a - b), all.map((_, row) => row));
      for (const unit of units) assert.equal(unit.bytes, unit.rows.reduce((sum, row) => sum + (all[row] ?? 0), 0));
      assert.deepEqual(units.map((unit) => unit.bytes), units.map((unit) => unit.bytes).sort((a, b) => b - a));
    }), { numRuns: 50 });
  });

  it('gives long files to a worker together, as many as are hashed at once, but not while another has none', () => {
    const [long, small] = [40_000_000, 100];
    const lengths = (count: number, workers: number): readonly number[] => cut([...Array.from({ length: count }, () => long), small, small], workers).units.map(({ rows }) => rows.length);

    assert.deepEqual(lengths(9, 2), [4, 4, 1, 2]);
    assert.deepEqual(lengths(4, 2), [2, 2, 2]);
    assert.deepEqual(lengths(60, 2), [8, 8, 8, 8, 8, 8, 8, 4, 2]);
    assert.deepEqual(lengths(20, 2), [4, 4, 4, 4, 4, 2]);
    assert.deepEqual(lengths(2, 2), [1, 1, 2]);
    assert.deepEqual(lengths(1, 8), [1, 2]);
    assert.deepEqual(cut(Array.from({ length: 20 }, () => 2_000_000), 2).units.map(({ rows }) => rows.length), [9, 9, 2]);
  });
});
