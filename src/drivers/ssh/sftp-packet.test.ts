import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasCode } from '../../errors.ts';
import { createSplitter, encodePacket, type Field, readAttributes, readFields } from './sftp-packet.ts';

const field = fc.oneof(fc.nat().map((n): Field => n), fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }).map((n): Field => n), fc.string().map((text): Field => text), fc.uint8Array().map((bytes): Field => Buffer.from(bytes)));

function decode(packet: Buffer, like: readonly Field[]): readonly Field[] {
  const reader = readFields(packet, 1);
  const fields = like.map((one): Field => (typeof one === 'number' ? reader.uint32() : typeof one === 'bigint' ? BigInt(reader.uint64()) : typeof one === 'string' ? reader.text() : Buffer.from(reader.bytes())));
  assert.equal(reader.hasMore(), false);
  return fields;
}

test('packets come back whole however the stream is cut', () => {
  fc.assert(fc.property(fc.array(fc.array(field, { maxLength: 5 }), { maxLength: 6 }), fc.integer({ min: 1, max: 40 }), (packets, cut) => {
    const bytes = Buffer.concat(packets.map((fields, index) => encodePacket(index, fields)));
    const found: Buffer[] = [];
    const split = createSplitter((packet) => { found.push(Buffer.from(packet)); }, 1 << 20);
    for (let at = 0; at < bytes.length; at += cut) split(bytes.subarray(at, at + cut));

    assert.equal(found.length, packets.length);
    found.forEach((packet, index) => {
      assert.equal(packet[0], index);
      assert.deepEqual(decode(packet, packets[index] ?? []), packets[index]);
    });
  }));
});

test('a packet that ends early is CORRUPT, not a crash', () => {
  for (const read of [(r: ReturnType<typeof readFields>) => r.text(), (r: ReturnType<typeof readFields>) => r.uint64(), (r: ReturnType<typeof readFields>) => readAttributes(r)]) {
    assert.throws(() => read(readFields(Buffer.from([1, 0, 0, 0, 9, 1]), 1)), (error) => hasCode(error, 'CORRUPT'));
  }
});

test('an announced length beyond the limit is CORRUPT before anything is allocated', () => {
  const split = createSplitter(() => undefined, 1000);

  // 'Welc' is what a start-up file that prints something sends in place of a length.
  assert.throws(() => { split(Buffer.from('Welcome')); }, (error) => hasCode(error, 'CORRUPT'));
  assert.throws(() => { createSplitter(() => undefined, 1000)(Buffer.alloc(4)); }, (error) => hasCode(error, 'CORRUPT'));
});

test('attributes are read whichever of them are there', () => {
  const all = encodePacket(1, [0x8000000f, 5n, 1, 2, 0o040755, 10, 20, 1, 'name', 'value']);
  const none = encodePacket(1, [0]);

  assert.deepEqual(readAttributes(readFields(all, 5)), { kind: 'directory', size: 5, modifiedSeconds: 20 });
  assert.deepEqual(readAttributes(readFields(none, 5)), { kind: 'file', size: undefined, modifiedSeconds: undefined });
});
