import { throwIfAborted } from '../../storage/call.ts';
import type { WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { verified } from '../../storage/verified.ts';
import { type InParts, partsLeft, writeInParts } from '../../storage/write-in-parts.ts';
import { copy } from './copy.ts';
import { put } from './put.ts';
import { startUpload } from './resumable.ts';
import type { Session } from './session.ts';
import { findTarget, foundAnew, type Target } from './target.ts';

/** Google wants more than 5 MB to be resumable; below some 8 MiB the two requests more cost longer than sending it again. */
const MOST_IN_ONE = 8 * 1024 * 1024;

/** Stores one object: by a copy on the service, by one request, or by a resumable upload. Writes of one name follow each other, else each would make a file of its own. */
export async function write(session: Session, path: Path, { source: given, options }: { readonly source: Source; readonly options: WriteOptions }): Promise<Written> {
  throwIfAborted(options.signal);
  const { signal } = options;
  return await session.inTurn(path, signal, async () => {
    const target = await findTarget(session, path, options);
    const copied = await copy(session, path, { source: given, target, ...options });
    if (copied) return { entry: copied, how: 'copied' };
    const md5 = given.checksum?.name === 'md5' ? given.checksum.value.toLowerCase() : undefined;
    // Over an object that is there wrong bytes could not be taken back.
    const source = md5 === undefined ? given : verified(given, { name: 'md5', value: md5 });
    const { size } = source;
    const entry = size !== undefined && size <= MOST_IN_ONE
      ? await foundAnew(session, path, () => put(session, path, { source, size, target, ...(signal && { signal }) }))
      : await writeInParts(inParts(session, path, { options, target, md5 }), source, options);
    return { entry, how: 'streamed' };
  });
}

function inParts(session: Session, path: Path, { options, target, md5 }: { readonly options: WriteOptions; readonly target: Target; readonly md5: string | undefined }): InParts {
  const { signal } = options;
  const where = session.where(path);
  return {
    where, partsAtOnce: 1, mostParts: Number.MAX_SAFE_INTEGER,
    start: (size) => startUpload(session, path, { ...options, target, md5, ...(size !== undefined && { size }) }),
    put: (source, size) => put(session, path, { source, size, target, ...(signal && { signal }) }),
    onPartsLeft: (cause) => { session.opening.warn(partsLeft(where, cause)); },
  };
}
