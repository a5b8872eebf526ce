import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createStreamHasher } from './stream-hasher.ts';

const bytesOf = (index: number): Buffer => createHash('shake256', { outputLength: 400_000 + index * 50_001 }).update(String(index)).digest();
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

test('one message alone and twenty at once have the digests that OpenSSL finds, also after some were given up', () => {
  for (const count of [1, 20, 2, 20]) {
    const hashers = Array.from({ length: count }, () => createStreamHasher());
    for (let at = 0; at < 1_500_000; at += 70_000) for (const [index, hasher] of hashers.entries()) if (index % 5 !== 4 || at < 140_000) hasher.update(bytesOf(index).subarray(at, at + 70_000));
    for (const [index, hasher] of hashers.entries()) {
      if (index % 5 === 4) hasher.leave();
      else assert.equal(hasher.digest(), md5(bytesOf(index)), `message ${index} of ${count}`);
    }
  }
});
