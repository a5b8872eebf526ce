import type { Budget, Bucket } from '../bandwidth.ts';
import { bodyOf } from '../content.ts';
import type { Content } from '../driver.ts';
import { around, type Call, type Layer, type Next } from '../layer.ts';
import { parsePath } from '../path.ts';
import type { Source } from '../source.ts';

/** What drivers take as a whole: it pays before it leaves. What is larger pays piece by piece, so that it passes evenly. */
const WHOLE_BYTES = 64 * 1024;
/** A small file is read by the driver itself, and so never passes here in pieces. */
const SMALL_FILE_BYTES = 256 * 1024;

/** The bytes of objects pass no faster than `budget` allows: what is written pays before it leaves, what is read when it has arrived. Copies by the service are free. */
export function throttle({ up, down }: Budget): Layer {
  return (inner) => {
    // A folder would link or copy by itself, and nobody could count that.
    const isFolder = inner.origin?.(parsePath('probe')).kind === 'file';
    const { origin: _origin, ...bare } = inner;
    return around(async (call, next) => {
      if (call.source && up) return await sent(up, { call, source: call.source, next, isFolder });
      return call.verb === 'read' && down ? await received(down, call, next) : await next();
    })(isFolder ? bare : inner);
  };
}

interface Sending<T> { readonly call: Call; readonly source: Source; readonly next: Next<T>; readonly isFolder: boolean }

async function sent<T>(bucket: Bucket, { call, source, next, isFolder }: Sending<T>): Promise<T> {
  const { size = Infinity } = source;
  const kind = source.origin?.kind;
  if ((kind === 'memory' && size <= WHOLE_BYTES) || (kind === 'file' && size <= SMALL_FILE_BYTES)) {
    await bucket.take(size, call.signal);
    return await next();
  }
  const { origin, ...rest } = source;
  const isKept = origin?.kind === 'object' || (origin?.kind === 'file' && !isFolder);
  return await next({ source: { ...rest, ...(isKept && { origin }), open: (options) => paying(source.open(options), bucket, options?.signal ?? call.signal) } });
}

/** Sixty-four pieces a second at least: hundreds of connections get their turn before the service takes one for dead. */
async function* paying(chunks: AsyncIterable<Uint8Array>, bucket: Bucket, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const piece = Math.min(256 * 1024, Math.max(1024, Math.ceil(bucket.bytesPerSecond / 64)));
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += piece) {
      const part = chunk.subarray(at, at + piece);
      await bucket.take(part.byteLength, signal);
      yield part;
    }
  }
}

async function received<T>(bucket: Bucket, call: Call, next: Next<T>): Promise<T> {
  // While what has arrived is not paid for, nothing more is asked for.
  await bucket.take(0, call.signal);
  const content = (await next()) as Content;
  if (!content.bytes) return { entry: content.entry, body: paid(content, bucket, call.signal), cancel: () => { content.cancel(); } } as T;
  await bucket.take(content.bytes.byteLength, call.signal);
  return content as T;
}

async function* paid(content: Content, bucket: Bucket, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of bodyOf(content)) {
    await bucket.take(chunk.byteLength, signal);
    yield chunk;
  }
}
