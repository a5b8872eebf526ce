import { TowlineError } from '../errors.ts';
import type { Content } from './driver.ts';
import type { Begun } from './source.ts';

/** The same content; `done` is called once, when the body has ended, failed, been left or been cancelled. */
export function onEnd(content: Content, done: (error?: unknown) => void): Content {
  if (content.bytes) {
    done();
    return content;
  }
  return {
    entry: content.entry,
    body: endingWith(content, done),
    cancel() {
      content.cancel();
      done();
    },
  };
}

async function* endingWith(content: Content, done: (error?: unknown) => void): AsyncGenerator<Uint8Array> {
  let failure: unknown;
  try {
    yield* content.body;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    done(failure);
  }
}

/** The body, for who may leave it: what is not read to its end is cancelled. */
export async function* bodyOf(content: Begun): AsyncGenerator<Uint8Array> {
  let isOver = false;
  try {
    yield* content.body;
    isOver = true;
  } finally {
    if (!isOver) content.cancel();
  }
}

/** A content that has arrived. */
export function wholeContent(entry: Content['entry'], bytes: Uint8Array): Content {
  return { entry, bytes, body: only(bytes), cancel: () => undefined };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}

/** All bytes of `chunks` in one piece; throws INVALID_ARGUMENT as soon as there are more than `limit`. */
export async function gather(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > limit) throw new TowlineError('INVALID_ARGUMENT', `there are more than the ${limit} bytes expected`);
    // Not `slice`: that of a Buffer does not copy.
    kept.push(Buffer.from(chunk));
  }
  return Buffer.concat(kept, size);
}
