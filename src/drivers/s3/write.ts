import type { WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { type InParts, partsLeft, writeInParts } from '../../storage/write-in-parts.ts';
import { asExisting, conditionHeaders } from './conditions.ts';
import { copy } from './copy.ts';
import { contentMd5 } from './entry.ts';
import { LIMITS, startUpload } from './multipart.ts';
import { put } from './put.ts';
import type { Session } from './session.ts';
import type { Header } from './sigv4.ts';

/** Parts of one object under way at once, unless the AWS config says otherwise. */
const PARTS_AT_ONCE = 4;

/** Stores one object: by a copy on the service, by one PUT, or in parts. */
export async function write(session: Session, path: Path, { source, options }: { readonly source: Source; readonly options: WriteOptions }): Promise<Written> {
  const conditions = await conditionHeaders(session, path, options);
  try {
    const copied = conditions.length === 0 ? await copy(session, path, { source, options }) : undefined;
    if (copied) return { entry: copied, how: 'copied' };
    const { size } = source;
    const isSmall = size !== undefined && size <= session.client.settings.transfer.multipartThreshold;
    const entry = isSmall && (await isSafeInOne(session, source, options)) ? await put(session, path, { source, options, size, conditions }) : await writeInParts(inParts(session, path, { options, conditions }), source, options);
    return { entry, how: 'streamed' };
  } catch (error) {
    throw asExisting(error, options.mode);
  }
}

/** Whether a PUT that breaks leaves nothing: where the service cannot promise it, bytes in memory or a hash known beforehand must. */
async function isSafeInOne({ client }: Session, source: Source, { signal }: WriteOptions): Promise<boolean> {
  return source.origin?.kind === 'memory' || contentMd5(source.checksum) !== undefined || !(await client.profile(signal)).showsCutUploads;
}

function inParts(session: Session, path: Path, { options, conditions }: { readonly options: WriteOptions; readonly conditions: readonly Header[] }): InParts {
  const { client, keyOf, opening } = session;
  const where = client.where(keyOf(path));
  return {
    where, partsAtOnce: client.settings.transfer.maxConcurrentRequests ?? PARTS_AT_ONCE, mostParts: LIMITS.mostParts,
    start: (size) => startUpload(session, path, { ...options, ...(size !== undefined && { size }) }),
    put: (source, size) => put(session, path, { source, options, size, conditions }),
    onPartsLeft: (cause) => { opening.warn(partsLeft(where, cause)); },
  };
}
