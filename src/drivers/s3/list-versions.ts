import { TowlineError } from '../../errors.ts';
import type { ListOptions, Page, Version } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { encodeQuery } from './encoding.ts';
import { bareEtag } from './entry.ts';
import { decodeKey, LISTING_BYTES, listingPrefix, pathOf } from './list.ts';
import type { Session } from './session.ts';
import { decodeText, readFields, scanXml } from '../../http/xml.ts';

/** One page of every version below `folder`, newest first for each path. */
export async function listVersions(session: Session, folder: Path, { cursor, startsWith = '', signal }: ListOptions = {}): Promise<Page<Version>> {
  const { client } = session;
  const [keyMarker, versionMarker] = cursor === undefined ? [] : (JSON.parse(cursor) as readonly [string, string?]);
  const query = encodeQuery({ 'encoding-type': 'url', 'key-marker': keyMarker, prefix: listingPrefix(session, folder, startsWith), 'version-id-marker': versionMarker, versions: '' });
  const { text } = await client.ask({ method: 'GET', verb: 'list the versions in', query, signal }, LISTING_BYTES);
  const { rows, page } = readVersions(text);
  const decode = page.get('EncodingType') === 'url' ? decodeKey : (key: string): string => key;
  const entries = rows.flatMap((row) => toVersion(session, row, decode));
  if (entries.every(({ versionId }) => versionId === 'null')) await session.requireVersioning(signal);
  if (page.get('IsTruncated') !== 'true') return { entries };
  const next = page.get('NextKeyMarker');
  if (!next) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the listing says that more follows, but not where`);
  const version = page.get('NextVersionIdMarker');
  return { entries, cursor: JSON.stringify([decode(next), ...(version ? [version] : [])]) };
}

/** Throws UNSUPPORTED when the bucket has never kept versions. One that may not be asked is believed to. */
export async function requireVersioning({ client }: Session, signal: AbortSignal | undefined): Promise<void> {
  let answer: string;
  try {
    ({ text: answer } = await client.ask({ method: 'GET', verb: 'ask for the versioning of', query: 'versioning=', signal }, LISTING_BYTES));
  } catch (error) {
    if (error instanceof TowlineError && error.code === 'PERMISSION_DENIED') return;
    throw error;
  }
  if (/^(?:Enabled|Suspended)$/.test(readFields(answer).fields.get('Status') ?? '')) return;
  throw new TowlineError('UNSUPPORTED', `${client.where(undefined)} keeps no versions`, { hint: 'Turn on versioning of the bucket.' });
}

type Row = ReadonlyMap<string, string>;

function toVersion(session: Session, row: Row, decode: (key: string) => string): readonly Version[] {
  const path = pathOf(session, decode(row.get('Key') ?? ''));
  if (path === undefined) return [];
  // versitygw names no version where a bucket keeps none; others say 'null'.
  const versionId = row.get('VersionId') || 'null';
  const isDeleteMarker = row.get('#') === 'DeleteMarker';
  const etag = row.get('ETag');
  const modified = Date.parse(row.get('LastModified') ?? '');
  return [{
    path, kind: 'file', versionId, isDeleteMarker, isLatest: row.get('IsLatest') === 'true',
    ...(isDeleteMarker ? {} : { size: Number(row.get('Size')) }),
    ...(etag === undefined || isDeleteMarker ? {} : { etag: bareEtag(etag) }),
    ...(Number.isNaN(modified) ? {} : { modifiedAt: modified }),
  }];
}

function readVersions(xml: string): { readonly rows: readonly Row[]; readonly page: ReadonlyMap<string, string> } {
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
