import { bareEtag } from '../../http/etag.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { contentMd5, md5Base64 } from '../../storage/content-md5.ts';
import type { Checksum, Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';

export { bareEtag, contentMd5, md5Base64 };

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
export const isEncryptedByKey = (response: Pick<HttpResponse, 'header'>): boolean =>
  (response.header('x-amz-server-side-encryption') ?? 'AES256') !== 'AES256' || response.header('x-amz-server-side-encryption-customer-algorithm') !== undefined;

/** The hash an ETag of 32 digits is; one of a multipart upload ends in '-' and a number. */
export function md5Of(etag: string): Checksum | undefined {
  const bare = bareEtag(etag);
  return /^[0-9a-f]{32}$/.test(bare) ? { name: 'md5', value: bare } : undefined;
}
