import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { hasCode, TowlineError } from '../errors.ts';
import type { Begin } from './batch.ts';
import { type BatchHasher, createBatchHasher } from './batch-hasher.ts';
import { hashContent } from './hash-content.ts';
import { hashBytes } from './hasher.ts';
import { RowsRun, runRows } from './rows.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-rows-'));
after(() => { fs.rmSync(root, { recursive: true }); });
const MIB = 1024 * 1024;

function fill(sizes: readonly number[]): readonly string[] {
  const folder = fs.mkdtempSync(join(root, 'case-'));
  return sizes.map((size, at) => {
    const path = join(folder, String(at));
    fs.writeFileSync(path, Buffer.alloc(size, `${at} of ${size} `));
    return path;
  });
}

interface Run {
  readonly digests: ReadonlyMap<number, string>;
  readonly errors: ReadonlyMap<number, Error>;
  readonly bytes: number;
  /** Rows in the order in which they ended. */
  readonly ended: readonly number[];
}

/** Hashes beside each other from the first byte on, unless it is told to wait for more. */
function run(paths: readonly string[], { worth = 0, hasher = createBatchHasher({ worth }), begin }: { readonly worth?: number; readonly hasher?: BatchHasher; readonly begin?: Begin<string, string> } = {}): Run {
  const digests = new Map<number, string>();
  const errors = new Map<number, Error>();
  const ended: number[] = [];
  let bytes = 0;
  const work = begin ?? ((path: string) => hashContent(path, 'md5', { hasher }));
  for (const count of runRows(paths, { work, hasher, done: (row, digest) => { digests.set(row, digest); ended.push(row); }, failed: (row, error) => errors.set(row, error) })) bytes += count;
  return { digests, errors, bytes, ended };
}

const digestOf = (path: string): string => hashBytes('md5', fs.readFileSync(path));

describe('rows of all lengths', () => {
  it('have the digests they would have alone', () => {
    const size = fc.oneof(fc.nat(2_000), fc.constantFrom(0, 1, 256 * 1024, 256 * 1024 + 1, MIB, MIB + 1, 3 * MIB - 1), fc.integer({ min: MIB, max: 4 * MIB }));
    fc.assert(fc.property(fc.array(size, { minLength: 1, maxLength: 14 }), fc.constantFrom(0, 2 * MIB, Infinity), (sizes, worth) => {
      const paths = fill(sizes);

      const { digests, errors, bytes } = run(paths, { worth });

      assert.deepEqual([...errors], []);
      assert.equal(bytes, sizes.reduce((sum, one) => sum + one, 0));
      for (const [row, path] of paths.entries()) assert.equal(digests.get(row), digestOf(path), `row ${row} of ${sizes.join(', ')}`);
      for (const path of paths) fs.rmSync(path);
    }), { numRuns: 25 });
  });

  it('go beside each other, eight long ones at once, and short ones do not wait for them', () => {
    const paths = fill([4 * MIB, 10, 4 * MIB, 4 * MIB, 20, 4 * MIB, 4 * MIB, 4 * MIB, 4 * MIB, 2 * MIB, MIB, 30]);

    const { ended } = run(paths);

    // The last row is short, so all short ones end together; the ninth long one has its turn when the shortest of the first eight has ended.
    assert.deepEqual(ended.filter((row) => fs.statSync(paths[row] ?? '').size < MIB), [1, 4, 11]);
    assert.deepEqual(ended.filter((row) => fs.statSync(paths[row] ?? '').size >= MIB), [9, 10, 0, 2, 3, 5, 6, 7, 8]);
  });

  it('are not held up by one that fails on the way', () => {
    const paths = fill([3 * MIB, 3 * MIB, 3 * MIB, 3 * MIB, 3 * MIB]);
    const hasher = createBatchHasher({ worth: 0 });
    const begin: Begin<string, string> = function* (path) {
      let count = 0;
      for (const steps = hashContent(path, 'md5', { hasher }); ;) {
        const next = steps.next();
        if (next.done === true) return next.value;
        yield next.value;
        if (path === paths[1] && (count += 1) === 4) fs.readdirSync(join(path, 'absent'));
      }
    };
    // What the system throws is not worded here, so it is no fault of the row.
    assert.throws(() => run(paths, { begin }), { code: 'ENOTDIR' });
    const gone = [...paths.slice(0, 2), join(root, 'gone'), ...paths.slice(2)];

    const { digests, errors } = run(gone);

    assert.ok(hasCode(errors.get(2), 'NOT_FOUND'));
    for (const [row, path] of gone.entries()) if (row !== 2) assert.equal(digests.get(row), digestOf(path));
  });

  it('are all closed when whoever runs them stops', () => {
    const paths = fill([3 * MIB, 3 * MIB, 10, 3 * MIB]);
    const hasher = createBatchHasher({ worth: 0 });
    const closed: string[] = [];
    const work: Begin<string, string> = function* (path) {
      try {
        return yield* hashContent(path, 'md5', { hasher });
      } finally {
        closed.push(path);
      }
    };
    let bytes = 0;
    for (const count of runRows(paths, { work, hasher, done: () => undefined, failed: () => undefined })) {
      bytes += count;
      if (bytes > MIB) break;
    }

    assert.deepEqual(closed.sort(), [...paths].sort());
  });
});

