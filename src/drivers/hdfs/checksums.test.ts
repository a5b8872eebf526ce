import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32c, firstDamage, sizeOfSums, writeSums } from './checksums.ts';
import { joinChecksums } from './file-checksum.ts';

/** Bit by bit, as the polynomial says. */
function slowly(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

describe('checksums of HDFS', () => {
  it('CRC-32C is that of RFC 3720', () => {
    assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
    assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
    assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index))), 0x46dd794e);
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  });

  it('eight bytes at a time give what one bit at a time gives, from and to any byte', () => {
    const bytes = randomBytes(64);
    for (let start = 0; start < 20; start += 1) for (let end = start; end <= 64; end += 1) assert.equal(crc32c(bytes, start, end), slowly(bytes.subarray(start, end)));
  });

  for (const type of ['crc32', 'crc32c'] as const) {
    it(`${type}: a flipped bit is found in its chunk, wherever it is`, () => {
      const summing = { type, bytesPerChecksum: 512 };
      const data = randomBytes(1300);
      const sums = Buffer.alloc(sizeOfSums(summing, data.byteLength));
      writeSums(summing, data, sums);
      assert.equal(sums.byteLength, 12);
      assert.equal(firstDamage(summing, data, sums), undefined);
      for (const at of [0, 511, 512, 1023, 1024, 1299]) {
        const damaged = Buffer.from(data);
        damaged[at] = (damaged[at] ?? 0) ^ 0x10;
        assert.equal(firstDamage(summing, damaged, sums), Math.floor(at / 512) * 512);
      }
    });
  }

  it('the checksum of a file hashes the buffer Hadoop gathers in, with its zeros', () => {
    const block = (md5: number): { readonly bytesPerChecksum: number; readonly chunksPerBlock: number; readonly md5: Buffer } => ({ bytesPerChecksum: 512, chunksPerBlock: 262_144, md5: Buffer.alloc(16, md5) });
    const hashed = (hex: string): string => createHash('md5').update(Buffer.from(hex, 'hex')).digest('hex');
    // The checksum of every empty file.
    assert.equal(joinChecksums([]), '00000000' + '0000000000000000' + '70bc8f4b72a86921468bf8e8441dce51');
    assert.equal(joinChecksums([block(1)]), '00000200' + '0000000000000000' + hashed('01'.repeat(16) + '00'.repeat(16)));
    assert.equal(joinChecksums([block(1), block(2), block(3)]), '00000200' + '0000000000040000' + hashed('01'.repeat(16) + '02'.repeat(16) + '03'.repeat(16) + '00'.repeat(16)));
    assert.equal(joinChecksums([block(1), { ...block(2), bytesPerChecksum: 1024 }]), undefined);
  });
});
