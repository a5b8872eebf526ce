import { TowlineError } from '../../errors.ts';
import type { Entry, Part, Upload, WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { fromBytes, slice, type Source } from '../../storage/source.ts';
import type { PartTarget } from './copy-source.ts';
import { inParallel } from './in-parallel.ts';
import { startUpload } from './multipart.ts';
import { put } from './put.ts';
import type { Session } from './session.ts';
import type { Header } from './sigv4.ts';

/** Parts of one object under way at once, unless the AWS config says otherwise. */
const PARTS_AT_ONCE = 4;
/** A source of unknown size is gathered by so much, since a part must say its length before its bytes. */
const GATHERED_BYTES = 16 * 1024 * 1024;
/** Gathered parts double in size after so many, so that 10,000 reach 2.4 TB and small streams cost little memory. */
const PARTS_PER_SIZE = 2500;

interface Large {
  readonly source: Source;
  readonly options: WriteOptions;
  readonly conditions: readonly Header[];
}

/** Stores what one PUT should not: large objects, and streams of unknown length. Nothing is visible before the last step. */
export async function writeInParts(session: Session, path: Path, { source, options, conditions }: Large): Promise<Entry> {
  const { size } = source;
  if (size === undefined) return writeStream(session, path, { source, options, conditions });
  const upload = await startUpload(session, path, { ...options, size });
  const starts = Array.from({ length: Math.max(1, Math.ceil(size / upload.partSize)) }, (_, index) => index * upload.partSize);
  return finish(session, upload, () => inParallel(starts, session.client.settings.transfer.maxConcurrentRequests ?? PARTS_AT_ONCE, (start, index) =>
{
    const end = Math.min(start + upload.partSize, size);
    return upload.send({ number: index + 1, start, end }, end === size ? tail(source, start, size) : slice(source, start, end), options);
  }));
}

/** The rest of a source from `start` on, without an end of its own: bytes beyond the size that was promised are noticed by who sends them. */
function tail(source: Source, start: number, size: number): Source {
  if (source.origin?.kind === 'memory') return fromBytes(source.origin.bytes.subarray(start));
  return { size: size - start, open: (options) => source.open(start === 0 ? options : { ...options, start }) };
}

async function writeStream(session: Session, path: Path, { source, options, conditions }: Large): Promise<Entry> {
  const gathered = gather(source, options);
  const first = await gathered.next();
  const start = first.done === true ? new Uint8Array() : first.value;
  if (start.byteLength < GATHERED_BYTES) {
    const small = fromBytes(start);
    return put(session, path, { source: source.checksum ? { ...small, checksum: source.checksum } : small, options, size: start.byteLength, conditions });
  }
  const upload = await startUpload(session, path, options);
  return finish(session, upload, async () => {
    const parts: Part[] = [];
    let position = 0;
    for (let bytes: Uint8Array | undefined = start; bytes; ) {
      if (parts.length === 10_000) throw new TowlineError('INVALID_ARGUMENT', `${session.client.where(session.keyOf(path))}: the stream is longer than an upload in parts can be`);
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
async function finish({ opening, client }: Session, upload: Upload & { readonly target: PartTarget }, sendAll: () => Promise<readonly Part[]>): Promise<Entry> {
  try {
    return await upload.complete(await sendAll());
  } catch (error) {
    await upload.abort().catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      opening.warn({ code: 'PARTS_LEFT', text: `Parts of a failed upload stay at ${client.where(upload.target.key)} and may cost money until a lifecycle rule removes them: ${why}` });
    });
    throw error;
  }
}

async function* gather(source: Source, options: WriteOptions): AsyncGenerator<Uint8Array, void> {
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
      buffer = Buffer.allocUnsafe(GATHERED_BYTES * 2 ** Math.floor(count / PARTS_PER_SIZE));
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
