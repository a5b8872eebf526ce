import { contentRange } from '../../http/ranges.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Checksum, Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';

/** What an answer says about the whole object, also when it carries a part of it. */
export function entryOf(path: Path, response: HttpResponse): Entry {
  const isPart = response.status === 206;
  // The Content-MD5 of a part is that of the part.
  const md5 = isPart ? undefined : response.header('content-md5');
  const size = isPart ? contentRange(response)?.total : wholeNumber(response.header('content-length'));
  const modifiedAt = Date.parse(response.header('last-modified') ?? '');
  const etag = response.header('etag') ?? md5;
  const checksum = checksumOf(md5, response.header('repr-digest') ?? response.header('digest'));
  return {
    path, kind: 'file',
    ...(size !== undefined && { size }), ...(!Number.isNaN(modifiedAt) && { modifiedAt }), ...(etag !== undefined && { etag }), ...(checksum && { checksum }),
  };
}

/** A hash of the whole content: Content-MD5 (in base64, or in hex as some servers send it), Digest (RFC 3230) or Repr-Digest (RFC 9530). */
function checksumOf(md5: string | undefined, digest: string | undefined): Checksum | undefined {
  const found = /(?:^|,)\s*(sha-256|md5)\s*=\s*:?([A-Za-z0-9+/=]+):?\s*(?:,|;|$)/i.exec(digest ?? '');
  const name = found?.[1]?.toLowerCase() === 'sha-256' ? 'sha256' : 'md5';
  return hashOf('md5', md5) ?? hashOf(name, found?.[2]);
}

function hashOf(name: 'md5' | 'sha256', value: string | undefined): Checksum | undefined {
  const length = name === 'md5' ? 16 : 32;
  if (value === undefined) return undefined;
  if (value.length === 2 * length && /^[0-9a-f]+$/i.test(value)) return { name, value: value.toLowerCase() };
  const bytes = Buffer.from(value, 'base64');
  return bytes.byteLength === length ? { name, value: bytes.toString('hex') } : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
