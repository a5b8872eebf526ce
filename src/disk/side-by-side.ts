import { BLOCK, type Md5Lanes, padMd5, stateAt } from './md5-lanes.ts';

/** A message that is hashed where it lies, in the memory of the lanes. */
export interface Strip {
  /** What is hashed ends here, */
  readonly at: number;
  /** and here what may be. */
  readonly end: number;
  /** Of the whole message. */
  readonly size: number;
  readonly state: Uint32Array;
  /** So many bytes more are hashed. */
  hashed(bytes: number): void;
}

/** Messages that are hashed at once at most, in the time of half as many and a quarter more. */
const MOST = 8;
/** As much as should have come of each of them. */
const ENOUGH = 64 * 1024;

/** Hashes messages side by side while they come. */
export class SideBySide {
  readonly #lanes: Md5Lanes;
  readonly #strips = new Set<Strip>();

  constructor(lanes: Md5Lanes) {
    this.#lanes = lanes;
  }

  add(strip: Strip): void {
    this.#strips.add(strip);
  }

  remove(strip: Strip): void {
    this.#strips.delete(strip);
  }

  /** Writes behind a message that has come as a whole what MD5 wants there, and gives back where that ends. */
  pad({ at, end, size }: Strip): number {
    return at + padMd5(this.#lanes.memory, { start: at, pending: end - at, length: size });
  }

  /** When some more has come: hashes where all lanes have enough to do. */
  hashReady(): void {
    const ready = this.#readyBut([]);
    if (ready.length >= MOST) this.#run(ready.sort(fullestFirst).slice(0, MOST));
  }

  /** Hashes something of one, and of others that have enough. */
  hashOn(strip: Strip): void {
    this.#run([strip, ...this.#readyBut([strip]).sort(fullestFirst)].slice(0, MOST));
  }

  /** To the end of messages that have come as a whole. */
  finish(strips: readonly Strip[]): void {
    for (;;) {
      const left = strips.filter((strip) => pendingIn(strip) > 0).sort(fullestFirst);
      if (left.length === 0) return;
      this.#run([...left, ...(left.length < MOST ? this.#readyBut(left).sort(fullestFirst) : [])].slice(0, MOST));
    }
  }

  #readyBut(those: readonly Strip[]): Strip[] {
    return [...this.#strips].filter((strip) => pendingIn(strip) >= ENOUGH && !those.includes(strip));
  }

  /** As far as they go together. */
  #run(strips: readonly Strip[]): void {
    const { states, four, eight } = this.#lanes;
    const blocks = Math.floor(Math.min(...strips.map(pendingIn)) / BLOCK);
    for (const [index, { state }] of strips.entries()) for (let word = 0; word < 4; word += 1) states[stateAt(index, word)] = state[word] ?? 0;
    const [one = 0, two = one, three = one, fourth = one, five = one, six = one, seven = one, eighth = one] = strips.map(({ at }) => at);
    if (strips.length > MOST / 2) eight(one, two, three, fourth, five, six, seven, eighth, blocks);
    else four(one, two, three, fourth, blocks);
    for (const [index, { state }] of strips.entries()) for (let word = 0; word < 4; word += 1) state[word] = states[stateAt(index, word)] ?? 0;
    for (const strip of strips) strip.hashed(blocks * BLOCK);
  }
}

const pendingIn = ({ at, end }: Strip): number => end - at;
const fullestFirst = (a: Strip, b: Strip): number => pendingIn(b) - pendingIn(a);
