import { decodeKey } from './bucket-listing.ts';
import { bareEtag } from './etag.ts';
import { decodeText, scanXml } from './xml.ts';

/** One version of a listing, as the service spells it. */
export interface ListedVersion {
  readonly key: string;
  /** 'null' where the bucket kept none when it was written; versitygw names none at all then. */
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly isLatest: boolean;
  readonly size: number | undefined;
  readonly etag: string | undefined;
  /** NaN when nobody says. */
  readonly modifiedAt: number;
}
/** One page of them. */
export interface VersionPage {
  readonly versions: readonly ListedVersion[];
  readonly isTruncated: boolean;
  readonly nextKey: string | undefined;
  readonly nextVersionId: string | undefined;
}

type Row = ReadonlyMap<string, string>;

/** Reads the answer to a listing of versions. */
export function readVersions(xml: string): VersionPage {
  const { rows, page } = readRows(xml);
  const decode = page.get('EncodingType') === 'url' ? decodeKey : (key: string): string => key;
  const nextKey = page.get('NextKeyMarker');
  return {
    versions: rows.map((row) => toVersion(row, decode)),
    isTruncated: page.get('IsTruncated') === 'true',
    nextKey: nextKey ? decode(nextKey) : undefined,
    nextVersionId: page.get('NextVersionIdMarker') || undefined,
  };
}

function toVersion(row: Row, decode: (key: string) => string): ListedVersion {
  const isDeleteMarker = row.get('#') === 'DeleteMarker';
  const etag = isDeleteMarker ? undefined : row.get('ETag');
  return {
    key: decode(row.get('Key') ?? ''),
    versionId: row.get('VersionId') || 'null',
    isDeleteMarker,
    isLatest: row.get('IsLatest') === 'true',
    size: isDeleteMarker ? undefined : Number(row.get('Size')),
    etag: etag === undefined ? undefined : bareEtag(etag),
    modifiedAt: Date.parse(row.get('LastModified') ?? ''),
  };
}

function readRows(xml: string): { readonly rows: readonly Row[]; readonly page: ReadonlyMap<string, string> } {
  const rows: Row[] = [];
  const page = new Map<string, string>();
  let depth = 0;
  let row = new Map<string, string>();
  scanXml(xml, {
    open(name) {
      if (++depth === 2) row = new Map([['#', name]]);
    },
    leaf(name, raw) {
      if (depth === 1) page.set(name, decodeText(raw));
      else if (depth === 2) row.set(name, decodeText(raw));
    },
    close(name) {
      if (--depth === 1 && (name === 'Version' || name === 'DeleteMarker')) rows.push(row);
    },
  });
  return { rows, page };
}