describe('what runs rows', () => {
  it('runs others as well when it was given up in the middle', () => {
    const [given, kept] = [fill([3 * MIB, 10, 20, 3 * MIB, 30]), fill([40, 2 * MIB, 50, MIB + 1])];
    const hasher = createBatchHasher({ worth: 0 });
    const digests = new Map<number, string>();
    const rows = new RowsRun<string, string>({ work: (path) => hashContent(path, 'md5', { hasher }), hasher, done: (row, digest) => digests.set(row, digest), failed: (_row, error) => { throw error; } });
    for (let steps = 1; steps < 20; steps += 1) {
      let left = steps;
      for (const _bytes of rows.of(given)) if ((left -= 1) === 0) break;
      digests.clear();

      let bytes = 0;
      for (const count of rows.of(kept)) bytes += count;

      assert.equal(bytes, 90 + 3 * MIB + 1);
      assert.deepEqual(kept.map((_, row) => digests.get(row)), kept.map(digestOf), `given up after ${steps} steps`);
    }
  });
});

describe('where few files may be open', () => {
  /** Fails as the system does while more than `most` are open. */
  function limited(most: number, hasher: BatchHasher): { readonly begin: Begin<string, string>; readonly begun: () => number } {
    let [open, begun] = [0, 0];
    return { begun: () => begun, begin: function* (path) {
      begun += 1;
      if (open >= most) throw new TowlineError('UNAVAILABLE', `cannot read '${path}': too many open files`, { context: { path, errno: 'EMFILE' } });
      open += 1;
      try {
        return yield* hashContent(path, 'md5', { hasher });
      } finally {
        open -= 1;
      }
    } };
  }

  for (const most of [1, 3, 20]) {
    it(`rows that could open no more come again when others have ended: ${most}`, () => {
      const sizes = Array.from({ length: 90 }, (_, at) => (at % 11 === 5 ? 2 * MIB + at : at * 10));
      const paths = fill(sizes);
      const hasher = createBatchHasher({ worth: 0 });
      const { begin } = limited(most, hasher);

      const { digests, errors, ended } = run(paths, { begin, hasher });

      assert.deepEqual([...errors], []);
      assert.deepEqual([...ended].sort((a, b) => a - b), paths.map((_, row) => row));
      for (const [row, path] of paths.entries()) assert.equal(digests.get(row), digestOf(path), `row ${row}`);
    });
  }

  it('a row fails where it does not get better', () => {
    const paths = fill([10]);
    const hasher = createBatchHasher({ worth: 0 });
    const { begin, begun } = limited(0, hasher);

    const { digests, errors } = run(paths, { begin, hasher });

    assert.deepEqual([...digests], []);
    assert.match(errors.get(0)?.message ?? '', /too many open files/);
    assert.ok(begun() > 100);
  });
});
