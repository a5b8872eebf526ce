import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { randomFor } from '../../test/seed.ts';
import { md5Hex } from './md5-hex.ts';

const expected = (content: string | Uint8Array): string => createHash('md5').update(content).digest('hex');

test('what RFC 1321 gives as examples', () => {
  assert.equal(md5Hex(''), 'd41d8cd98f00b204e9800998ecf8427e');
  assert.equal(md5Hex('message digest'), 'f96b697d7cb7938d525a2f31aaf161d0');
  assert.equal(md5Hex('1234567890'.repeat(8)), '57edf4a22be3c955ac49da2e2107b67a');
});

test('bytes of every length up to five blocks, and around where the library takes over, have the digest that it gives', () => {
  const random = randomFor('md5-hex');
  for (const length of [...Array(330).keys(), 4096, 8191, 8192, 8193, 20_000]) {
    const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256));
    assert.equal(md5Hex(bytes), expected(bytes), `${length} bytes`);
  }
});

test('a part of a larger memory is hashed, and a text as UTF-8', () => {
  const memory = Buffer.from('before|in between: \u00fc\u{1f600}|behind');
  const part = memory.subarray(memory.indexOf('|') + 1, memory.lastIndexOf('|'));
  assert.equal(md5Hex(part), expected(part));
  assert.equal(md5Hex('in between: \u00fc\u{1f600}'), expected('in between: \u00fc\u{1f600}'));
});
