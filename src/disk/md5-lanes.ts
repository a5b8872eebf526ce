import { getFips } from 'node:crypto';
import { md5LanesModule } from './md5-lanes-code.ts';

/** One instance of the machine code: messages lie in its memory, from `start` on. */
export interface Md5Lanes {
  readonly memory: Uint8Array<ArrayBuffer>;
  /** Of the messages: see {@link stateAt}. */
  readonly states: Uint32Array;
  /** Where messages may lie. */
  readonly start: number;
  /** Takes so many blocks from each of four places. */
  readonly four: (...placesAndBlocks: readonly [number, number, number, number, number]) => void;
  /** The same with eight, in little more time. */
  readonly eight: (...placesAndBlocks: readonly [number, number, number, number, number, number, number, number, number]) => void;
}

/** The place in `states` of a word of a lane's state: word 0 of four lanes, word 1 of each, and so on, then the other four. */
export const stateAt = (lane: number, word: number): number => (lane >> 2) * 16 + word * 4 + (lane & 3);
export const BLOCK = 64;
export const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as const;
const STATES_BYTES = 128;

/**
 * Room for so many bytes of messages. Undefined where the machine has no vector instructions for it, MD5 is to come from a certified module alone, or the address space is limited
 * (`ulimit -v`, as on many a cluster): the engine sets 10 GB of it aside for each memory, most of which is never used.
 */
export function openMd5Lanes(bytes: number): Md5Lanes | undefined {
  if (typeof WebAssembly === 'undefined' || getFips() === 1) return undefined;
  try {
    const module = new WebAssembly.Module(md5LanesModule(Math.ceil((STATES_BYTES + bytes) / 65_536)));
    // The module is made here, so what it exports is known.
    const { memory, four, eight } = new WebAssembly.Instance(module).exports as unknown as Pick<Md5Lanes, 'four' | 'eight'> & { readonly memory: WebAssembly.Memory };
    return { memory: new Uint8Array(memory.buffer), states: new Uint32Array(memory.buffer, 0, STATES_BYTES / 4), start: STATES_BYTES, four, eight };
  } catch (error) {
    if (error instanceof WebAssembly.CompileError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Writes behind a message what MD5 wants there (RFC 1321, 3.1 and 3.2): `pending` bytes of it, from `start`, are not hashed yet. Gives back where that ends. */
export function padMd5(memory: Uint8Array<ArrayBuffer>, { start, pending, length }: { readonly start: number; readonly pending: number; readonly length: number }): number {
  const end = Math.ceil((pending + 9) / BLOCK) * BLOCK;
  memory.fill(0, start + pending, start + end);
  memory[start + pending] = 0x80;
  const view = new DataView(memory.buffer, start + end - 8, 8);
  view.setUint32(0, (length * 8) >>> 0, true);
  view.setUint32(4, Math.floor(length / 2 ** 29), true);
  return end;
}
