import { TowlineError } from '../../errors.ts';
import type { Entry, WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { contentHeaders } from './conditions.ts';
import { COPY_ANSWER_BYTES, copyPart, copySource } from './copy-source.ts';
import { bareEtag, contentMd5, isEncryptedByKey, md5Of } from './entry.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import { startUpload } from './multipart.ts';
import { stat } from './read.ts';
import type { Session } from './session.ts';
import type { Header } from './sigv4.ts';
import { readFields } from '../../http/xml.ts';

const GIB = 1024 ** 3;
/** The most that CopyObject takes. */
const COPY_LIMIT = 5 * GIB;
const COPY_PART = GIB;

/**
 * Copies on the service where source and target are of one. Undefined: it cannot be done so, the bytes must be streamed; that is also the
 * answer when these credentials may not read the source, and when the source is not the object whose hash the caller knows.
 */
export async function copy(session: Session, path: Path, { source, options }: { readonly source: Source; readonly options: WriteOptions }): Promise<Entry | undefined> {
  const from = copySource(session, source.origin);
  if (!from) return undefined;
  try {
    const { size } = source;
    if (size !== undefined && size > COPY_LIMIT) return await copyInParts(session, path, { from, size, options });
    return await copyWhole(session, path, { from, source, options });
  } catch (error) {
    if (error instanceof TowlineError && ['PERMISSION_DENIED', 'PRECONDITION_FAILED', 'UNSUPPORTED', 'NOT_FOUND', 'INVALID_ARGUMENT'].includes(error.code)) return undefined;
    throw error;
  }
}

interface Copying {
  readonly from: readonly Header[];
  readonly options: WriteOptions;
}

async function copyWhole(session: Session, path: Path, { from, source, options }: Copying & { readonly source: Source }): Promise<Entry> {
  const { client, headers } = session;
  const replaced = contentHeaders(options);
  // One PUT made an object of this size, so its ETag is its MD5: the service itself refuses to copy other bytes than those that were meant.
  const isChecked = contentMd5(source.checksum) !== undefined && (source.size ?? Number.POSITIVE_INFINITY) <= client.settings.transfer.multipartThreshold;
  const sent: readonly Header[] = [
    ...headers.write, ...headers.key, ...from, ...replaced,
    ...(replaced.length === 0 ? [] : [['x-amz-metadata-directive', 'REPLACE'] as const]),
    ...(isChecked ? [['x-amz-copy-source-if-match', `"${source.checksum?.value.toLowerCase() ?? ''}"`] as const] : []),
  ];
  const { response, text } = await client.ask({ method: 'PUT', verb: 'copy to', key: session.keyOf(path), headers: sent, signal: options.signal }, COPY_ANSWER_BYTES);
  const etag = readFields(text).fields.get('ETag');
  if (etag === undefined || source.size === undefined) return stat(session, path, options);
  const versionId = response.header('x-amz-version-id');
  const checksum = headers.hidesMd5 || isEncryptedByKey(response) ? undefined : md5Of(etag);
  return { path, kind: 'file', size: source.size, etag: bareEtag(etag), ...(versionId === undefined || versionId === 'null' ? {} : { versionId }), ...(checksum && { checksum }) };
}

async function copyInParts(session: Session, path: Path, { from, size, options }: Copying & { readonly size: number }): Promise<Entry> {
  const upload = await startUpload(session, path, { ...options, size, partSize: COPY_PART });
  try {
    const starts = Array.from({ length: Math.ceil(size / COPY_PART) }, (_, index) => index * COPY_PART);
    const parts = await inParallel(starts, 8, async (start, index) => {
      const end = Math.min(start + COPY_PART, size);
      return { number: index + 1, start, end, tag: await copyPart(session, upload.target, { number: index + 1, start, end, from, options }) };
    });
    return await upload.complete(parts);
  } catch (error) {
    await upload.abort();
    throw error;
  }
}
