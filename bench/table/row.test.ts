import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Measured } from '../measure.ts';
import { absentRow, figureRow, isMet, ratioRow, tableLines } from './row.ts';

const used = (wallSeconds: number, cpuSeconds = wallSeconds): Measured => ({ wallSeconds, cpuSeconds, peakMegabytes: 50 });
const subject = { id: 'P1', what: 'hash', beside: '`openssl`', most: 1.05 };

describe('the rows of the table', () => {
  it('judge the median of ratios that are taken pair by pair', () => {
    const row = ratioRow(subject, { pairs: [[used(1), used(1)], [used(30), used(10)], [used(1), used(2)]], figure: 'wallSeconds' });

    assert.deepEqual(row.seen, [1, 3, 0.5]);
    assert.equal(isMet(row), true);
  });

  it('turn the ratio round where it says how many times less', () => {
    const row = ratioRow({ id: 'P7', what: 'push', beside: 'DVC', least: 10 }, { pairs: [[used(9, 1), used(9, 12)]], figure: 'cpuSeconds', isTimesLess: true });

    assert.deepEqual(row.seen, [12]);
    assert.equal(isMet(row), true);
  });

  it('show figures of a single object where they are of many', () => {
    const row = ratioRow(subject, { pairs: [[used(2), used(8)]], figure: 'cpuSeconds', objects: 1000 });

    assert.equal(row.figures, 'CPU 2.00 ms : 8.00 ms');
  });

  it('are not met by what could not be measured', () => {
    const row = absentRow(subject, 'openssl is not installed');

    assert.equal(isMet(row), false);
    assert.match(tableLines([row]).at(-1) ?? '', /\| not measured \| openssl is not installed \|$/);
  });

  it('are Markdown, with a verdict only where there is a goal', () => {
    const lines = tableLines([
      figureRow(subject, { seen: [1, 1.2, 1.1], unit: ' s' }), figureRow({ id: 'P8', what: 'ask', beside: 'wrk', least: 0.4 }, { seen: [0.5], unit: '', figures: '5 : 10' }),
      figureRow({ id: 'P5', what: 'tell', beside: '' }, { seen: [1234], unit: ' MB' }),
    ]);

    assert.deepEqual(lines.slice(2), [
      '| P1 | hash | `openssl` | <= 1.05 s | 1.10 s (1.00 to 1.20) | **not met** |  |',
      '| P8 | ask | wrk | >= 0.400 | 0.500 (0.500 to 0.500) | met | 5 : 10 |',
      '| P5 | tell |  |  | 1234 MB (1234 to 1234) |  |  |',
    ]);
  });
});
