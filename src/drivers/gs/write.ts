import type { WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { type InParts, writeInParts } from '../../storage/write-in-parts.ts';
import { hashed } from './body.ts';
import { asExisting, conditionQuery } from './conditions.ts';
import { copy } from './copy.ts';
import { put } from './put.ts';
import type { Session } from './session.ts';
import { startUpload } from './upload.ts';

/** Up to this size an object goes by one request. */
const ONE_REQUEST_BYTES = 64 * 1024 * 1024;
/** The service counts no parts, so a stream may have as many as it likes. */
const MOST_PARTS = 1_000_000;

/** Stores one object: by a copy on the service, by one request, or by an upload that the service can be asked about. */
export async function write(session: Session, path: Path, { source, options }: { readonly source: Source; readonly options: WriteOptions }): Promise<Written> {
  try {
    const copied = (options.mode ?? 'overwrite') === 'overwrite' ? await copy(session, path, { source, options }) : undefined;
    if (copied) return { entry: copied, how: 'copied' };
    const { size } = source;
    if (size !== undefined && size <= ONE_REQUEST_BYTES) {
      return { entry: await put(session, path, { source, options, size, conditions: await conditionQuery(session, path, options) }), how: 'streamed' };
    }
    const content = hashed(source);
    return { entry: await writeInParts(inParts(session, path, { options, checksum: content.checksum, source }), content.source, options), how: 'streamed' };
  } catch (error) {
    throw asExisting(error, options.mode);
  }
}

function inParts(session: Session, path: Path, { options, checksum, source }: { readonly options: WriteOptions; readonly checksum: () => Source['checksum']; readonly source: Source }): InParts {
  const { client, keyOf } = session;
  return {
    where: client.where(keyOf(path)), partsAtOnce: 1, mostParts: MOST_PARTS,
    // The whole is one part: one request for all bytes, with nothing to wait for in between.
    start: (size) => startUpload(session, path, { ...options, ...(size !== undefined && { size }), partSize: size ?? ONE_REQUEST_BYTES, checksum: source.checksum, finalChecksum: checksum }),
    put: async (small, size) => put(session, path, { source: small, options, size, conditions: await conditionQuery(session, path, options) }),
    onPartsLeft: () => undefined,
  };
}
