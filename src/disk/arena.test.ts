import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Arena } from './arena.ts';

describe('an arena', () => {
  it('gives away parts that share no byte, and all of it again when they have been given back', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.nat(400).map((bytes) => ({ bytes: bytes + 1 })), fc.nat(20).map((place) => ({ place }))), { maxLength: 60 }), (steps) => {
      const memory = Buffer.alloc(2048 + 32, 0).subarray(32);
      const arena = new Arena(memory);
      const taken: Buffer[] = [];
      for (const step of steps) {
        if ('bytes' in step) {
          const part = arena.take(step.bytes);
          if (part === undefined) continue;
          assert.equal(part.byteLength, step.bytes);
          assert.ok(part.every((byte) => byte === 0), 'nobody else has it');
          taken.push(part.fill(1));
        } else for (const part of taken.splice(step.place, 1)) arena.give(part.fill(0));
      }
      for (const part of taken) arena.give(part.fill(0));
      assert.equal(arena.take(2048)?.byteLength, 2048);
      assert.equal(arena.take(1), undefined);
    }));
  });

  it('gives what was given back first', () => {
    const arena = new Arena(Buffer.alloc(1024));
    const [first, second] = [arena.take(100), arena.take(100)];
    assert.ok(first && second);

    arena.give(first);
    arena.give(first);

    assert.equal(arena.take(120)?.byteOffset, first.byteOffset);
    assert.equal(arena.take(900), undefined);
  });
});
