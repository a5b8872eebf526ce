/** Where one URL lies in the cache. */
export interface CacheEntry {
  readonly url: string;
  readonly folder: string;
  readonly name: string;
  /** Folder of what the archive holds, for one that is an archive. */
  archiveFolder(name: string | undefined): { readonly path: string; readonly kind: 'zip' | 'tar' } | undefined;
}

/** One of ClearML's two ways to keep a cache: by the number of entries, or by the space they take. */
export interface CacheLayout {
  entry(url: string, context: string): CacheEntry;
  /** A hit: the entry is the last that is thrown away. False where it is not there. */
  touch(path: string): boolean;
  /** Throws away the oldest entries, never one that is locked. Called before something is added. */
  makeRoom(context: string, isKept: (path: string) => boolean): Cleaned;
  /** Gives the limit that counts now. */
  setLimit(limit: number, context: string): number;
  /** What lies in the cache, of one context or of all. */
  list(context?: string): readonly Cached[];
}
export interface Cleaned { readonly removed: number; readonly bytes: number }
export interface Cached { readonly context: string; readonly name: string; readonly path: string; readonly kind: 'file' | 'folder'; readonly bytes: number; readonly usedMs: number }
