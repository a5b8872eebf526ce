import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { LandingHasher, type LandingMessage } from './landing-hasher.ts';

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
/** No two are alike, and none repeats itself. */
const textOf = (length: number, seed: number): Buffer => createHash('shake256', { outputLength: length }).update(String(seed)).digest();
const PLACE = 64 * 1024;

/** One that comes: what it is, what was given away of it, and whether it is asked to wait. */
interface Coming {
  readonly text: Buffer;
  readonly message: LandingMessage;
  readonly pieces: Buffer[];
  at: number;
  isWaiting: boolean;
  resumed: number;
}

function begin(hasher: LandingHasher, text: Buffer): Coming | undefined {
  const pieces: Buffer[] = [];
  const message = hasher.open(text.byteLength, (bytes) => { pieces.push(Buffer.from(bytes)); });
  return message && { text, message, pieces, at: 0, isWaiting: false, resumed: 0 };
}

/** Brings at most so many bytes. */
function bring(one: Coming, most: number): void {
  const room = one.message.room();
  const count = one.text.copy(room, 0, one.at, one.at + most);
  assert.ok(count > 0, 'there is always room before all has come');
  one.at += count;
  one.isWaiting = !one.message.came(count, () => {
    assert.ok(one.isWaiting);
    one.isWaiting = false;
    one.resumed += 1;
  });
}

const isOver = ({ at, text }: Coming): boolean => at === text.byteLength;

/** Digests of some that have come, and what they were. */
function end(hasher: LandingHasher, those: readonly Coming[]): void {
  const digests = hasher.digests(those.map(({ message }) => message));
  assert.deepEqual(digests, those.map(({ text }) => md5(text)));
  for (const { message, pieces, text } of those) {
    assert.equal(message.room().byteLength, 0);
    assert.ok(Buffer.concat([...pieces, message.rest()]).equals(text), 'the pieces and the rest are all of it, in order');
    message.leave();
    message.leave();
  }
}

const engines = [['by OpenSSL', Infinity], ['side by side', 0], ['first so, then so', 300_000]] as const;

for (const [name, worth] of engines) {
  describe(`messages that are hashed where they come, ${name}`, () => {
    it('have the digests that OpenSSL finds, at every length around the end of a block and of a place', () => {
      const hasher = new LandingHasher({ bytes: 40 * PLACE, place: PLACE, worth });
      const lengths = [1, 55, 56, 63, 64, 65, 119, 120, 1000, PLACE - 64, PLACE - 1, PLACE, PLACE + 1, PLACE + 55, PLACE + 64, 2 * PLACE, 2 * PLACE + 1, 3 * PLACE - 9];
      for (const together of [1, 2, 3, 8, lengths.length]) {
        for (let from = 0; from < lengths.length; from += together) {
          const those = lengths.slice(from, from + together).map((length) => begin(hasher, textOf(length, length)) ?? assert.fail('no place'));
          for (const one of those) while (!isOver(one)) bring(one, 10_000);
          end(hasher, those);
        }
      }
    });

    it('come in any order, in pieces of any size, some of them given up, to a memory that is too small for all', () => {
      fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 5 * PLACE }), fc.boolean()), { minLength: 1, maxLength: 24 }), fc.infiniteStream(fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 200_000 }))), (sizes, chances) => {
        const hasher = new LandingHasher({ bytes: 12 * PLACE, place: PLACE, worth });
        const waiting = sizes.map(([length, isWanted], seed) => ({ text: textOf(length, seed), isWanted }));
        let under: { readonly one: Coming; readonly isWanted: boolean }[] = [];
        let over: Coming[] = [];
        const settle = (): void => {
          end(hasher, over);
          over = [];
        };
        for (const [which, most] of chances) {
          while (waiting.length > 0) {
            const next = waiting[0] ?? assert.fail();
            const one = begin(hasher, next.text);
            if (one === undefined) break;
            under.push({ one, isWanted: next.isWanted });
            waiting.shift();
          }
          if (under.length === 0) {
            settle();
            if (waiting.length === 0) return;
            continue;
          }
          const { one, isWanted } = under[which % under.length] ?? assert.fail();
          // A connection may bring something after it was asked to wait.
          bring(one, most);
          if (!isWanted && one.at * 2 > one.text.byteLength) one.message.leave();
          else if (isOver(one)) over.push(one);
          else continue;
          under = under.filter((other) => other.one !== one);
          if (over.length === 8) settle();
        }
      }), { numRuns: 60 });
    });
  });
}

describe('a message that has filled a place', () => {
  const open = (count: number, length: number): { readonly hasher: LandingHasher; readonly those: Coming[] } => {
    const hasher = new LandingHasher({ bytes: 40 * PLACE, place: PLACE, worth: 0 });
    return { hasher, those: Array.from({ length: count }, (_, seed) => begin(hasher, textOf(length, seed)) ?? assert.fail('no place')) };
  };

  it('waits for others, and goes on when eight have come', () => {
    const { hasher, those } = open(10, 3 * PLACE);
    for (const one of those.slice(0, 7)) {
      bring(one, PLACE);
      assert.ok(one.isWaiting);
      assert.equal(one.pieces.length, 0);
    }

    bring(those[7] ?? assert.fail(), PLACE);

    assert.deepEqual(those.map(({ resumed, pieces }) => [resumed, pieces.length]), [...Array.from({ length: 7 }, () => [1, 1]), [0, 1], [0, 0], [0, 0]]);
    for (const one of those) while (!isOver(one)) bring(one, PLACE);
    end(hasher, those);
  });

  it('goes on after some milliseconds where nothing else comes', async () => {
    const { hasher, those } = open(4, 3 * PLACE);
    const [first = assert.fail()] = those;
    bring(first, PLACE);
    assert.ok(first.isWaiting);

    for (let tries = 0; first.isWaiting && tries < 1000; tries += 1) await wait(2);

    assert.deepEqual([first.resumed, first.pieces.length], [1, 1]);
    for (const one of those) while (!isOver(one)) bring(one, PLACE);
    end(hasher, those);
  });

  it('goes on at once where all that come wait, or hardly any other comes', () => {
    for (const [count, isLast] of [[4, true], [2, false], [1, false]] as const) {
      const { hasher, those } = open(count, 3 * PLACE);
      for (const [index, one] of those.entries()) {
        bring(one, PLACE);
        assert.equal(one.isWaiting, isLast && index < count - 1, `${index} of ${count}`);
        if (!isLast) assert.equal(one.pieces.length, 1);
      }
      assert.ok(those.every(({ isWaiting }) => !isWaiting));
      for (const one of those) while (!isOver(one)) bring(one, PLACE);
      end(hasher, those);
    }
  });
});
