import { TowlineError } from '../../errors.ts';
import { type ListedVersion, readVersions } from '../../http/bucket-versions.ts';
import { listingPrefix, pathOf } from '../../storage/bucket-keys.ts';
import type { ListVersionsOptions, Page, Version } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { S3Client } from './client.ts';
import { encodeQuery } from './encoding.ts';
import { LISTING_BYTES } from './list.ts';
import type { Session, Versioning } from './session.ts';
import { readFields } from '../../http/xml.ts';

/** One page of every version below `folder`, newest first for each path. */
export async function listVersions(session: Session, folder: Path, { cursor, startsWith = '', signal, toAdd = false }: ListVersionsOptions = {}): Promise<Page<Version>> {
  const { client } = session;
  const [keyMarker, versionMarker] = cursor === undefined ? [] : (JSON.parse(cursor) as readonly [string, string?]);
  const query = encodeQuery({ 'encoding-type': 'url', 'key-marker': keyMarker, prefix: listingPrefix(session, folder, startsWith), 'version-id-marker': versionMarker, versions: '' });
  const { text } = await client.ask({ method: 'GET', verb: 'list the versions in', query, signal }, LISTING_BYTES);
  const { versions, isTruncated, nextKey, nextVersionId } = readVersions(text);
  const entries = versions.flatMap((version) => toVersion(session, version));
  if (toAdd || entries.every(({ versionId }) => versionId === 'null')) requireVersions(session, { state: await session.versioning(signal), toAdd });
  if (!isTruncated) return { entries };
  if (nextKey === undefined) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the listing says that more follows, but not where`);
  return { entries, cursor: JSON.stringify([nextKey, ...(nextVersionId === undefined ? [] : [nextVersionId])]) };
}

function requireVersions({ client }: Session, { state, toAdd }: { readonly state: Versioning; readonly toAdd: boolean }): void {
  if (state === 'kept' || (state === 'suspended' && !toAdd)) return;
  throw new TowlineError('UNSUPPORTED', `${client.where(undefined)} keeps no ${state === 'suspended' ? 'new ' : ''}versions`, { hint: 'Turn on versioning of the bucket.' });
}

/** Asks whether the bucket keeps versions. One that may not be asked is believed to. */
export async function askVersioning(client: S3Client, signal: AbortSignal | undefined): Promise<Versioning> {
  try {
    const { text } = await client.ask({ method: 'GET', verb: 'ask for the versioning of', query: 'versioning=', signal }, LISTING_BYTES);
    const status = readFields(text).fields.get('Status');
    return status === 'Enabled' ? 'kept' : status === 'Suspended' ? 'suspended' : 'none';
  } catch (error) {
    if (error instanceof TowlineError && error.code === 'PERMISSION_DENIED') return 'kept';
    throw error;
  }
}

function toVersion({ prefix, warnOnce, client }: Session, { key, size, etag, modifiedAt, ...version }: ListedVersion): readonly Version[] {
  const path = pathOf(key, { prefix, warnOnce, where: client.where(undefined) });
  if (path === undefined) return [];
  return [{
    path, kind: 'file', ...version,
    ...(size === undefined ? {} : { size }),
    ...(etag === undefined ? {} : { etag }),
    ...(Number.isNaN(modifiedAt) ? {} : { modifiedAt }),
  }];
}
