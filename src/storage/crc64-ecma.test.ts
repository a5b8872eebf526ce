import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { combineCrc64, crc64, createCrc64 } from './crc64-ecma.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

/** Bit by bit, as the definition says. */
function slowly(input: Uint8Array): bigint {
  let crc = 0xffffffffffffffffn;
  for (const byte of input) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  }
  return crc ^ 0xffffffffffffffffn;
}

describe('CRC-64 of ECMA-182', () => {
  it('has the published check value (CRC-64/XZ), and 0 for nothing', () => {
    assert.equal(crc64(Buffer.from('123456789')), 0x995dc9bbdf1939fan);
    assert.equal(crc64(new Uint8Array()), 0n);
  });

  it('is what the definition says, however the bytes are cut', () => {
    fc.assert(fc.property(bytes, fc.nat(), (input, cut) => {
      const crc = createCrc64();
      const middle = cut % (input.byteLength + 1);
      crc.update(input.subarray(0, middle));
      crc.update(input.subarray(middle));

      assert.equal(crc.value(), slowly(input));
    }));
  });

  it('of two pieces is combined from those of each', () => {
    fc.assert(fc.property(bytes, bytes, (first, second) => {
      assert.equal(combineCrc64(crc64(first), crc64(second), second.byteLength), crc64(Buffer.concat([first, second])));
    }));
  });

  it('of pieces of gigabytes is combined at once', () => {
    const head = crc64(Buffer.from('head'));
    let [half, length] = [crc64(Buffer.alloc(1 << 20)), 1 << 20];
    while (length < 2 ** 43) [half, length] = [combineCrc64(half, half, length), length * 2];

    assert.equal(combineCrc64(head, combineCrc64(half, half, length), length * 2), combineCrc64(combineCrc64(head, half, length), half, length));
  });
});
