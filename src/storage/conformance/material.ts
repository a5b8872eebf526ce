import { createHash } from 'node:crypto';
import { throwIfAborted } from '../call.ts';
import type { Source } from '../source.ts';

/** Bytes that differ at every place and for every `seed`, so that a range or a part in the wrong place shows. */
export function pattern(size: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let index = 0, state = (seed * 2_654_435_761) >>> 0; index < words.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** A source that gives `bytes` in chunks, reusing one buffer as sources may: who keeps a chunk without copying it is found out. */
export function streamed(bytes: Uint8Array, { chunk = 16_384, size = bytes.byteLength as number | undefined } = {}): Source {
  return {
    size,
    async *open({ start = 0, end = bytes.byteLength } = {}) {
      const buffer = new Uint8Array(chunk);
      const last = Math.min(end, bytes.byteLength);
      for (let position = start; position < last; position += chunk) {
        const piece = bytes.subarray(position, Math.min(last, position + chunk));
        buffer.set(piece);
        yield buffer.subarray(0, piece.byteLength);
        buffer.fill(0xee);
      }
    },
  };
}

/** A source that fails with `error` after `after` bytes, every time it is opened. */
export function breaking(bytes: Uint8Array, after: number, error: Error): Source {
  return {
    size: bytes.byteLength,
    async *open({ start = 0 } = {}) {
      if (start < after) yield bytes.slice(start, after);
      throw error;
    },
  };
}

/** A source that gives `after` bytes and then nothing, until its reader gives up. `isWaiting` resolves when it is there. */
export function stalling(bytes: Uint8Array, after: number): { readonly source: Source; readonly isWaiting: Promise<void>; release(): void } {
  let arrive: () => void = () => undefined;
  let release: () => void = () => undefined;
  const isWaiting = new Promise<void>((resolve) => { arrive = resolve; });
  const released = new Promise<void>((resolve) => { release = resolve; });
  return {
    isWaiting, release,
    source: {
      size: bytes.byteLength,
      async *open({ start = 0, signal } = {}) {
        yield bytes.slice(start, after);
        arrive();
        await Promise.race([released, new Promise<void>((resolve) => { signal?.addEventListener('abort', () => { resolve(); }, { once: true }); })]);
        throwIfAborted(signal);
        yield bytes.slice(after);
      },
    },
  };
}

/** The md5 of `bytes`, in hex. */
export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
