import { createHash, randomBytes } from 'node:crypto';
import { crc64 } from '../../src/storage/crc64-ecma.ts';

/** One version of an object, or the mark that it was deleted. */
export interface StoredVersion {
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly bytes: Buffer;
  /** In upper case, as OSS writes it, without quotes. */
  readonly etag: string;
  readonly crc: bigint;
  readonly type: 'Normal' | 'Multipart';
  readonly modifiedAt: number;
  /** Content-Type and x-oss-meta-*. */
  readonly headers: Readonly<Record<string, string>>;
}
export interface StoredPart { readonly bytes: Buffer; readonly etag: string; readonly crc: bigint; readonly modifiedAt: number }
export interface StoredUpload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, StoredPart>;
  readonly startedAt: number;
}
export interface StoredBucket {
  readonly name: string;
  acl: 'private' | 'public-read' | 'public-read-write';
  versioning: '' | 'Enabled' | 'Suspended';
  /** Newest first. */
  readonly objects: Map<string, StoredVersion[]>;
  readonly uploads: Map<string, StoredUpload>;
}

export const newBucket = (name: string): StoredBucket => ({ name, acl: 'private', versioning: '', objects: new Map(), uploads: new Map() });

export const md5Of = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();
export const etagOf = (bytes: Uint8Array): string => md5Of(bytes).toString('hex').toUpperCase();

/** What an object consists of before it has a version. */
export type Content = Pick<StoredVersion, 'bytes' | 'etag' | 'type' | 'headers'>;

/** Stores a new version, or replaces the one called 'null' where the bucket keeps none now. */
export function store(bucket: StoredBucket, key: string, content: Content): StoredVersion {
  return add(bucket, key, { ...content, isDeleteMarker: false, crc: crc64(content.bytes) });
}

/** Deletes as OSS does: for good, or by a mark. Gives the mark, or the version that went. */
export function remove(bucket: StoredBucket, key: string, versionId: string | undefined): StoredVersion | undefined {
  const versions = bucket.objects.get(key) ?? [];
  if (versionId !== undefined) {
    bucket.objects.set(key, versions.filter((one) => one.versionId !== versionId));
    return versions.find((one) => one.versionId === versionId);
  }
  if (bucket.versioning === '') {
    bucket.objects.delete(key);
    return undefined;
  }
  return add(bucket, key, { isDeleteMarker: true, bytes: Buffer.alloc(0), etag: '', crc: 0n, type: 'Normal', headers: {} });
}

/** The version that is meant; undefined when there is none, also not below a mark. */
export function find(bucket: StoredBucket, key: string, versionId?: string): StoredVersion | undefined {
  const versions = bucket.objects.get(key) ?? [];
  return versionId === undefined ? versions[0] : versions.find((one) => one.versionId === versionId);
}

/** The keys with a live object, in the order of their bytes, as OSS lists them. */
export function liveKeys(bucket: StoredBucket): readonly string[] {
  return sorted([...bucket.objects].filter(([, [newest]]) => newest !== undefined && !newest.isDeleteMarker).map(([key]) => key));
}
export const sorted = (keys: readonly string[]): readonly string[] => [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

function add(bucket: StoredBucket, key: string, version: Omit<StoredVersion, 'versionId' | 'modifiedAt'>): StoredVersion {
  const isKept = bucket.versioning === 'Enabled';
  const added: StoredVersion = { ...version, versionId: isKept ? `CAEQ${randomBytes(20).toString('hex').toUpperCase()}` : 'null', modifiedAt: Date.now() };
  const others = bucket.versioning === '' ? [] : (bucket.objects.get(key) ?? []).filter((one) => isKept || one.versionId !== 'null');
  bucket.objects.set(key, [added, ...others]);
  return added;
}
