import type { Steps } from './batch.ts';
import type { Disk } from './disk.ts';
import { hashContent } from './hash-content.ts';
import type { FileHash } from './hasher.ts';
import { statFile } from './read.ts';

/** DVC trusts an object of this mode without hashing it, so nothing gets it that was not verified. */
export const OBJECT_MODE = 0o444;

/** A folder of objects: '<folder>/<2>/<30>'. */
export interface ObjectFolder {
  readonly disk: Disk;
  readonly name: FileHash;
  readonly folder: string;
  readonly shared: boolean;
  /** What was in it when the batch began; undefined where nobody knows. */
  readonly found: ReadonlySet<string> | undefined;
  /** By prefix: the folders known to be there; those made since the batch began with the digests that were looked for in them, the others undefined. */
  readonly folders: Map<string, Set<string> | undefined>;
}

export function createObjectFolder(disk: Disk, { name, folder, shared, found }: Pick<ObjectFolder, 'name' | 'folder' | 'shared' | 'found'>): ObjectFolder {
  return { disk, name, folder, shared, found, folders: new Map() };
}

/** Whether the object is there. One that DVC would not trust, or of another size, is hashed; two sizes may share a digest of md5-dos2unix. */
export function* lookFor(store: ObjectFolder, target: string, { digest, size }: { readonly digest: string; readonly size: number }): Steps<'present' | 'absent' | 'wrong'> {
  if (isNew(store, digest)) return 'absent';
  const found = statFile(target);
  if (found === undefined) return 'absent';
  if (found.kind !== 'file') return 'wrong';
  if (found.size === size && found.mode === OBJECT_MODE) return 'present';
  if (store.name === 'md5' && found.size !== size) return 'wrong';
  if ((yield* hashContent(target, store.name)) !== digest) return 'wrong';
  store.disk.chmod(target, OBJECT_MODE);
  return 'present';
}

/** Where the object of a digest belongs; its folder is made. */
export function targetOf(store: ObjectFolder, digest: string): string {
  const prefix = digest.slice(0, 2);
  const folder = `${store.folder}/${prefix}`;
  if (!store.folders.has(prefix)) {
    store.disk.makeFolder(folder, store.shared ? 0o2775 : undefined);
    store.folders.set(prefix, store.found?.has(prefix) === false ? new Set() : undefined);
  }
  return `${folder}/${digest.slice(2)}`;
}

/**
 * True for an object that cannot be there, because its folder was made since and it was not looked for before: asking ext4 for a name that is not there costs 8 us.
 * Another thread may have made it since, the same: then it is made once more.
 */
function isNew({ folders }: ObjectFolder, digest: string): boolean {
  const known = folders.get(digest.slice(0, 2));
  if (known === undefined || known.has(digest)) return false;
  known.add(digest);
  return true;
}
