import { TowlineError } from '../../errors.ts';
import { bareEtag } from '../../http/etag.ts';
import { encodeComponent, encodeKey } from '../../http/percent-encoding.ts';
import { readFields } from '../../http/xml.ts';
import { contentMd5 } from '../../storage/content-md5.ts';
import type { Entry, WriteOptions } from '../../storage/driver.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import type { Path } from '../../storage/path.ts';
import type { Origin, Source } from '../../storage/source.ts';
import { contentHeaders } from './conditions.ts';
import { entryOf } from './entry.ts';
import { startUpload } from './multipart.ts';
import { SINGLE_BYTES } from './put.ts';
import { stat } from './read.ts';
import type { Header } from './request.ts';
import type { Session } from './session.ts';

const GIB = 1024 ** 3;
/** CopyObject takes more in some cases, but works at it while the connection waits. */
const COPY_LIMIT = GIB;
const COPY_PART = GIB / 2;
const ANSWER_BYTES = 64 * 1024;

/** Where an object lies, so that another driver of the same service can copy it there. */
export function originOf({ client, keyOf }: Session, path: Path, versionId: string | undefined): Origin {
  const { service, bucket } = client.settings.endpoint;
  return { kind: 'object', service: 'oss', address: JSON.stringify([service, bucket, keyOf(path), versionId ?? null]) };
}

/** The header that names the source of a copy; undefined when `origin` is of another service. */
function copySource({ client }: Session, origin: Origin | undefined): Header | undefined {
  if (origin?.kind !== 'object' || origin.service !== 'oss') return undefined;
  // Text from our own `originOf`: another process never writes it.
  const [service, bucket, key, versionId] = JSON.parse(origin.address) as readonly [string, string, string, string | null];
  if (service !== client.settings.endpoint.service) return undefined;
  return ['x-oss-copy-source', `/${bucket}/${encodeKey(key)}${versionId === null ? '' : `?versionId=${encodeComponent(versionId)}`}`];
}

interface Copying {
  readonly source: Source;
  readonly options: WriteOptions;
  readonly conditions: readonly Header[];
}

/** What is no fault of a copy but a reason to send the bytes: these credentials may not read the source, or it is not the object that is meant. */
const STREAM_INSTEAD: readonly string[] = ['PERMISSION_DENIED', 'PRECONDITION_FAILED', 'UNSUPPORTED', 'NOT_FOUND', 'INVALID_ARGUMENT', 'INVALID_CONFIG'];

/** Copies on the service where source and target are of one. Undefined: it cannot be done so, the bytes must be streamed. */
export async function copy(session: Session, path: Path, copying: Copying): Promise<Entry | undefined> {
  const from = copySource(session, copying.source.origin);
  if (!from) return undefined;
  try {
    const { size } = copying.source;
    return await (size !== undefined && size > COPY_LIMIT ? copyInParts(session, path, { ...copying, from, size }) : copyWhole(session, path, { ...copying, from }));
  } catch (error) {
    if (error instanceof TowlineError && STREAM_INSTEAD.includes(error.code)) return undefined;
    throw error;
  }
}

async function copyWhole(session: Session, path: Path, { from, source, options, conditions }: Copying & { readonly from: Header }): Promise<Entry> {
  const { client } = session;
  const replaced = contentHeaders(options);
  // One PUT made an object of this size, so its ETag is its MD5: the service itself refuses to copy other bytes than those that were meant.
  const isChecked = contentMd5(source.checksum) !== undefined && (source.size ?? Number.POSITIVE_INFINITY) <= SINGLE_BYTES;
  const headers: readonly Header[] = [
    from, ...conditions, ...replaced,
    ...(replaced.length === 0 ? [] : [['x-oss-metadata-directive', 'REPLACE'] as const]),
    ...(isChecked ? [['x-oss-copy-source-if-match', `"${source.checksum?.value.toUpperCase() ?? ''}"`] as const] : []),
  ];
  const { response, text } = await client.ask({ method: 'PUT', verb: 'copy to', key: session.keyOf(path), headers, signal: options.signal }, ANSWER_BYTES);
  const etag = readFields(text).fields.get('ETag');
  if (etag === undefined || source.size === undefined) return stat(session, path, options);
  return { ...entryOf(path, response, source.size), etag: bareEtag(etag) };
}

async function copyInParts(session: Session, path: Path, { from, size, options, conditions }: Copying & { readonly from: Header; readonly size: number }): Promise<Entry> {
  const { client } = session;
  const upload = await startUpload(session, path, { ...options, conditions, size, partSize: COPY_PART });
  const { key, uploadId } = upload.target;
  try {
    const starts = Array.from({ length: Math.ceil(size / COPY_PART) }, (_, index) => index * COPY_PART);
    const parts = await inParallel(starts, 8, async (start, index) => {
      const [number, end] = [index + 1, Math.min(start + COPY_PART, size)];
      const headers: readonly Header[] = [from, ['x-oss-copy-source-range', `bytes=${start}-${end - 1}`]];
      const { text } = await client.ask({ method: 'PUT', verb: 'copy to', key, query: { partNumber: number, uploadId }, headers, signal: options.signal }, ANSWER_BYTES);
      const tag = readFields(text).fields.get('ETag');
      if (tag === undefined) throw new TowlineError('CORRUPT', `${client.where(key)}: the service named no tag for part ${number}`);
      return { number, start, end, tag };
    });
    return await upload.complete(parts);
  } catch (error) {
    await upload.abort();
    throw error;
  }
}
