import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { type BunchHasher, oneByOne } from './bunch-hasher.ts';
import { createBatchHasher } from './batch-hasher.ts';
import { LaneBunch } from './lane-bunch.ts';

const lanes = LaneBunch.create();
assert.ok(lanes);
const hashers: readonly (readonly [string, BunchHasher])[] = [['one by one', oneByOne()], ['side by side', lanes], ['first the one, then the other', createBatchHasher({ worth: 100_000 })]];
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
/** No two are alike, and none repeats itself. */
const message = (length: number, seed: number): Uint8Array => createHash('shake256', { outputLength: Math.max(length, 1) }).update(String(seed)).digest().subarray(0, length);

const file = join(mkdtempSync(join(tmpdir(), 'towline-bunch-')), 'file');
after(() => rmSync(dirname(file), { recursive: true }));

/** Takes a file of these bytes; of every other the size is not known. */
function read(hasher: BunchHasher, bytes: Uint8Array): number {
  writeFileSync(file, bytes);
  const descriptor = openSync(file, 'r');
  try {
    const count = hasher.read(descriptor, bytes.byteLength % 2 === 0 ? bytes.byteLength : undefined);
    assert.ok(count <= hasher.most && hasher.bytes(count).equals(bytes));
    return hasher.take(count);
  } finally {
    closeSync(descriptor);
  }
}

/** The digests of messages that come as rows do: those that fit in wait for each other. */
function digestsOf(hasher: BunchHasher, messages: readonly Uint8Array[]): readonly string[] {
  const digests: string[] = [];
  let taken: number[] = [];
  const settle = (): void => {
    hasher.settle();
    digests.push(...taken.map((one) => hasher.digestOf(one)));
    taken = [];
    hasher.clear();
  };
  for (const bytes of messages) {
    const one = read(hasher, bytes);
    if (hasher.waits) taken.push(one);
    else digests.push(hasher.digestOf(one));
    if (hasher.isFull) settle();
  }
  settle();
  return digests;
}

for (const [name, hasher] of hashers) {
  describe(`small files that are hashed ${name}`, () => {
    it('have the digests that OpenSSL finds, at every length around the end of a block', () => {
      const messages = [0, 1, 3, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 1000, 65_536, 262_143, 262_144].map((length) => message(length, length));

      const digests = digestsOf(hasher, messages);

      assert.deepEqual(digests, messages.map(md5));
    });

    it('have the digests that OpenSSL finds when one goes on alone after another that lies at the end of the memory', () => {
      const messages = [3112, 200_000, 200_000, 200_000, 200_000, 1, 75, 200_000, 262_144].map(message);

      const digests = digestsOf(hasher, messages);

      assert.deepEqual(digests, messages.map(md5));
    });

    it('have the digests that OpenSSL finds, however many they are and however long', () => {
      fc.assert(fc.property(fc.array(fc.oneof(fc.nat(300), fc.nat(20_000), fc.constantFrom(200_000, 262_144)), { maxLength: 150 }), (lengths) => {
        const messages = lengths.map(message);

        const digests = digestsOf(hasher, messages);

        assert.deepEqual(digests, messages.map(md5));
      }), { numRuns: 25 });
    });
  });
}

it('a file that is not small is read as far as that shows', () => {
  for (const [, hasher] of hashers) {
    writeFileSync(file, message(hasher.most + 100, 1));
    const descriptor = openSync(file, 'r');

    const count = hasher.read(descriptor, hasher.most + 100);

    closeSync(descriptor);
    assert.equal(count, hasher.most + 1);
  }
});

it('one that is asked for too early is hashed alone, and does not disturb the others', () => {
  const messages = [message(100, 1), message(10_000, 2), message(5, 3), message(70_000, 4)];
  const taken = messages.map((bytes) => read(lanes, bytes));

  const early = lanes.digestOf(taken[1] ?? -1);
  lanes.settle();
  const digests = taken.map((one) => lanes.digestOf(one));
  lanes.clear();

  assert.equal(early, digests[1]);
  assert.deepEqual(digests, messages.map(md5));
  assert.throws(() => lanes.digestOf(0), /given to another/);
});
