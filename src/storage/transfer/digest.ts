import { type Follower, followers, startFollower } from '../../disk/follow.ts';
import { isLonely } from '../../disk/stream-hasher.ts';
import { TowlineError } from '../../errors.ts';
import { abortable, type CallOptions, throwIfAborted } from '../call.ts';
import type { Part } from '../driver.ts';
import type { Source } from '../source.ts';
import { createLongDigest, type Expected } from '../verified.ts';

type Range = Omit<Part, 'tag'>;

/** Says when a part has arrived, to one who waits for them in order. */
export interface Arrivals {
  mark(part: Range): void;
  reached(part: Range, signal: AbortSignal): Promise<void>;
}

/** `first` are there already. */
export function createArrivals(first: Iterable<Range>): Arrivals {
  const here = new Set([...first].map((part) => part.number));
  let wake: () => void = () => undefined;
  return {
    mark(part) {
      here.add(part.number);
      wake();
    },
    async reached(part, signal) {
      while (!here.has(part.number)) {
        throwIfAborted(signal);
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => { resolve(); }, { once: true });
        });
      }
    },
  };
}

export interface HashInOrderOptions {
  readonly name: Expected['name'];
  readonly signal: AbortSignal;
  readonly reached: Arrivals['reached'];
  /** Cores that may be used. */
  readonly processors: number;
}

/** The digest of `plan`'s bytes, read from `source` part by part, each as soon as it is `reached`. A file that has no company goes to a thread of its own: the hash of one takes longer than all else. */
export async function hashInOrder(source: Source, plan: readonly Range[], options: HashInOrderOptions): Promise<string> {
  const { name, signal, reached, processors } = options;
  const hash = createLongDigest(name);
  try {
    for (const part of plan) {
      await reached(part, signal);
      const isAlone = part === plan[0] && name !== 'sha256' && processors > 1 && followers() < processors && isLonely();
      const follower = isAlone && source.origin?.kind === 'file' ? await startFollower({ path: source.origin.path, name }) : undefined;
      if (follower) {
        hash.leave();
        return await followInOrder(follower, plan, options);
      }
      for await (const chunk of source.open({ start: part.start, end: part.end, signal })) {
        hash.update(chunk);
        await hash.room();
      }
    }
    await hash.end();
    return hash.digest();
  } finally {
    hash.leave();
  }
}

async function followInOrder(follower: Follower, plan: readonly Range[], { signal, reached }: HashInOrderOptions): Promise<string> {
  try {
    for (const part of plan) {
      await reached(part, signal);
      follower.follow(part.end);
    }
    return await abortable(follower.digest(), signal);
  } finally {
    follower.stop();
  }
}

/** A part whose bytes are in memory. */
export interface ReadPart { readonly part: Range; readonly bytes: Uint8Array }

/** Reads `source` once from its start, cuts it into parts, and hashes while the bytes pass. A part that is not `wanted` is hashed only. */
export async function* readInOrder(source: Source, plan: readonly Range[], { wanted, onChunk, ...options }: CallOptions & { wanted(part: Range): boolean; onChunk(chunk: Uint8Array): void }): AsyncGenerator<ReadPart> {
  let index = 0;
  let kept: Uint8Array[] = [];
  let position = 0;
  for await (const whole of source.open(options)) {
    onChunk(whole);
    for (let rest = whole; rest.byteLength > 0; ) {
      const part = plan[index];
      if (part === undefined) throw new TowlineError('CORRUPT', `the source gives more than the ${position} bytes it should have`);
      const piece = rest.subarray(0, part.end - position);
      rest = rest.subarray(piece.byteLength);
      position += piece.byteLength;
      if (wanted(part)) kept.push(Buffer.from(piece));
      if (position < part.end) continue;
      if (kept.length > 0) yield { part, bytes: Buffer.concat(kept) };
      kept = [];
      index += 1;
    }
  }
}
