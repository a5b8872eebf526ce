import { readAround, readListing } from '../../http/bucket-listing.ts';
import { listingPrefix } from '../../storage/bucket-keys.ts';
import type { Quick } from '../../storage/quick.ts';
import { isOldListing, LISTING_BYTES, listRequest } from './list.ts';
import { readUpTo } from './refusal.ts';
import { scanNames } from './scan-names.ts';
import type { Session } from './session.ts';

/** A prefix that stands in the answer as we wrote it into the question: nothing in it is written otherwise in XML. */
const PLAIN = /^[\w./-]*$/;

/** Pages of names, as long as the service answers as it should; from the first other answer on the plain verb has the rest. Names are asked for as they are: encoded, some services (Ceph) write '/' in another way than we do. */
export function createQuickList(session: () => Session): NonNullable<Quick['list']> {
  let isShut = false;
  return async (folder, { take, isKnown, ...options }) => {
    try {
      const open = session();
      const prefix = listingPrefix(open, folder, options.startsWith ?? '');
      if (isShut || isOldListing(open) || !PLAIN.test(prefix)) return undefined;
      const response = await open.client.bare.attempt(listRequest(open, folder, { ...options, isRaw: true }), true);
      if (response?.status === 200) {
        const bytes = await readUpTo(response, LISTING_BYTES);
        if (bytes && isKnown?.(bytes) === true) return {};
        const page = bytes && readNames(bytes, { prefix, root: open.prefix, take });
        if (page && (page.cursor === undefined || page.cursor !== options.cursor)) return page;
      } else response?.cancel();
    } catch {
      // The plain verb meets the same, and knows what to do and to say.
    }
    isShut = true;
    return undefined;
  };
}

interface NameReader {
  /** What every name begins with. */
  readonly prefix: string;
  /** What comes before the paths of the storage. */
  readonly root: string;
  readonly take: Parameters<NonNullable<Quick['list']>>[1]['take'];
}

function readNames(bytes: Buffer, { prefix, root, take }: NameReader): { readonly cursor?: string } | undefined {
  const begins = Buffer.from(prefix);
  const skipped = root === '' ? 0 : root.length + 1;
  const path = { bytes: bytes as Uint8Array, start: 0, end: 0, size: 0 };
  let isAsAsked = true;
  const around = scanNames(bytes, ({ start, end, size }) => {
    isAsAsked &&= end - start >= begins.length && bytes.compare(begins, 0, begins.length, start, start + begins.length) === 0;
    path.start = start + skipped;
    path.end = end;
    path.size = size;
    if (isAsAsked) take(path);
  });
  if (!isAsAsked) return undefined;
  if (!around) {
    const { objects, isTruncated } = readListing(bytes.toString('latin1'));
    // Of rows that could not be scanned nothing was taken.
    return objects.length > 0 || isTruncated ? undefined : {};
  }
  const page = readAround(`${bytes.toString('latin1', 0, around.start)}<Contents/>${bytes.toString('latin1', around.end)}`);
  if (page?.isTruncated !== true) return page && {};
  return page.nextToken === undefined ? undefined : { cursor: page.nextToken };
}
