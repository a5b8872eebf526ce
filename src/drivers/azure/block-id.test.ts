import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { blockId, idLength, newUploadId, numberOf } from './block-id.ts';

const uploadId = (length: number): string => newUploadId((count) => new Uint8Array(count).fill(0xab), length);

describe('the id of a block', () => {
  it('gives back its number to its own upload only, whatever its length', () => {
    for (const length of [23, 46, 48, 64]) {
      const id = blockId(uploadId(length), 50_000);

      assert.equal(Buffer.from(id, 'base64').byteLength, length);
      assert.equal(numberOf(id, uploadId(length)), 50_000);
      assert.equal(numberOf(id, '0'.repeat(16)), undefined);
    }
    assert.equal(numberOf('AAAA', uploadId(48)), undefined);
  });

  it('is as long as those that lie there already', () => {
    assert.equal(idLength([], 'x'), 48);
    assert.equal(idLength([Buffer.alloc(46).toString('base64')], 'x'), 46);
    assert.throws(() => idLength([Buffer.alloc(8).toString('base64')], 'x'), (error) => hasCode(error, 'UNSUPPORTED'));
  });
});
