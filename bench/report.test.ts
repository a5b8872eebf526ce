import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Measured } from './measure.ts';
import { median, ratioOf, ratioTable, type Rival, type Row, verdicts, verdictTable } from './report.ts';

const used = (wallSeconds: number, cpuSeconds = wallSeconds, peakMegabytes = 50): Measured => ({ wallSeconds, cpuSeconds, peakMegabytes });
const row = (name: string, remote: string | undefined, ...pairs: Readonly<Partial<Record<Rival, Measured>>>[]): Row => ({ scenario: { name, ...(remote === undefined ? {} : { remote }) }, pairs });
const holds = (...rows: readonly Row[]): readonly boolean[] => verdicts(rows).filter(({ what }) => !what.startsWith('peak')).map((one) => one.holds);

describe('the report of the benchmark', () => {
  it('takes the middle of an odd number of values and between the two of an even one', () => {
    assert.equal(median([9, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 9]), 3);
  });

  it('compares what was measured together, so that a slow moment meets both', () => {
    const status = row('status', undefined, { tow: used(1), dvc: used(4) }, { tow: used(10), dvc: used(60) }, { tow: used(1), dvc: used(5) });

    assert.deepEqual(ratioOf(status, 'dvc', 'wallSeconds'), { median: 5, least: 4, most: 6 });
    assert.equal(ratioOf(status, 's5cmd', 'wallSeconds'), undefined);
  });

  it('holds commands that find nothing to do to a fifth of the time of DVC', () => {
    assert.deepEqual(holds(row('push again', 'disk', { tow: used(1), dvc: used(5) })), [true]);
    assert.deepEqual(holds(row('status -c', 'minio', { tow: used(1), dvc: used(4.9) })), [false]);
    assert.deepEqual(holds(row('add', undefined, { tow: used(1), dvc: used(1) })), []);
  });

  it('holds transfers with S3 to a fifth of the CPU of DVC and to the time of s5cmd', () => {
    assert.deepEqual(holds(row('push', 'minio', { tow: used(2, 1), dvc: used(2, 5), s5cmd: used(2) })), [true, true]);
    assert.deepEqual(holds(row('fetch', 'minio', { tow: used(2.1, 1), dvc: used(9, 4), s5cmd: used(2) })), [false, false]);
    assert.deepEqual(holds(row('push', 'disk', { tow: used(9), dvc: used(1) })), []);
  });

  it('holds transfers with a server far away to a tenth of the time of DVC and to that of s5cmd', () => {
    assert.deepEqual(holds(row('push', '20 ms away', { tow: used(1), dvc: used(10), s5cmd: used(1) })), [true, true]);
    assert.deepEqual(holds(row('fetch', '80 ms away', { tow: used(1), dvc: used(9), s5cmd: used(0.9) })), [false, false]);
  });

  it('names the command that used most memory', () => {
    const list = verdicts([row('add', undefined, { tow: used(1, 1, 80) }), row('fetch', 'minio', { tow: used(1, 1, 250) })]);

    assert.deepEqual(list.map(({ seen, holds: kept }) => [seen, kept]), [['250 MB (fetch, minio)', false]]);
  });

  it('lets the version cost 1.3 times Node alone', () => {
    assert.deepEqual(holds(row('--version', undefined, { tow: used(1.3), node: used(1) })), [true, true]);
    assert.deepEqual(holds(row('--version', undefined, { tow: used(1.31, 1), node: used(1) })), [false, true]);
  });

  it('prints tables that Markdown can read', () => {
    const rows = [row('push', 'minio', { tow: used(1), dvc: used(12.5), s5cmd: used(0.5) })];

    assert.deepEqual(ratioTable(rows).slice(2), [
      '| push, minio | dvc | 1.00 : 12.5 | 12.5 (12.5 to 12.5) | 1.00 : 12.5 | 12.5 (12.5 to 12.5) | 50.0 : 50.0 |',
      '| push, minio | s5cmd | 1.00 : 0.500 | 0.500 (0.500 to 0.500) | 1.00 : 0.500 | 0.500 (0.500 to 0.500) | 50.0 : 50.0 |',
    ]);
    assert.match(verdictTable(verdicts(rows)).at(-1) ?? '', /^\| peak memory of any command \| < 200 MB \| 50 MB \(push, minio\) \| yes \|$/);
  });
});
