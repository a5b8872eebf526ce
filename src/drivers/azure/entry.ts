import type { HttpResponse } from '../../http/transport.ts';
import type { Checksum, Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';

/** An ETag as DVC writes it: with quotes, which headers have and listings have not. */
export const quotedEtag = (etag: string): string => `"${etag.replaceAll('"', '')}"`;

/** What the headers of an answer say about the blob. `size` is given where they speak of a part only, or of nothing. */
export function entryOf(path: Path, response: HttpResponse, size: number | undefined): Entry {
  const etag = response.header('etag');
  const versionId = response.header('x-ms-version-id');
  const modified = Date.parse(response.header('last-modified') ?? '');
  return {
    path,
    kind: 'file',
    ...(size === undefined ? {} : { size }),
    ...(etag === undefined ? {} : { etag: quotedEtag(etag) }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(Number.isNaN(modified) ? {} : { modifiedAt: modified }),
  };
}

/**
 * Whether what was answered is a folder: an account with a hierarchical namespace lists its directories as empty blobs, and adlfs marks
 * folders of its own. Some programs write the name with a capital.
 */
export function isFolder(header: (name: string) => string | undefined): boolean {
  return header('x-ms-resource-type') === 'directory' || header('x-ms-meta-hdi_isfolder') === 'true' || header('x-ms-meta-is_directory') === 'true';
}

/** The hash in a header of base64. */
export function md5Of(header: string | undefined): Checksum | undefined {
  const bytes = Buffer.from(header ?? '', 'base64');
  return bytes.byteLength === 16 ? { name: 'md5', value: bytes.toString('hex') } : undefined;
}
