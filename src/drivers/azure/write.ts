import { contentMd5 } from '../../storage/content-md5.ts';
import type { Entry, WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { verified } from '../../storage/verified.ts';
import { type InParts, writeInParts } from '../../storage/write-in-parts.ts';
import { MOST_PARTS, upload } from './blocks.ts';
import { asCondition } from './conditions.ts';
import { copy } from './copy.ts';
import { put } from './put.ts';
import type { Session } from './session.ts';

const MIB = 1024 ** 2;
/** Larger objects go in parts, several at once. */
const PART_THRESHOLD = 64 * MIB;
/** The most that one Put Blob takes. */
const PUT_LIMIT = 5000 * MIB;
/** Parts of one object under way at once. */
const PARTS_AT_ONCE = 4;

/** Stores one object: by a copy on the service, by one Put Blob, or in blocks. */
export async function write(session: Session, path: Path, { source, options }: { readonly source: Source; readonly options: WriteOptions }): Promise<Written> {
  try {
    const copied = await copy(session, path, { source, options });
    if (copied) return { entry: copied, how: 'copied' };
    return { entry: await stream(session, path, { source, options }), how: 'streamed' };
  } catch (error) {
    throw asCondition(error, options.mode);
  }
}

/** The service checks a hash of the whole only where the whole comes in one request; what is too large for one is checked here while it passes, so it is read from front to back. */
async function stream(session: Session, path: Path, { source, options }: { readonly source: Source; readonly options: WriteOptions }): Promise<Entry> {
  const { size, checksum } = source;
  const isHashed = checksum?.name === 'md5' && contentMd5(checksum) !== undefined;
  if (size !== undefined && size <= (isHashed ? PUT_LIMIT : PART_THRESHOLD)) return put(session, path, { source, size, options });
  const checked = isHashed ? { ...verified(source, { name: 'md5', value: checksum.value.toLowerCase() }), size: undefined } : source;
  return writeInParts(inParts(session, path, options), checked, options);
}

function inParts(session: Session, path: Path, options: WriteOptions): InParts {
  return {
    where: session.client.where(session.keyOf(path)), partsAtOnce: PARTS_AT_ONCE, mostParts: MOST_PARTS,
    start: (size) => upload(session, path, { ...options, ...(size !== undefined && { size }) }),
    put: (source, size) => put(session, path, { source, size, options }),
    onPartsLeft: () => undefined,
  };
}
