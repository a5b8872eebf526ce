import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { parseStateBlock, serializeStateBlock, type StateBlock } from './state-block.ts';

const rows = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !name.includes('\0')), { maxLength: 20 }).chain((names) =>
  fc.record({
    names: fc.constant(names),
    summary: fc.constantFrom('', 'd41d8cd98f00b204e9800998ecf8427e'),
    size: fc.constant(Float64Array.from(names, (_, at) => at * 1000)),
    mtimeMs: fc.constant(Float64Array.from(names, (_, at) => 1.7e12 + at / 3)),
    inode: fc.constant(Float64Array.from(names, (_, at) => 2 ** 40 + at)),
    digests: fc.tuple(...names.map(() => fc.oneof(fc.constant(''), fc.uint8Array({ minLength: 16, maxLength: 16 }).map((one) => Buffer.from(one).toString('hex')).filter((one) => !/^0+$/.test(one))))),
  }));

test('a block is read as it was written', () => {
  fc.assert(fc.property(rows, (block) => assert.deepEqual(parseStateBlock(serializeStateBlock(block as StateBlock)), { ...block })));
});

test('a block with one flipped bit, or cut anywhere, is no block', () => {
  const block = { summary: '', names: ['a', 'b/c'], size: Float64Array.of(1, 2), mtimeMs: Float64Array.of(3, 4), inode: Float64Array.of(5, 6), digests: ['d41d8cd98f00b204e9800998ecf8427e', ''] };
  const bytes = serializeStateBlock(block);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 4;

    assert.equal(parseStateBlock(damaged), undefined);
    assert.equal(parseStateBlock(bytes.subarray(0, at)), undefined);
  }
});
