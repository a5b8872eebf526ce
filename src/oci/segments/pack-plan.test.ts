import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { planSegments, type PlannedObject, recordsOf } from './pack-plan.ts';
import { planReads } from './read-plan.ts';
import { type IndexRecord, readSegmentIndex, writeSegmentIndex } from './segment-index.ts';

const LIMITS = { smallBytes: 100, packBytes: 1_000, layers: 4, segmentBytes: 3_000 };
const object: fc.Arbitrary<PlannedObject> = fc.record({ md5: fc.stringMatching(/^[0-9a-f]{32}$/), size: fc.oneof(fc.nat(99), fc.nat(5_000)), isDirectory: fc.boolean() }, { noNullPrototype: true });
const objects = fc.array(object, { maxLength: 120 });
const key = ({ md5, isDirectory }: Pick<PlannedObject, 'md5' | 'isDirectory'>): string => md5 + String(isDirectory);

describe('segments', () => {
  it('hold each object once, in their order but for what is a layer of its own', () => {
    fc.assert(fc.property(objects, (given) => {
      const planned = planSegments([...given, ...given], LIMITS).flatMap(({ layers }) => layers.flatMap((layer) => layer.objects));

      const once = [...new Map([...given].reverse().map((one) => [key(one), one])).values()];
      assert.deepEqual(planned.map(key).sort(), once.map(key).sort());
      const small = planned.filter(({ size }) => size < LIMITS.smallBytes).map(key);
      assert.deepEqual(small, [...new Set(given.map(key))].filter((one) => small.includes(one)));
    }));
  });

  it('keep within their limits, each of which one object alone may break', () => {
    fc.assert(fc.property(objects, (given) => {
      for (const { layers, size } of planSegments(given, LIMITS)) {
        assert.ok(layers.length <= LIMITS.layers && (size <= LIMITS.segmentBytes || layers.length === 1));
        assert.equal(size, layers.reduce((sum, layer) => sum + layer.size, 0));
        for (const layer of layers) {
          assert.equal(layer.size, layer.objects.reduce((sum, one) => sum + one.size, 0));
          if (layer.kind === 'pack') assert.ok(layer.size <= LIMITS.packBytes && layer.objects.every((one) => one.size < LIMITS.smallBytes));
          else assert.ok(layer.objects.length === 1 && layer.size >= LIMITS.smallBytes);
        }
      }
    }));
  });

  it('a directory comes after the files that were given before it', () => {
    fc.assert(fc.property(fc.uniqueArray(object, { selector: ({ md5 }) => md5, maxLength: 60 }), (given) => {
      const files = given.map((one) => ({ ...one, isDirectory: false }));
      const trees = given.slice(0, 5).map((one) => ({ ...one, isDirectory: true }));

      const planned = planSegments([...files, ...trees], LIMITS).map(({ layers }) => layers.flatMap((layer) => layer.objects));

      const lastFile = planned.findLastIndex((some) => some.some((one) => !one.isDirectory));
      const firstTree = planned.findIndex((some) => some.some((one) => one.isDirectory));
      assert.ok(firstTree === -1 || lastFile <= firstTree, `files up to segment ${lastFile}, directories from ${firstTree}`);
    }));
  });
});

describe('reads', () => {
  const bytesOf = (layers: readonly { readonly objects: readonly PlannedObject[]; readonly size: number }[]): readonly Buffer[] =>
    layers.map(({ objects: some }) => Buffer.concat(some.map(({ md5, size }) => Buffer.alloc(size, md5.slice(0, 8)))));

  it('bring every wanted object, out of an index that was written and read, with its own bytes', () => {
    const limits = fc.record({ gapBytes: fc.nat(200), wholeShare: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(fc.property(objects, limits, fc.infiniteStream(fc.boolean()), (given, limit, choices) => {
      for (const segment of planSegments(given, LIMITS)) {
        const index = readSegmentIndex(writeSegmentIndex(recordsOf(segment)), 'here');
        const layers = bytesOf(segment.layers);
        const wanted = [...index.records()].filter(() => choices.next().value === true);

        const reads = planReads(wanted, { sizeOf: (layer) => segment.layers[layer]?.size ?? 0, ...limit });

        const found = reads.flatMap(({ layer, start, end, objects: some }) => some.map((one) => [one, layers[layer]?.subarray(start, end).subarray(one.offset - start, one.offset - start + one.length)] as const));
        assert.deepEqual(found.map(([one]) => key(one)).sort(), wanted.map(key).sort());
        for (const [one, bytes] of found) assert.ok(bytes?.equals(Buffer.alloc(one.length, one.md5.slice(0, 8))), key(one));
      }
    }), { numRuns: 60 });
  });

  it('join what is near, leave out what is far, and take the whole where most of it is wanted', () => {
    const at = (offset: number, length = 10): IndexRecord => ({ md5: '0'.repeat(32), layer: 0, offset, length, isDirectory: false });
    const plan = (...wanted: readonly IndexRecord[]): readonly unknown[] => planReads(wanted, { sizeOf: () => 1_000, gapBytes: 50 }).map(({ start, end, isWhole, objects: some }) => [start, end, isWhole, some.length]);

    assert.deepEqual(plan(at(70), at(10)), [[10, 80, false, 2]]);
    assert.deepEqual(plan(at(71), at(10)), [[10, 20, false, 1], [71, 81, false, 1]]);
    assert.deepEqual(plan(at(0, 501)), [[0, 1_000, true, 1]]);
    assert.deepEqual(plan(), []);
  });
});
