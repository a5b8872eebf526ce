import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type LaneHasher, LaneHashers } from './lane-hashers.ts';

const lanes = LaneHashers.create();
assert.ok(lanes);
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
/** No two messages are alike, and none repeats itself. */
function message(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let value = seed * 2_654_435_761 + 1;
  for (let at = 0; at < length; at += 1) {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = value >>> 24;
  }
  return bytes;
}

test('every length around the end of a block has the digest that OpenSSL finds', () => {
  for (const length of [0, 1, 3, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 1000, 524_287, 524_288, 524_289, 1_048_576, 1_600_001]) {
    const bytes = message(length, length);
    const hasher = lanes.open();
    hasher?.update(bytes);
    assert.equal(hasher?.digest(), md5(bytes), `${length} bytes`);
  }
});

test('messages of all lengths side by side, in pieces of all lengths, do not touch each other', () => {
  const messages = Array.from({ length: 16 }, (_, index) => message(index * index * 11_111 + index, index));
  const hashers = messages.map(() => lanes.open());
  assert.equal(lanes.open(), undefined, 'all places are taken');
  const at = messages.map(() => 0);
  for (let turn = 0; at.some((position, index) => position < (messages[index]?.length ?? 0)); turn += 1) {
    for (const [index, bytes] of messages.entries()) {
      const piece = bytes.subarray(at[index], (at[index] ?? 0) + 1 + ((turn * 7919 + index * 104_729) % 150_000));
      hashers[index]?.update(piece);
      at[index] = (at[index] ?? 0) + piece.byteLength;
    }
  }
  for (const [index, bytes] of messages.entries()) assert.equal(hashers[index]?.digest(), md5(bytes), `message ${index}`);
});

test('a place that is given back serves the next message from its beginning', () => {
  const left = lanes.open();
  left?.update(message(300_000, 1));
  left?.leave();
  left?.leave();
  const places = Array.from({ length: 16 }, () => lanes.open());
  assert.ok(places.every((place) => place !== undefined));
  assert.equal(lanes.open(), undefined);
  for (const place of places) assert.equal(place?.digest(), 'd41d8cd98f00b204e9800998ecf8427e');
});

test('who waits for others goes on also when they brought little, or were given up', async () => {
  for (const beside of [0, 1, 6]) {
    const others: readonly (LaneHasher | undefined)[] = Array.from({ length: beside }, () => lanes.open());
    for (const other of others) other?.update(message(70_000, 5));
    const hasher = lanes.open();
    const bytes = message(500_000, beside);
    hasher?.update(bytes);
    const waits = hasher?.room();
    for (const other of others) if (beside === 6) other?.leave();
    await waits;
    assert.equal(hasher?.room(), undefined, `beside ${beside}`);
    assert.equal(hasher?.digest(), md5(bytes));
    for (const other of others) if (beside !== 6) assert.equal(other?.digest(), md5(message(70_000, 5)));
  }
});

test('who leaves once more, when its place is already that of another, disturbs nobody', () => {
  const first = lanes.open();
  first?.update(message(1000, 1));
  assert.equal(first?.digest(), md5(message(1000, 1)));
  const [second, bytes] = [lanes.open(), message(900_000, 2)];
  second?.update(bytes.subarray(0, 400_000));
  first?.leave();
  const third = lanes.open();
  third?.update(message(900_000, 3));
  second?.update(bytes.subarray(400_000));

  assert.equal(second?.digest(), md5(bytes));
  assert.equal(third?.digest(), md5(message(900_000, 3)));
});

test('what has gathered of messages that are whole is hashed together', async () => {
  const messages = [message(200_000, 1), message(130_000, 2), message(100, 3)];
  const hashers = messages.map(() => lanes.open());
  for (const [index, bytes] of messages.entries()) hashers[index]?.update(bytes);

  const ends = hashers.map((hasher) => hasher?.end());
  for (const end of ends) await end;

  assert.deepEqual(ends.map((end) => end !== undefined), [true, true, false], 'a little is hashed at once');
  assert.deepEqual(hashers.map((hasher) => hasher?.end()), [undefined, undefined, undefined]);
  for (const [index, bytes] of messages.entries()) assert.equal(hashers[index]?.digest(), md5(bytes));
  assert.equal(hashers[0]?.end(), undefined, 'nobody waits at a place that was given back');
});
