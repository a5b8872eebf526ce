import { bareEtag } from '../../http/etag.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Checksum, Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';

/** What the headers of an answer say about the object. */
export function entryOf(path: Path, response: HttpResponse, size: number | undefined): Entry {
  const etag = response.header('etag');
  const versionId = response.header('x-oss-version-id');
  const modified = Date.parse(response.header('last-modified') ?? '');
  const checksum = checksumOf(response);
  return {
    path,
    kind: 'file',
    ...(size === undefined ? {} : { size }),
    ...(etag === undefined ? {} : { etag: bareEtag(etag) }),
    // 'null' is the version of an object from before the bucket kept any.
    ...(versionId === undefined || versionId === 'null' ? {} : { versionId }),
    ...(Number.isNaN(modified) ? {} : { modifiedAt: modified }),
    ...(checksum && { checksum }),
  };
}

/**
 * The MD5 that the service itself names for what one PUT wrote, else the CRC-64 it keeps of every object. The ETag is not taken for a hash: it is
 * one only of what PutObject wrote, and an identifier of another kind may look the same (https://www.alibabacloud.com/help/en/oss/developer-reference/headobject, 2026-11-21).
 */
function checksumOf(response: HttpResponse): Checksum | undefined {
  const md5 = Buffer.from(response.header('content-md5') ?? '', 'base64');
  // Nobody says of what an object is the MD5 that KMS encrypts; the CRC-64 is that of the bytes that are read.
  const isEncryptedByKey = (response.header('x-oss-server-side-encryption') ?? 'AES256') !== 'AES256';
  if (md5.byteLength === 16 && !isEncryptedByKey) return { name: 'md5', value: md5.toString('hex') };
  const crc = crcOf(response);
  return crc === undefined ? undefined : { name: 'crc64', value: crcText(crc) };
}

/** The CRC-64 of the whole object, of a part, or of what was just received; undefined where the service tells none. */
export function crcOf(response: Pick<HttpResponse, 'header'>): bigint | undefined {
  return parseCrc(response.header('x-oss-hash-crc64ecma'));
}

export const parseCrc = (text: string | undefined): bigint | undefined => (text !== undefined && /^\d{1,20}$/.test(text) ? BigInt.asUintN(64, BigInt(text)) : undefined);

function crcText(crc: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(crc);
  return bytes.toString('base64');
}
