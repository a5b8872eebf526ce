import { abortedError } from './on-abort.ts';
import { wrongSize } from './send-body.ts';
import type { HttpBody, HttpRequest } from './transport.ts';

/** Bodies from a source up to this size are gathered and leave in one write with the head. */
const SMALL = 64 * 1024;

/** The body where it may leave in one write; undefined where it must be streamed. */
export function wholeBody(body: HttpBody, request: HttpRequest): Uint8Array | undefined | Promise<Uint8Array> {
  if (body.bytes) return body.bytes;
  return body.size === undefined || body.size > SMALL ? undefined : unlessAborted(gather(body, body.size), request);
}

/** A source may be slow to notice that nobody waits any more. */
async function unlessAborted<T>(work: Promise<T>, request: HttpRequest): Promise<T> {
  const { signal } = request;
  if (!signal) return work;
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(abortedError(request));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

async function gather(body: HttpBody, size: number): Promise<Uint8Array> {
  const whole = new Uint8Array(size);
  let at = 0;
  for await (const chunk of body.open()) {
    if (at + chunk.byteLength > size) throw wrongSize(size, at + chunk.byteLength);
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  if (at !== size) throw wrongSize(size, at);
  return whole;
}
