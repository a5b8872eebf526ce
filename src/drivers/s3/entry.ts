import { hash } from 'node:crypto';
import type { HttpResponse } from '../../http/transport.ts';
import type { Checksum, Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';

/** An ETag as DVC writes it: without quotes. */
export const bareEtag = (etag: string): string => (/["/]/.test(etag) ? etag.replace(/^W\//, '').replaceAll('"', '') : etag);

/** What the headers of an answer say about the object. `size` is given where they speak of a part only, or of nothing. */
export function entryOf(path: Path, response: HttpResponse, { size, hidesMd5 }: { readonly size: number | undefined; readonly hidesMd5: boolean }): Entry {
  const etag = response.header('etag');
  const versionId = response.header('x-amz-version-id');
  const modified = Date.parse(response.header('last-modified') ?? '');
  const checksum = etag === undefined || hidesMd5 || isEncryptedByKey(response) ? undefined : md5Of(etag);
  return {
    path,
    kind: 'file',
    ...(size === undefined ? {} : { size }),
    ...(etag === undefined ? {} : { etag: bareEtag(etag) }),
    // 'null' is the version of an object in a bucket that keeps none.
    ...(versionId === undefined || versionId === 'null' ? {} : { versionId }),
    ...(Number.isNaN(modified) ? {} : { modifiedAt: modified }),
    ...(checksum && { checksum }),
  };
}

/** An ETag is the MD5 only of what one plain PUT wrote: with KMS or SSE-C it looks the same and is not. */
export const isEncryptedByKey = (response: HttpResponse): boolean =>
  (response.header('x-amz-server-side-encryption') ?? 'AES256') !== 'AES256' || response.header('x-amz-server-side-encryption-customer-algorithm') !== undefined;

/** The hash an ETag of 32 digits is; one of a multipart upload ends in '-' and a number. */
export function md5Of(etag: string): Checksum | undefined {
  const bare = bareEtag(etag);
  return /^[0-9a-f]{32}$/.test(bare) ? { name: 'md5', value: bare } : undefined;
}

/** The base64 that Content-MD5 wants, of a hash already known. */
export const contentMd5 = (checksum: Checksum | undefined): string | undefined =>
  checksum?.name === 'md5' && /^[0-9a-f]{32}$/i.test(checksum.value) ? Buffer.from(checksum.value, 'hex').toString('base64') : undefined;

export const md5Base64 = (bytes: string | Uint8Array): string => hash('md5', bytes, 'base64');
