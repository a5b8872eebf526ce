import type { StubBucket } from './objects.ts';

const PAGE = 1000;
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">';
const DAY = '2026-11-21T00:00:00.000Z';

/** One page of a bucket. Keys with characters that XML or a URL would change are not for this server. */
export function listStored(bucket: StubBucket, query: URLSearchParams): Buffer {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const most = Number(query.get('max-keys') ?? PAGE);
  const rows: string[] = [];
  const folders = new Set<string>();
  let after = query.get('continuation-token') ?? query.get('start-after') ?? query.get('marker') ?? '';
  let more = false;
  for (let isFull = false; !isFull;) {
    const keys = bucket.range({ prefix, after, most: most + 1 });
    for (const key of keys) {
      if (rows.length + folders.size >= most) {
        [isFull, more] = [true, true];
        break;
      }
      const stop = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      // What follows '~' comes after every key of the folder.
      after = stop === -1 ? key : `${key.slice(0, stop + 1)}~`;
      if (stop === -1) rows.push(row(key, bucket.get(key)?.size ?? 0, bucket.get(key)?.etag ?? ''));
      else folders.add(key.slice(0, stop + 1));
      if (stop !== -1) break;
    }
    isFull ||= keys.length === 0 || (delimiter === '' && keys.length <= most);
  }
  return page([...rows, ...[...folders].map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`)], { count: rows.length + folders.size, next: more ? after : undefined });
}

/** Pages of a bucket 'made-N', which holds N objects as DVC names them, spread evenly; nobody keeps them. */
export function listMade(count: number, query: URLSearchParams, kept: Map<string, Buffer> | undefined): Buffer {
  const digits = (query.get('prefix') ?? '').replace(/^files\/md5\//, '').replaceAll('/', '');
  const bound = (part: number): number => Math.ceil((part * count) / 16 ** digits.length);
  const part = digits === '' ? 0 : Number.parseInt(digits, 16);
  const first = Number(query.get('continuation-token') ?? bound(part));
  const end = bound(part + 1);
  const last = Math.min(end, first + PAGE);
  const known = kept?.get(`${first}-${last}`);
  if (known) return known;
  const rows: string[] = [];
  for (let index = first; index < last; index += 1) {
    const oid = `${Math.floor((index * 2 ** 48) / count).toString(16).padStart(12, '0')}${'5a'.repeat(10)}`;
    rows.push(row(`files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`, 4096, oid));
  }
  const bytes = page(rows, { count: rows.length, next: last < end ? String(last) : undefined });
  kept?.set(`${first}-${last}`, bytes);
  return bytes;
}

const row = (key: string, size: number, etag: string): string => `<Contents><Key>${key}</Key><LastModified>${DAY}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;

function page(rows: readonly string[], { count, next }: { readonly count: number; readonly next: string | undefined }): Buffer {
  const truncated = next === undefined ? '<IsTruncated>false</IsTruncated>' : `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken><NextMarker>${next}</NextMarker>`;
  return Buffer.from(`${HEAD}<KeyCount>${count}</KeyCount><MaxKeys>${PAGE}</MaxKeys>${truncated}${rows.join('')}</ListBucketResult>`, 'latin1');
}
