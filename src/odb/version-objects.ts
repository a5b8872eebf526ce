import { TowlineError } from '../errors.ts';
import type { Version } from '../storage/driver.ts';
import { findVersions } from '../storage/find-versions.ts';
import type { Path } from '../storage/path.ts';
import type { Source } from '../storage/source.ts';
import type { JobOptions, Storage } from '../storage/storage.ts';
import type { HashName, Oid } from './hash-info.ts';
import type { ObjectDb, StoredObject } from './object-db.ts';
import type { OidSet } from './oid-set.ts';

/** Where an object lies on a remote that keeps the files themselves. */
export interface VersionPlace {
  readonly path: Path;
  /** Absent: nobody noted which version it is. */
  readonly versionId?: string;
  readonly size?: number;
}
/** What a repository says of them. */
export interface VersionPlaces {
  readonly files: ReadonlyMap<Oid, readonly VersionPlace[]>;
  /** Listings that are in the repository itself. */
  readonly listings: ReadonlySet<Oid>;
}

/** Objects that lie as versions of files: to be found and read. They are written as files, not as objects, so that is UNSUPPORTED here. */
export function createVersionObjects(storage: Storage, name: HashName, places: VersionPlaces): ObjectDb {
  const refuse = (what: string): TowlineError => new TowlineError('UNSUPPORTED', `${storage.driver.displayUrl} keeps the files themselves (version_aware or worktree): ${what}`, { hint: "Name another remote with '-r'." });
  return {
    displayUrl: storage.driver.displayUrl,
    hashName: name,
    present: async (wanted, options) => presentVersions(storage, places, { ...options, wanted }),
    read: (wanted, options) => readVersions(storage, places, { ...options, wanted }),
    write: () => failing(refuse('no object can be written there')),
    list: () => failing(refuse('it has no objects to list')),
    delete: () => failing(refuse('no object can be deleted there')),
  };
}

/** True when a version holds what an md5 names. Services that cut a large upload into parts give it an ETag of their own: that says nothing. */
export function holds({ checksum, etag, isDeleteMarker, size }: Version, oid: Oid, expected: number | undefined): boolean {
  if (isDeleteMarker || (expected !== undefined && size !== undefined && size !== expected)) return false;
  return etag === oid || (checksum?.name === 'md5' && checksum.value === oid);
}

/** A version's name that can be asked for later. 'null' is what a bucket had before it kept versions. */
export const isKept = ({ versionId, isDeleteMarker }: Pick<Version, 'versionId' | 'isDeleteMarker'>): boolean => !isDeleteMarker && versionId !== undefined && versionId !== '' && versionId !== 'null';

type Wanted = JobOptions & { readonly wanted: OidSet };

async function presentVersions(storage: Storage, { files, listings }: VersionPlaces, { wanted, ...options }: Wanted): Promise<OidSet> {
  const oids = [...wanted.oids()];
  const versions = await findVersions(storage, { files: oids.flatMap((oid) => files.get(oid)?.map(({ path }) => path) ?? []), folders: [] }, options);
  const found = wanted.part();
  oids.forEach((oid, at) => {
    const version = listings.has(oid) ? undefined : findVersion(files.get(oid) ?? [], versions, oid);
    if (listings.has(oid) || version) found.mark(at, version?.version.size);
  });
  return found.build();
}

interface Found { readonly place: VersionPlace; readonly version: Version }

/** The version that was noted, or any other that holds the same. */
function findVersion(places: readonly VersionPlace[], versions: ReadonlyMap<Path, readonly Version[]>, oid: Oid): Found | undefined {
  for (const place of places) {
    const kept = (versions.get(place.path) ?? []).filter(isKept);
    const version = kept.find(({ versionId }) => versionId === place.versionId) ?? kept.find((one) => holds(one, oid, place.size));
    if (version) return { place, version };
  }
  return undefined;
}

/** Noted versions are read straight away, with one request each; the others are looked for first, all at once. */
async function* readVersions(storage: Storage, { files }: VersionPlaces, { wanted, ...options }: Wanted): AsyncIterable<StoredObject> {
  const unnoted: Oid[] = [];
  for (const oid of wanted.oids()) {
    const noted = files.get(oid)?.find(({ versionId }) => versionId !== undefined);
    if (noted) yield { oid, source: sourceOf(storage, noted) };
    else unnoted.push(oid);
  }
  if (unnoted.length === 0) return;
  const versions = await findVersions(storage, { files: unnoted.flatMap((oid) => files.get(oid)?.map(({ path }) => path) ?? []), folders: [] }, options);
  for (const oid of unnoted) {
    const found = findVersion(files.get(oid) ?? [], versions, oid);
    yield { oid, source: found ? sourceOf(storage, { ...found.place, ...(found.version.versionId !== undefined && { versionId: found.version.versionId }) }) : absent(oid, storage) };
  }
}

function sourceOf(storage: Storage, { path, versionId, size }: VersionPlace): Source {
  return storage.source({ path, kind: 'file', ...(size !== undefined && { size }), ...(versionId !== undefined && { versionId }) });
}

function absent(oid: Oid, { driver }: Storage): Source {
  return { size: undefined, open: () => failing(new TowlineError('NOT_FOUND', `no version on ${driver.displayUrl} is known to hold '${oid}'`)) };
}

/** Fails as soon as somebody takes something from it. */
const failing = (error: TowlineError): AsyncIterable<never> => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) });
