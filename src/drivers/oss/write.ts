import { TowlineError } from '../../errors.ts';
import { gather } from '../../storage/content.ts';
import { contentMd5 } from '../../storage/content-md5.ts';
import type { WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { fromBytes, type Source } from '../../storage/source.ts';
import { type InParts, partsLeft, writeInParts } from '../../storage/write-in-parts.ts';
import { conditionHeaders } from './conditions.ts';
import { copy } from './copy.ts';
import { LIMITS, startUpload } from './multipart.ts';
import { put, SINGLE_BYTES } from './put.ts';
import type { Header } from './request.ts';
import type { Session } from './session.ts';

/** Parts of one object under way at once. */
const PARTS_AT_ONCE = 4;
/** Up to this size a stream is gathered, which is cheaper than the three requests of an upload in parts. */
const GATHERED_BYTES = 256 * 1024;

/** Stores one object: by a copy on the service, by one PUT, or in parts. */
export async function write(session: Session, path: Path, { source, options }: { readonly source: Source; readonly options: WriteOptions }): Promise<Written> {
  const conditions = await conditionHeaders(session, path, options);
  const copied = await copy(session, path, { source, options, conditions });
  if (copied) return { entry: copied, how: 'copied' };
  const whole = await inOne(source, options);
  const entry = whole ? await put(session, path, { source: whole.source, size: whole.size, options, conditions }) : await writeInParts(inParts(session, path, { options, conditions }), source, options);
  return { entry, how: 'streamed' };
}

/** The source as one PUT may send it: bytes whose MD5 the service is told, so that what is damaged on the way is never seen. Undefined: it goes in parts, each checked before all are shown. */
async function inOne(source: Source, { signal }: WriteOptions): Promise<{ readonly source: Source; readonly size: number } | undefined> {
  const { size, origin } = source;
  if (size === undefined || size > SINGLE_BYTES) return undefined;
  if (origin?.kind === 'memory' || contentMd5(source.checksum) !== undefined || (origin?.kind === 'file' && size <= GATHERED_BYTES)) return { source, size };
  if (size > GATHERED_BYTES) return undefined;
  const bytes = await gather(source.open(signal ? { signal } : {}), size);
  if (bytes.byteLength !== size) throw new TowlineError('CORRUPT', `the source has ${bytes.byteLength} bytes where ${size} were expected`, { hint: 'It changed while it was read: try again.', context: { side: 'source' } });
  return { source: fromBytes(bytes), size };
}

function inParts(session: Session, path: Path, { options, conditions }: { readonly options: WriteOptions; readonly conditions: readonly Header[] }): InParts {
  const { client, keyOf, opening } = session;
  const where = client.where(keyOf(path));
  return {
    where, partsAtOnce: PARTS_AT_ONCE, mostParts: LIMITS.mostParts,
    start: (size) => startUpload(session, path, { ...options, conditions, ...(size !== undefined && { size }) }),
    put: (source, size) => put(session, path, { source, options, size, conditions }),
    onPartsLeft: (cause) => { opening.warn(partsLeft(where, cause)); },
  };
}
