import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hasCode, TowlineError } from '../errors.ts';
import type { Jobs, Outcome } from './batch.ts';
import { hashBytes } from './hasher.ts';
import { nodeDisk } from './node.ts';
import { runBatch } from './run-batch.ts';
import { runOnSlowDisk } from './slow-disk.ts';
import type { WorkersGiven } from './workers.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-slow-disk-'));
after(() => { fs.rmSync(root, { recursive: true }); });

interface Seen {
  readonly outcome: Outcome<string> | undefined;
  /** Rows done by either, in their turn, and what was told of them. */
  readonly here: readonly number[];
  readonly elsewhere: readonly number[];
  readonly told: ReadonlyMap<number, string>;
}
interface Play { readonly rowMs: number; readonly size?: number; readonly hasThreads?: boolean; readonly failing?: ReadonlyMap<number, Error> }

/** Rows that are numbers, each of which takes so long where it is done here. */
async function play(length: number, { rowMs, size = 0, hasThreads = true, failing = new Map() }: Play): Promise<Seen> {
  let busy = 0;
  const [here, elsewhere, told] = [[] as number[], [] as number[], new Map<number, string>()];
  const run = (jobs: Jobs<number>, into: number[], onDone: WorkersGiven<string>['onDone']): Outcome<string> => {
    const results = Array.from<string | undefined>({ length: jobs.length });
    const errors = new Map<number, Error>();
    for (let row = 0; row < jobs.length; row += 1) {
      const job = jobs.at(row) ?? assert.fail(`no row ${row}`);
      into.push(job);
      const error = failing.get(job);
      if (error) errors.set(row, error);
      else onDone?.(row, (results[row] = `done ${job}`));
    }
    return { results, errors };
  };
  const jobs = Array.from({ length }, (_, row) => row);
  const outcome = await runOnSlowDisk<number, string>(jobs, {
    sizeOf: () => size,
    async here(some, { onDone }) {
      busy += some.length * rowMs;
      return run(some, here, onDone);
    },
    async inWorkers(some, { units, sizes, count, onDone }) {
      if (!hasThreads) return undefined;
      assert.deepEqual(units.flat(), Array.from({ length: some.length }, (_, row) => row), 'each row is in one unit');
      assert.equal(sizes.length, some.length);
      assert.equal(count, Math.min(4, 1 + Math.round(rowMs - (size * 10) / 2 ** 20)), 'the longer each waits the more wait');
      return run(some, elsewhere, onDone);
    },
    onDone: (row, result) => { told.set(row, result); },
    busyMs: () => busy,
  });
  return { outcome, here, elsewhere, told };
}

describe('rows on a slow disk', () => {
  it('are done by other threads when some have shown that they take long', async () => {
    const { outcome, here, elsewhere, told } = await play(1000, { rowMs: 1.5 });

    assert.deepEqual([here.length, elsewhere.length], [64, 936]);
    assert.deepEqual(outcome?.results, Array.from({ length: 1000 }, (_, row) => `done ${row}`));
    assert.deepEqual([...told.keys()], [...here, ...elsewhere]);
    assert.ok([...told].every(([row, result]) => result === `done ${row}`));
  });

  it('are all done here where they do not, or where much is to be read of each, or where no thread can be started', async () => {
    for (const [options, isHere] of [[{ rowMs: 0.5 }, true], [{ rowMs: 1.5, size: 2 ** 20 }, true], [{ rowMs: 12, size: 2 ** 20 }, false], [{ rowMs: 5, hasThreads: false }, true]] as const) {
      const { outcome, here } = await play(256, options);

      assert.equal(here.length, isHere ? 256 : 64, JSON.stringify(options));
      assert.deepEqual(outcome?.results, Array.from({ length: 256 }, (_, row) => `done ${row}`));
    }
  });

  it('are left alone where they are few', async () => {
    const { outcome, here, elsewhere } = await play(255, { rowMs: 9 });

    assert.deepEqual([outcome, here, elsewhere], [undefined, [], []]);
  });

  it('keep their own errors, and a full disk ends all that were not begun', async () => {
    const odd = new TowlineError('CORRUPT', 'of its own');
    const full = new TowlineError('UNAVAILABLE', 'the disk is full', { context: { errno: 'ENOSPC' } });

    const some = await play(300, { rowMs: 2, failing: new Map([[3, odd], [200, odd]]) });
    const all = await play(300, { rowMs: 2, failing: new Map([[3, odd], [5, full]]) });

    assert.deepEqual([...(some.outcome?.errors ?? [])], [[3, odd], [200, odd]]);
    assert.deepEqual([some.outcome?.results[3], some.outcome?.results[200], some.outcome?.results[299]], [undefined, undefined, 'done 299']);
    assert.equal(all.elsewhere.length, 0);
    assert.deepEqual([all.outcome?.results.length, all.outcome?.results[4], all.outcome?.errors.get(3), all.outcome?.errors.get(5), all.outcome?.errors.get(299)], [300, 'done 4', odd, full, full]);
  });

  it('have the hashes they would have on a good one', async () => {
    const paths = Array.from({ length: 400 }, (_, at) => {
      const path = join(root, String(at));
      fs.writeFileSync(path, `${at} `.repeat(at));
      return path;
    });
    paths[300] = join(root, 'absent');
    let busy = 0;
    const done = new Map<number, string>();
    let files = 0;

    const { results, errors } = await runBatch('hash', paths, {
      disk: nodeDisk, settings: { name: 'md5' }, processors: 1, sizeOf: () => 0, busyMs: () => (busy += 1000),
      onDone: (row, digest) => { done.set(row, digest); }, onAdvance: (count) => { files += count; },
    });

    for (const [row, path] of paths.entries()) if (row !== 300) assert.equal(results[row], hashBytes('md5', fs.readFileSync(path)), path);
    assert.deepEqual([...errors.keys()], [300]);
    assert.ok(hasCode(errors.get(300), 'NOT_FOUND'));
    assert.deepEqual([done.size, done.get(399), files], [399, results[399], 400]);
  });
});
