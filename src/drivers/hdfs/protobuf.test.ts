import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { big, bool, bytes, fixed32, fixed64, inner, int, message, optional, repeated, required, sint, string, uint } from './protobuf.ts';

const part = message({ name: required(1, string) });
const every = message({
  uint: required(1, uint), big: optional(2, big), sint: optional(3, sint), bool: optional(4, bool), bytes: optional(5, bytes), string: optional(6, string), int: optional(7, int),
  fixed32: optional(8, fixed32), fixed64: optional(9, fixed64), part: optional(10, inner(part)), many: repeated(11, uint), parts: repeated(100, inner(part)),
});

describe('messages of protobuf', () => {
  it('are what the format says', () => {
    // The examples of https://protobuf.dev/programming-guides/encoding/
    assert.equal(message({ a: required(1, uint) }).encode({ a: 150 }).toString('hex'), '089601');
    assert.equal(message({ b: required(2, string) }).encode({ b: 'testing' }).toString('hex'), '120774657374696e67');
    assert.deepEqual(message({ d: optional(4, string), e: repeated(5, uint) }).decode(Buffer.from('220568656c6c6f28012802' + '2803', 'hex')), { d: 'hello', e: [1, 2, 3] });
    assert.deepEqual(message({ f: repeated(6, uint) }).decode(Buffer.from('3206038e029ea705', 'hex')), { f: [3, 270, 86942] });
  });

  it('come back as they went, also numbers that need all 64 bits', () => {
    for (const value of [
      { uint: 0, many: [], parts: [] },
      { uint: Number.MAX_SAFE_INTEGER, big: 0xffff_ffff_ffff_fffen, sint: -33, bool: true, bytes: Buffer.of(0, 255), string: 'ü', int: -1, fixed32: -5, fixed64: 2 ** 40, part: { name: '' }, many: [1, 300], parts: [{ name: 'a' }, { name: 'b'.repeat(500) }] },
    ]) assert.deepEqual(every.decode(every.encode(value)), value);
  });

  it('are refused when they are cut, lack what they must have, or are of another type; what nobody knows is passed over', () => {
    const whole = every.encode({ uint: 7, string: 'text', part: { name: 'x' }, many: [1] });
    for (let end = 1; end < whole.byteLength; end += 1) {
      // Between two fields a message may end; everywhere else it is broken.
      try {
        assert.equal(every.decode(whole.subarray(0, end)).uint, 7);
      } catch (error) { assert.ok(hasCode(error, 'CORRUPT')); }
    }
    for (const hex of ['', '0a', '0aff', '08', `08${'ff'.repeat(11)}`, '0affffffffffffff7f', '0b']) assert.throws(() => every.decode(Buffer.from(hex, 'hex')), (error) => hasCode(error, 'CORRUPT'), hex);
    assert.deepEqual(part.decode(Buffer.from('0a0178' + '1801' + '1a0100' + '2500000000' + '290000000000000000', 'hex')), { name: 'x' });
  });
});
