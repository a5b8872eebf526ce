import { isTreeOid } from '../../odb/hash-info.ts';
import { holds } from '../../odb/version-objects.ts';
import type { ObjectName, Version } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { JobOptions, Storage } from '../../storage/storage.ts';
import type { Fault } from '../fault.ts';
import { everTracked, type NotedFiles } from '../gc/mark-files.ts';
import type { Repo } from '../repo.ts';
import type { Output } from '../stage.ts';
import type { VersionedFile } from './versioned-file.ts';

/** What a remote that mirrors the workspace has, and what the workspace has. */
export interface Mirrored {
  readonly storage: Storage;
  /** Directories of which every file is on the remote. */
  readonly outputs: Iterable<Output>;
  readonly files: readonly VersionedFile[];
  readonly versions: ReadonlyMap<Path, readonly Version[]>;
  /** Only tells what would be deleted. */
  readonly isDry: boolean;
}

/**
 * Deletes from the remote what is gone from directories of the workspace: with a delete marker, so every version stays. Only what a commit says that it put there; a file of
 * somebody else, also a newer one under a name of ours, stays. Gives back the paths, and what could not be deleted.
 */
export async function mirrorDeletions(repo: Repo, { storage, outputs, files, versions, isDry }: Mirrored, call: JobOptions): Promise<{ readonly deleted: readonly string[]; readonly failed: readonly Fault[] }> {
  const current = new Set(files.map(({ path }) => path));
  const folders = [...outputs].filter(({ hash }) => hash !== undefined && isTreeOid(hash.value)).map(({ path }) => `${path}/`);
  const strange = [...versions].flatMap(([path, all]) => {
    const newest = all.find(({ isLatest }) => isLatest);
    return newest !== undefined && !newest.isDeleteMarker && !current.has(path) && folders.some((folder) => path.startsWith(folder)) ? [{ path, newest }] : [];
  });
  if (strange.length === 0) return { deleted: [], failed: [] };
  const noted = await everTracked(repo, call);
  const names = strange.filter((one) => isOurs(noted, one)).map(({ path }): ObjectName => ({ path }));
  if (isDry) return { deleted: names.map(({ path }) => path).sort(), failed: [] };
  const deleted: string[] = [];
  const failed: Fault[] = [];
  for await (const { path, error } of storage.remove(names, call)) {
    if (!error) deleted.push(path);
    else for (const { oid } of (noted.get(path) ?? []).slice(0, 1)) failed.push({ oid, path, reason: error.message });
  }
  return { deleted: deleted.sort(), failed };
}

const isOurs = (noted: NotedFiles, { path, newest }: { readonly path: Path; readonly newest: Version }): boolean =>
  (noted.get(path) ?? []).some(({ oid, size, versionId }) => (versionId !== undefined && versionId === newest.versionId) || holds(newest, oid, size));
