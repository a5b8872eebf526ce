import type { Content } from '../stage.ts';

/** Whether two records are of the same data: their hashes, marks and versions. */
export function sameContent(before: Content, now: Content): boolean {
  const marks = ({ hash, meta: { etag, checksum, version_id: version } }: Pick<Content, 'hash' | 'meta'>): string => JSON.stringify([hash?.value, etag, checksum, version]);
  if (before.files === undefined && now.files === undefined) return marks(before) === marks(now);
  const all = ({ files }: Content): string => JSON.stringify(files?.map(({ relpath, hash, meta }) => [relpath, marks({ meta, ...(hash && { hash }) })]));
  return all(before) === all(now);
}
