import type { Disk } from '../../disk/disk.ts';
import type { FileInfo } from '../../disk/read.ts';
import type { Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';

/** How a folder is kept. */
export interface LocalSettings {
  readonly disk: Disk;
  readonly platform: string;
  /** Of the files written. Default 0444: DVC trusts an object of that mode, and hashes any other. */
  readonly mode?: number;
  /** Others of the group may write. */
  readonly isShared?: boolean;
  /** A file of so many bytes or more is on the medium before it gets its name. Default: none is. */
  readonly syncFrom?: number;
  /** Reflinks are tried; default true. */
  readonly isCloned?: boolean;
  /** Cores that may be used at once; default 1. */
  readonly processors?: number;
  /** Default: the folder itself. */
  readonly displayUrl?: string;
}
/** What the verbs work on. */
export interface LocalFolder extends Required<LocalSettings> {
  /** The file of an object. */
  readonly fileOf: (path: Path) => string;
}

/** An object or folder as the contract describes it. The etag changes with every new file under the name, and with every write to it. */
export function entryOf(path: Path, { kind, size, mtimeMs, inode }: FileInfo): Entry {
  if (kind === 'folder') return { path, kind: 'directory' };
  return {
    path, kind: 'file', size, modifiedAt: mtimeMs,
    // Made when asked for: most entries of a listing are only counted.
    get etag() { return [inode, Math.round(mtimeMs * 1000), size].map((number) => number.toString(16)).join('-'); },
  };
}
