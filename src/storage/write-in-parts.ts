import { TowlineError } from '../errors.ts';
import type { Entry, Part, Upload, WriteOptions } from './driver.ts';
import { inParallel } from './in-parallel.ts';
import { fromBytes, slice, type Source } from './source.ts';

/** A source of unknown size is gathered by so much, since a part must say its length before its bytes. */
const GATHERED_BYTES = 16 * 1024 * 1024;
/** Gathered parts double in size each time this share of all parts is used, so that small streams cost little memory and long ones still fit. */
const SHARES = 4;

/** How one service takes an object in parts. */
export interface InParts {
  /** Names the object in messages. */
  readonly where: string;
  /** Parts of one object under way at once, where the service takes them in any order. */
  readonly partsAtOnce: number;
  readonly mostParts: number;
  /** Begins an upload of `size` bytes, or of a size nobody knows. */
  start(size: number | undefined): Promise<Upload>;
  /** Stores a small object by one call. */
  put(source: Source, size: number): Promise<Entry>;
  /** Parts of a failed upload could not be removed. */
  onPartsLeft(cause: unknown): void;
}

/** Stores what one call should not: large objects, and streams of unknown length. Nothing is visible before the last step; a failure removes the parts. */
export async function writeInParts(service: InParts, source: Source, options: WriteOptions): Promise<Entry> {
  const { size } = source;
  if (size === undefined) return writeStream(service, source, options);
  const upload = await service.start(size);
  const starts = Array.from({ length: Math.max(1, Math.ceil(size / upload.partSize)) }, (_, index) => index * upload.partSize);
  return finish(service, upload, () => inParallel(starts, upload.order === 'any' ? service.partsAtOnce : 1, (start, index) => {
    const end = Math.min(start + upload.partSize, size);
    return upload.send({ number: index + 1, start, end }, end === size ? tail(source, start, size) : slice(source, start, end), options);
  }));
}

/** The rest of a source from `start` on, without an end of its own: bytes beyond the size that was promised are noticed by who sends them. */
function tail(source: Source, start: number, size: number): Source {
  if (source.origin?.kind === 'memory') return fromBytes(source.origin.bytes.subarray(start));
  return {
    size: size - start,
    open: ({ start: from = 0, end, ...options } = {}) => source.open({ ...options, ...(start + from > 0 && { start: start + from }), ...(end !== undefined && { end: start + end }) }),
  };
}

async function writeStream(service: InParts, source: Source, options: WriteOptions): Promise<Entry> {
  const gathered = gather(source, options, Math.floor(service.mostParts / SHARES));
  const first = await gathered.next();
  const start = first.done === true ? new Uint8Array() : first.value;
  if (start.byteLength < GATHERED_BYTES) {
    const small = fromBytes(start);
    return service.put(source.checksum ? { ...small, checksum: source.checksum } : small, start.byteLength);
  }
  const upload = await service.start(undefined);
  return finish(service, upload, async () => {
    const parts: Part[] = [];
    let position = 0;
    for (let bytes: Uint8Array | undefined = start; bytes; ) {
      if (parts.length === service.mostParts) throw new TowlineError('INVALID_ARGUMENT', `${service.where}: the stream is longer than an upload in parts can be`);
      const end = position + bytes.byteLength;
      parts.push(await upload.send({ number: parts.length + 1, start: position, end }, fromBytes(bytes), options));
      position = end;
      const next: IteratorResult<Uint8Array, void> = await gathered.next();
      bytes = next.done === true ? undefined : next.value;
    }
    return parts;
  });
}

/** Sends the parts and completes; a failure leaves no parts behind that would cost money. */
async function finish(service: InParts, upload: Upload, sendAll: () => Promise<readonly Part[]>): Promise<Entry> {
  try {
    return await upload.complete(await sendAll());
  } catch (error) {
    await upload.abort().catch((cause: unknown) => { service.onPartsLeft(cause); });
    throw error;
  }
}

/** What a driver that keeps parts says when some could not be removed. */
export const partsLeft = (where: string, cause: unknown): { readonly code: string; readonly text: string } => ({
  code: 'PARTS_LEFT',
  text: `Parts of a failed upload stay at ${where} and may cost money until a lifecycle rule removes them: ${cause instanceof Error ? cause.message : String(cause)}`,
});

async function* gather(source: Source, options: WriteOptions, partsPerSize: number): AsyncGenerator<Uint8Array, void> {
  let count = 0;
  let buffer = Buffer.allocUnsafe(GATHERED_BYTES);
  let filled = 0;
  for await (const chunk of source.open(options.signal ? { signal: options.signal } : {})) {
    for (let at = 0; at < chunk.byteLength; ) {
      const taken = Math.min(buffer.byteLength - filled, chunk.byteLength - at);
      buffer.set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
      if (filled < buffer.byteLength) continue;
      yield buffer;
      count++;
      buffer = Buffer.allocUnsafe(GATHERED_BYTES * 2 ** Math.floor(count / partsPerSize));
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
