import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TowlineError } from '../../errors.ts';
import { type IndexRecord, readSegmentIndex, writeSegmentIndex } from './segment-index.ts';

const md5 = fc.tuple(fc.constantFrom('00', '01', '7f', 'ff'), fc.stringMatching(/^[0-9a-f]{30}$/)).map(([first, rest]) => first + rest);
const record: fc.Arbitrary<IndexRecord> = fc.record({ md5, layer: fc.nat(0xffff), offset: fc.nat({ max: 2 ** 50 }), length: fc.nat({ max: 2 ** 50 }), isDirectory: fc.boolean() }, { noNullPrototype: true });
const records = fc.array(record, { maxLength: 40 });
const key = (one: IndexRecord): string => one.md5 + String(one.isDirectory);

describe('the index of a segment', () => {
  it('gives back each object once, where it was given first, in the order of their names', () => {
    fc.assert(fc.property(records, (given) => {
      const wanted = [...new Map([...given].reverse().map((one) => [key(one), one])).values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));

      const index = readSegmentIndex(writeSegmentIndex(given), 'here');

      assert.equal(index.size, wanted.length);
      assert.deepEqual([...index.records()], wanted);
      for (const one of wanted) assert.deepEqual(index.find(one.md5, one.isDirectory), one);
    }));
  });

  it('finds nothing that it does not hold', () => {
    fc.assert(fc.property(records, record, (given, other) => {
      fc.pre(!given.some((one) => key(one) === key(other)));

      assert.equal(readSegmentIndex(writeSegmentIndex(given), 'here').find(other.md5, other.isDirectory), undefined);
    }));
    assert.equal(readSegmentIndex(writeSegmentIndex([]), 'here').find('no md5', false), undefined);
  });

  it('is the same bytes in whatever order the objects come', () => {
    fc.assert(fc.property(fc.uniqueArray(record, { selector: key, maxLength: 20 }), (given) => {
      assert.ok(Buffer.from(writeSegmentIndex(given)).equals(writeSegmentIndex([...given].reverse())));
    }));
  });

  it('is refused with a byte changed, cut off or added anywhere', () => {
    fc.assert(fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, place, change) => {
      const bytes = Buffer.from(writeSegmentIndex(given));
      const at = place % bytes.byteLength;
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ change;

      for (const wrong of [changed, bytes.subarray(0, at), Buffer.concat([bytes, Buffer.from([change])])]) assert.throws(() => readSegmentIndex(wrong, 'here'), isRefusal);
    }));
  });

  it('is refused where its sum is right and its words are not', () => {
    const two = [{ md5: '01'.repeat(16), layer: 0, offset: 0, length: 1, isDirectory: false }, { md5: '02'.repeat(16), layer: 0, offset: 1, length: 1, isDirectory: false }];
    const [first, length] = [8 + 1024, 36];
    const edits: readonly ((bytes: Buffer) => void)[] = [
      (bytes) => { bytes.fill(3, first, first + 16); },
      (bytes) => { bytes.copyWithin(first, first + length, first + 2 * length); },
      (bytes) => { bytes.writeUInt32BE(2, 8); },
      (bytes) => { bytes.writeUInt32BE(0, 8 + 4); },
      (bytes) => { bytes.writeUInt16BE(2, first + 18); },
      (bytes) => { bytes.fill(0xff, first + 20, first + 36); },
      (bytes) => { bytes.write('PIDX0002', 'latin1'); },
      (bytes) => { bytes.write('GIDX', 'latin1'); },
    ];
    for (const edit of edits) {
      const bytes = Buffer.from(writeSegmentIndex(two));
      edit(bytes);
      const end = bytes.byteLength - 32;
      createHash('sha256').update(bytes.subarray(0, end)).digest().copy(bytes, end);

      assert.throws(() => readSegmentIndex(bytes, 'here'), isRefusal, String(edit));
    }
  });

  it('takes no object that cannot be', () => {
    const good = { md5: 'ab'.repeat(16), layer: 0, offset: 0, length: 0, isDirectory: false };
    for (const part of [{ md5: 'AB'.repeat(16) }, { md5: '../x' }, { layer: -1 }, { layer: 0x10000 }, { offset: -1 }, { length: 1.5 }, { offset: Number.MAX_SAFE_INTEGER, length: 1 }]) {
      assert.throws(() => writeSegmentIndex([{ ...good, ...part }]), { code: 'INVALID_ARGUMENT' }, JSON.stringify(part));
    }
  });
});

const isRefusal = (error: unknown): boolean => error instanceof TowlineError && (error.code === 'CORRUPT' || error.code === 'UNSUPPORTED');
