import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Oid } from '../odb/hash-info.ts';
import { parseJob, parseOutcome, serializeJob } from './job.ts';

const [A, B] = ['a'.repeat(32), 'b'.repeat(32)] as Oid[];
const job = { hashName: 'md5', oids: [A, B] as Oid[] } as const;

/** As it comes out of a queue: text in between. */
const passed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a job', () => {
  it('is read as it was written', () => {
    for (const hashName of ['md5', 'md5-dos2unix'] as const) assert.deepEqual(parseJob(passed(serializeJob({ ...job, hashName }))), { ...job, hashName });
  });

  for (const [what, data] of Object.entries({
    'nothing': undefined,
    'text': 'md5',
    'a list': [],
    'no objects': { version: 1, hash: 'md5' },
    'another hash': { version: 1, hash: 'sha256', oids: [A] },
    'a path': { version: 1, hash: 'md5', oids: ['../../etc/passwd'] },
    'a path behind an oid': { version: 1, hash: 'md5', oids: [`${A}/../x`] },
    'upper case': { version: 1, hash: 'md5', oids: ['A'.repeat(32)] },
    'a number': { version: 1, hash: 'md5', oids: [7] },
    'a listing': { version: 1, hash: 'md5', oids: [`${A}.dir`] },
    'too many': { version: 1, hash: 'md5', oids: Array.from({ length: 65_537 }, () => A) },
  })) {
    it(`with ${what} is refused`, () => {
      assert.throws(() => parseJob(data), { code: 'CORRUPT' });
    });
  }

  it('of a later version is refused, and it is said why', () => {
    assert.throws(() => parseJob({ version: 2, hash: 'md5', oids: [A] }), { code: 'UNSUPPORTED', hint: /same version/ });
  });
});

describe('an outcome', () => {
  it('is read as it was written', () => {
    const outcome = { done: [A], lacking: [], failed: [{ oid: B, reason: 'the disk is full' }] };

    assert.deepEqual(parseOutcome(passed(outcome), job), outcome);
  });

  it('counts for what was asked only', () => {
    const stranger = 'c'.repeat(32);

    assert.deepEqual(parseOutcome({ done: [stranger, A], lacking: [stranger], failed: [{ oid: stranger, reason: '' }] }, job), { done: [A], lacking: [], failed: [] });
  });

  it('has no long stories', () => {
    assert.equal(parseOutcome({ done: [], lacking: [], failed: [{ oid: A, reason: 'x'.repeat(99_999) }] }, job).failed[0]?.reason.length, 1000);
  });

  for (const value of [undefined, null, 'done', [], {}, { done: [A] }, { done: A, lacking: [], failed: [] }, { done: ['x'], lacking: [], failed: [] }, { done: [], lacking: [], failed: [A] }, { done: [], lacking: [], failed: [{ oid: A }] }, { done: [], lacking: [], failed: {} }]) {
    it(`such as ${JSON.stringify(value) ?? 'nothing'} is refused`, () => {
      assert.throws(() => parseOutcome(value, job), { code: 'CORRUPT' });
    });
  }
});
