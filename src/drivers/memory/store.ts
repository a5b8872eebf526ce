import { createHash } from 'node:crypto';
import { TowlineError } from '../../errors.ts';
import type { Entry, Part, Version } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';

/** One version of one object. */
export interface Stored {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** Absent where no versions are kept. */
  readonly versionId?: string;
  readonly modifiedAt: number;
  readonly isDeleteMarker: boolean;
  readonly md5: string;
}
/** An upload in parts that was begun. */
export interface Pending {
  readonly path: Path;
  readonly parts: Map<number, { readonly part: Part; readonly bytes: Uint8Array }>;
}
/** What a server would keep: several drivers may share it. */
export interface MemoryStore {
  readonly displayUrl: string;
  /** Versions of each object, oldest first. */
  readonly objects: Map<Path, readonly Stored[]>;
  readonly uploads: Map<string, Pending>;
  readonly keepsVersions: boolean;
  put(path: Path, bytes: Uint8Array): Stored;
  /** The version asked for or the newest; throws NOT_FOUND. */
  get(path: Path, versionId?: string): Stored;
  has(path: Path): boolean;
  remove(path: Path, versionId?: string): void;
  /** A name that was never given before. */
  unique(): string;
}

/** An empty store. With `keepsVersions` an overwritten or deleted object stays readable by its version. */
export function createMemoryStore(displayUrl: string, { now, keepsVersions = false }: { readonly now: () => number; readonly keepsVersions?: boolean }): MemoryStore {
  const objects = new Map<Path, readonly Stored[]>();
  let count = 0;
  const unique = (): string => String(++count).padStart(8, '0');
  const add = (path: Path, bytes: Uint8Array, isDeleteMarker: boolean): Stored => {
    const id = unique();
    const stored: Stored = { bytes, etag: `"${id}"`, ...(keepsVersions && { versionId: id }), modifiedAt: now(), isDeleteMarker, md5: createHash('md5').update(bytes).digest('hex') };
    objects.set(path, [...(keepsVersions ? (objects.get(path) ?? []) : []), stored]);
    return stored;
  };
  const find = (path: Path, versionId?: string): Stored | undefined => {
    const versions = objects.get(path);
    const found = versionId === undefined ? versions?.at(-1) : versions?.find((one) => one.versionId === versionId);
    return found?.isDeleteMarker ? undefined : found;
  };
  return {
    displayUrl, objects, uploads: new Map(), keepsVersions, unique,
    put: (path, bytes) => add(path, bytes, false),
    get(path, versionId) {
      const found = find(path, versionId);
      if (found === undefined) throw new TowlineError('NOT_FOUND', `'${path}' is not on ${displayUrl}`);
      return found;
    },
    has: (path) => find(path) !== undefined,
    remove(path, versionId) {
      if (versionId !== undefined) {
        const left = (objects.get(path) ?? []).filter((one) => one.versionId !== versionId);
        if (left.length > 0) objects.set(path, left);
        else objects.delete(path);
      } else if (!keepsVersions) objects.delete(path);
      else if (objects.has(path)) add(path, new Uint8Array(), true);
    },
  };
}

/** What the store says about one version. */
export function describe(path: Path, { bytes, etag, versionId, modifiedAt, md5 }: Stored): Entry {
  return { path, kind: 'file', size: bytes.byteLength, etag, ...(versionId !== undefined && { versionId }), modifiedAt, checksum: { name: 'md5', value: md5 } };
}

/** All versions of one object, newest first. */
export function describeVersions(path: Path, versions: readonly Stored[]): readonly Version[] {
  return versions.map((stored, index) => ({ ...describe(path, stored), isLatest: index === versions.length - 1, isDeleteMarker: stored.isDeleteMarker })).reverse();
}
