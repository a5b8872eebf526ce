import { hash } from 'node:crypto';
import type { BunchHasher } from './bunch-hasher.ts';
import { BLOCK, INITIAL, type Md5Lanes, openMd5Lanes, padMd5, stateAt } from './md5-lanes.ts';
import { readHead } from './read-head.ts';

interface Message {
  readonly start: number;
  readonly size: number;
  readonly blocks: number;
  digest: string | undefined;
}

/** What fits. */
export interface BunchRoom {
  /** A file of so many bytes is small. */
  readonly most: number;
  /** Of all that wait: it should still lie in the processor's cache when it is hashed and when it is written. */
  readonly bytes: number;
}

const ROOM: BunchRoom = { most: 256 * 1024, bytes: 1024 * 1024 };
/** Files that wait: each is open. */
const FILES = 64;
/** Fewer go by OpenSSL: two messages in four lanes are no faster. */
const WORTH = 3;

/** Small files that are hashed side by side, up to eight at a time, in the memory they were read to. One that ends makes place for the next. */
export class LaneBunch implements BunchHasher {
  readonly most: number;
  readonly waits = true;
  readonly #lanes: Md5Lanes;
  readonly #bytes: Buffer;
  readonly #room: number;
  #messages: Message[] = [];
  #end: number;

  private constructor(lanes: Md5Lanes, { most, bytes }: BunchRoom) {
    this.most = most;
    this.#room = bytes;
    this.#lanes = lanes;
    this.#bytes = Buffer.from(lanes.memory.buffer);
    this.#end = lanes.start;
  }

  /** Undefined where the machine cannot do it. */
  static create(room: BunchRoom = ROOM): LaneBunch | undefined {
    const lanes = openMd5Lanes(room.bytes + room.most + 2 * BLOCK);
    return lanes && new LaneBunch(lanes, room);
  }

  read(descriptor: number, size?: number): number {
    return readHead(descriptor, { into: this.#bytes, start: this.#end, length: this.most + 1, size });
  }

  bytes(count: number): Buffer {
    return this.#bytes.subarray(this.#end, this.#end + count);
  }

  get isFull(): boolean {
    return this.#messages.length >= FILES || this.#end - this.#lanes.start >= this.#room;
  }

  take(size: number): number {
    const start = this.#end;
    const padded = padMd5(this.#lanes.memory, { start, pending: size, length: size });
    this.#end += padded;
    return this.#messages.push({ start, size, blocks: padded / BLOCK, digest: undefined }) - 1;
  }

  digestOf(taken: number): string {
    const message = this.#messages[taken];
    if (message === undefined) throw new Error('its place was given to another');
    return (message.digest ??= hash('md5', this.#bytes.subarray(message.start, message.start + message.size)));
  }

  settle(): void {
    const messages = this.#messages;
    if (messages.length >= WORTH) this.#run([...messages].sort((a, b) => b.blocks - a.blocks));
  }

  clear(): void {
    this.#messages = [];
    this.#end = this.#lanes.start;
  }

  /** The longest first: so the lanes are done at about the same time. */
  #run(messages: readonly Message[]): void {
    const { states, four, eight } = this.#lanes;
    const width = messages.length > 4 ? 8 : 4;
    const running: (Message | undefined)[] = [];
    const at = [0, 0, 0, 0, 0, 0, 0, 0];
    const left = [0, 0, 0, 0, 0, 0, 0, 0];
    let next = 0;
    for (;;) {
      let blocks = Infinity;
      for (let lane = 0; lane < width; lane += 1) {
        if (running[lane] === undefined) {
          const message = (running[lane] = messages[next]);
          next += 1;
          // A lane with nothing to do reads what lies at the start, for nothing: behind the last message there may be no memory for it.
          if (message === undefined) {
            at[lane] = this.#lanes.start;
            continue;
          }
          at[lane] = message.start;
          left[lane] = message.blocks;
          for (let word = 0; word < 4; word += 1) states[stateAt(lane, word)] = INITIAL[word] ?? 0;
        }
        blocks = Math.min(blocks, left[lane] ?? 0);
      }
      if (blocks === Infinity) return;
      const [first = 0, second = 0, third = 0, fourth = 0] = at;
      if (width === 4) four(first, second, third, fourth, blocks);
      else eight(first, second, third, fourth, at[4] ?? 0, at[5] ?? 0, at[6] ?? 0, at[7] ?? 0, blocks);
      for (let lane = 0; lane < width; lane += 1) {
        const message = running[lane];
        if (message === undefined) continue;
        at[lane] = (at[lane] ?? 0) + blocks * BLOCK;
        left[lane] = (left[lane] ?? 0) - blocks;
        if (left[lane] !== 0) continue;
        message.digest = digestIn(states, lane);
        running[lane] = undefined;
      }
    }
  }
}

const words = new Uint32Array(4);
const wordBytes = Buffer.from(words.buffer);

function digestIn(states: Uint32Array, lane: number): string {
  for (let word = 0; word < 4; word += 1) words[word] = states[stateAt(lane, word)] ?? 0;
  return wordBytes.toString('hex');
}
