import type { HttpBody } from '../../http/transport.ts';
import type { Entry, WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Checksum, Source } from '../../storage/source.ts';
import { bytesBody, bytesOf, otherSize } from '../../storage/request-body.ts';
import type { Header } from './request.ts';
import { hashed, isChecked, md5Hex } from './body.ts';
import { metadataOf } from './conditions.ts';
import { hashFields, OBJECT_FIELDS, readResource } from './resource.ts';
import type { SmallObject } from './send-small.ts';
import type { Session } from './session.ts';
import { requireStored } from './stored.ts';

export interface Put {
  readonly source: Source;
  readonly options: WriteOptions;
  readonly size: number;
  readonly conditions: Readonly<Record<string, string>>;
}

/** Bodies up to this size are joined into one piece of memory with what stands around them. */
const JOINED_BYTES = 256 * 1024;

/**
 * One request with description and bytes (`multipart/related`): the service checks the bytes against the hash that stands before them, and shows
 * nothing of an upload that was cut.
 */
export async function put(session: Session, path: Path, { source, options, size, conditions }: Put): Promise<Entry> {
  const { client, keyOf } = session;
  const key = keyOf(path);
  const bytes = bytesOf(source, size);
  const known = isChecked(source.checksum) ? source.checksum : bytes && ({ name: 'md5', value: md5Hex(bytes) } as const);
  const content = hashed(known ? { ...source, checksum: known } : source);
  const { target, headers, ...around } = frameOf(session, key, { options, known, conditions });
  const answer = await client.ask({
    method: 'POST', verb: 'write', key, target, headers, body: framed({ ...around, size, bytes }, () => content.source.open(options.signal ? { signal: options.signal } : {})), signal: options.signal,
  });
  return requireStored(session, path, { resource: readResource(answer), wanted: { size, checksum: content.checksum() } });
}

/** A small object that is in memory, with its description before it. */
export function putOf(session: Session, path: Path, { bytes, md5 }: { readonly bytes: Uint8Array; readonly md5: string }): SmallObject {
  const { target, headers, before, after } = frameOf(session, session.keyOf(path), { options: {}, known: { name: 'md5', value: md5 }, conditions: {} });
  return { method: 'POST', target, headers, bytes: Buffer.concat([before, bytes, after]) };
}

interface Around extends Pick<Frame, 'before' | 'after'> {
  readonly target: string;
  readonly headers: readonly Header[];
}

function frameOf({ client, opening }: Session, key: string, { options, known, conditions }: Pick<Put, 'options' | 'conditions'> & { readonly known: Checksum | undefined }): Around {
  const boundary = `towline-${Buffer.from(opening.randomBytes(18)).toString('hex')}`;
  const described = JSON.stringify({ ...metadataOf(key, options), ...hashFields(known) });
  return {
    target: client.at.upload({ ...conditions, fields: OBJECT_FIELDS, uploadType: 'multipart' }),
    headers: [['content-type', `multipart/related; boundary=${boundary}`]],
    before: Buffer.from(`--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${described}\r\n--${boundary}\r\ncontent-type: ${mediaType(options)}\r\n\r\n`),
    after: Buffer.from(`\r\n--${boundary}--\r\n`),
  };
}

/** It stands between two lines of a body that we make, so it must not make a third. */
const mediaType = ({ contentType = 'application/octet-stream' }: WriteOptions): string => (/^[\x20-\x7e]+$/.test(contentType) ? contentType : 'application/octet-stream');

interface Frame {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly size: number;
  readonly bytes: Uint8Array | undefined;
}

function framed({ before, after, size, bytes }: Frame, open: () => AsyncIterable<Uint8Array>): HttpBody {
  if (bytes && size <= JOINED_BYTES) return bytesBody(Buffer.concat([before, bytes, after]));
  return {
    size: before.byteLength + size + after.byteLength,
    async *open() {
      yield before;
      yield* bytes ? [bytes] : counted(open(), size);
      yield after;
    },
  };
}

/** Bytes too many would push the end of the frame out of the request, and be stored. */
async function* counted(chunks: AsyncIterable<Uint8Array>, size: number): AsyncIterable<Uint8Array> {
  let count = 0;
  for await (const chunk of chunks) {
    count += chunk.byteLength;
    if (count > size) throw otherSize('the source', count, size);
    yield chunk;
  }
  if (count !== size) throw otherSize('the source', count, size);
}
