import { clockOf } from '../../odb/storage-clock.ts';
import { holds, isKept } from '../../odb/version-objects.ts';
import type { ObjectName, Version } from '../../storage/driver.ts';
import { findVersions } from '../../storage/find-versions.ts';
import type { Path } from '../../storage/path.ts';
import type { JobOptions, Storage } from '../../storage/storage.ts';
import type { NotedFile, NotedFiles } from './mark-files.ts';
import type { SweepFault, Sweepable, Swept, SweptVersion } from './swept.ts';

/** What is known of a remote that keeps the files themselves. */
export interface VersionPlace {
  readonly name: string;
  readonly storage: Storage;
  /** The newest version of each file is the workspace's, or what somebody put there for it: it stays. */
  readonly mirrors: boolean;
  readonly inUse: NotedFiles;
  /** Whatever lies elsewhere is somebody else's. */
  readonly ours: ReadonlySet<Path>;
  readonly graceSeconds: number;
}

/** Versions that no kept revision names, of files that some revision tracks or tracked. Where it is not clear which version a revision means, all that may be it stay. */
export async function unusedVersions(place: VersionPlace, call: JobOptions): Promise<Sweepable> {
  const { storage, graceSeconds, ours } = place;
  const versions = await findVersions(storage, { files: ours, folders: [] }, call);
  const latest = graceSeconds > 0 ? (await clockOf(storage, { ...call, keepsVersions: true })) - graceSeconds * 1000 : Infinity;
  const plans = [...versions].map(([path, all]) => planFile(all, { place, latest, noted: place.inUse.get(path) ?? [] }));
  const going = plans.flatMap((plan) => plan.versions);
  return {
    found: sweptOf(place, going, []),
    async sweep(options) {
      const failed: SweepFault[] = [];
      const hidden = await removeAll(storage, plans.flatMap(({ toHide }) => toHide), { ...options, failed });
      // A version whose path could not be hidden first stays: what is older would show in its place.
      const stays = new Set(plans.flatMap(({ toHide }) => toHide).map(({ path }) => path).filter((path) => !hidden.has(path)));
      await removeAll(storage, [...going, ...plans.flatMap(({ markers }) => markers)].filter(({ path }) => !stays.has(path)), { ...options, failed });
      return sweptOf(place, going, failed);
    },
  };
}

interface Plan {
  readonly versions: readonly Version[];
  /** Deletions of files of which nothing is left. */
  readonly markers: readonly Version[];
  /** The newest goes and older ones stay: without a deletion before it one of those would be the newest. */
  readonly toHide: readonly ObjectName[];
}

function planFile(all: readonly Version[], { place, latest, noted }: { readonly place: VersionPlace; readonly latest: number; readonly noted: readonly NotedFile[] }): Plan {
  const isOld = ({ modifiedAt }: Version): boolean => latest === Infinity || (modifiedAt ?? Infinity) <= latest;
  const needed = new Set(noted.flatMap((one) => versionsOf(all, one)));
  const versions = all.filter((one) => isKept(one) && isOld(one) && !needed.has(one) && !(place.mirrors && one.isLatest));
  const isEmpty = all.every((one) => one.isDeleteMarker || versions.includes(one));
  const newest = versions.find(({ isLatest }) => isLatest);
  return {
    versions,
    markers: isEmpty ? all.filter((one) => one.isDeleteMarker && one.versionId !== undefined && isOld(one)) : [],
    toHide: newest !== undefined && !isEmpty ? [{ path: newest.path }] : [],
  };
}

/** The version that is noted; else all that hold the same; else all that may. */
function versionsOf(all: readonly Version[], { oid, size, versionId }: NotedFile): readonly Version[] {
  const noted = all.filter((one) => !one.isDeleteMarker && one.versionId === versionId);
  if (noted.length > 0) return noted;
  const same = all.filter((one) => holds(one, oid, size));
  return same.length > 0 ? same : all.filter((one) => size === undefined || one.size === undefined || one.size === size);
}

/** The paths of what went. */
async function removeAll(storage: Storage, names: readonly ObjectName[], { failed, ...call }: JobOptions & { readonly failed: SweepFault[] }): Promise<ReadonlySet<Path>> {
  const gone = new Set<Path>();
  if (names.length === 0) return gone;
  const exact = names.map(({ path, versionId }): ObjectName => ({ path, ...(versionId !== undefined && { versionId }) }));
  for await (const { path, versionId, error } of storage.remove(exact, call)) {
    if (error) failed.push({ path: versionId === undefined ? path : `${path} (version ${versionId})`, reason: error.message });
    else gone.add(path);
  }
  return gone;
}

function sweptOf({ name }: VersionPlace, going: readonly Version[], failed: readonly SweepFault[]): Swept {
  const stayed = new Set(failed.map(({ path }) => path));
  const versions = going.flatMap(({ path, versionId = '', size }): readonly SweptVersion[] => (stayed.has(path) || stayed.has(`${path} (version ${versionId})` as Path) ? [] : [{ path, versionId, ...(size !== undefined && { size }) }]));
  return { place: 'remote', name, hash: 'md5', count: versions.length, bytes: versions.reduce((sum, { size = 0 }) => sum + size, 0), objects: [], versions, failed };
}
