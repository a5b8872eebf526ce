import { type BatchOptions, runHere } from './batch.ts';
import type { Disk, FileLink } from './disk.ts';
import { makeFolders } from './folders.ts';
import type { FileHash } from './hasher.ts';
import { storeWork } from './store-work.ts';

/** A file to store, with the size it had when it was chosen: one that has another now is an error. */
export interface StoreJob {
  readonly path: string;
  readonly size: number;
}
export interface StoreOptions extends BatchOptions {
  readonly name: FileHash;
  /** Of the objects: '<cache>/files/md5', or '<cache>' for md5-dos2unix. */
  readonly folder: string;
  /** 'move' takes the file away: for our own files, as a download. 'copy' leaves it. */
  readonly how: 'copy' | 'move';
  /** How a file may become an object without being copied, tried in order. A hard link makes the user's file the read-only object: place it anew. */
  readonly links: readonly (FileLink | 'copy')[];
  /** `cache.shared = group`: folders get mode 02775. */
  readonly shared?: boolean;
}
/** 'present': the object was there already. */
export type StoredHow = 'present' | 'copied' | 'linked' | 'moved';
/** Row i belongs to the i-th file; it has a digest or an error. */
export interface Stored {
  readonly digests: readonly (string | undefined)[];
  readonly sizes: readonly (number | undefined)[];
  readonly how: readonly (StoredHow | undefined)[];
  readonly errors: ReadonlyMap<number, Error>;
}

/** Puts files into an object store under their hash, reading each once. An object appears whole, read-only, under its name, or not at all. */
export async function storeFiles(disk: Disk, files: readonly StoreJob[], options: StoreOptions): Promise<Stored> {
  const { name, folder, how, links, shared = false } = options;
  makeFolders(disk, folder, shared ? 0o2775 : undefined);
  const { results, errors } = await runHere(files, storeWork(disk, { name, folder, how, links, shared }), options);
  return { digests: results.map((one) => one?.digest), sizes: results.map((one) => one?.size), how: results.map((one) => one?.how), errors };
}
