import type { Jobs } from '../disk/batch.ts';
import type { FileHash } from '../disk/hasher.ts';
import type { Landing } from '../http/transport.ts';
import type { CallOptions } from './call.ts';
import type { Driver, ListOptions } from './driver.ts';
import type { Path } from './path.ts';
import type { Begun } from './source.ts';

/**
 * The bare verbs for many small objects: one try, with nothing around it. They never throw. What they cannot do at once they leave to the verbs with all
 * their layers (undefined, false), which find out why, wait, repeat and say it: of 10,000 objects nearly all need none of that, and it is half of what one costs.
 */
export interface Quick {
  /** Begins to read a whole object. */
  read?(path: Path, options: CallOptions): Promise<Begun | undefined>;
  /** Reads many small objects whole, with no promise for each. Resolves when `next` has no more, the service is not as expected, or the signal has fired: what it has not taken by then is left to the other verbs. */
  readMany?<T extends { readonly path: Path }>(reads: QuickReads<T>): Promise<void>;
  /** Reads a whole object before it returns, into `into`; how many bytes it has, or undefined where it is not there, or does not fit with a byte to spare. */
  readNow?(path: Path, into: Uint8Array): number | undefined;
  /** Stores many small objects, as `readMany` reads them; true where one is there. */
  writeMany?<T extends QuickWrite>(writes: QuickMany<T, boolean>): Promise<void>;
  /** Begins to store many objects that are in memory, where that needs no wait. */
  writer?(): QuickWriter;
  /** Stores `bytes`, as `write` does by default; true when they are there. `md5` in hex, where it is known. */
  write?(path: Path, bytes: Uint8Array, options: CallOptions & { readonly md5?: string }): boolean | Promise<boolean>;
  /** The file of an object, where it is one of this machine. */
  fileOf?(path: Path): string;
  /** Stores copies of files of this machine, each compared with its digest on the way; in threads where that pays. Those it has not told of are left to the other verbs. */
  copyFiles?(copies: QuickCopies): Promise<void>;
  /** One page of names and sizes below `folder`, one by one as they stand in the answer. Where it is undefined, what `take` has been given counts as not said. */
  list?(folder: Path, options: QuickListOptions): Promise<{ readonly cursor?: string } | undefined>;
}

export interface QuickMany<T, R> extends CallOptions {
  next(): T | undefined;
  /** How many at once, at the moment. */
  room(): number;
  /** Called once for each, unless the signal fires. Undefined or false: it is left to the other verbs. Bytes are all of an object, and the caller's until it returns. It must not throw. */
  take(item: T, result: R): void;
}
export interface QuickReads<T> extends QuickMany<T, Uint8Array | Landing | undefined> {
  /** Where an object of so many bytes may come that does not come in one read; without it those of more than 1 MiB are left to the other verbs. */
  readonly land?: ((item: T, size: number) => Landing | undefined) | undefined;
}
export interface QuickWrite {
  readonly path: Path;
  /** Not touched after `take`. */
  readonly bytes: Uint8Array;
  /** In hex, where it is known. */
  readonly md5?: string | undefined;
}

/** Stores objects here, and in other threads where that pays. */
export interface QuickWriter {
  /** Stores `bytes`, which are the caller's again when it returns. Tells, then or later, whether they are there; `told` must not throw. */
  write(path: Path, bytes: Uint8Array, told: (isStored: boolean) => void): void;
  /** Begins to store what comes in pieces; absent where that is not done quickly. */
  begin?(path: Path, size: number): QuickPieces | undefined;
  /** Resolves when all have been told of. */
  end(): Promise<void>;
}

/** What is stored in pieces, whole or not at all. */
export interface QuickPieces {
  /** Stores what comes next; the bytes are the caller's again when it returns. */
  write(bytes: Uint8Array): void;
  /** All has come. Tells, then or later, whether it is there; `told` must not throw. */
  end(told: (isStored: boolean) => void): void;
  /** Nobody wants it. */
  drop(): void;
}

export interface QuickCopies extends CallOptions {
  readonly name: FileHash;
  readonly files: Jobs<QuickCopy>;
  onBytes(bytes: number): void;
  /** Told of each that is there, by its row. */
  onDone(row: number, bytes: number): void;
}
export interface QuickCopy {
  readonly from: string;
  readonly path: Path;
  readonly digest: string;
  readonly size: number | undefined;
}

export interface QuickListOptions extends ListOptions {
  take(name: ListedName): void;
  /** Asked before, with the whole answer: true where it is known what it says, and that it is all. Then no name is given. */
  isKnown?(answer: Uint8Array): boolean;
}

/** A name in a listing: a path of the storage, in the bytes from `start` to `end`. It is another as soon as the next one comes. */
export interface ListedName {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

/** Kept beside the drivers and not in them, so that who wraps a driver to see or to stop its calls cannot leave a way round. */
const quicks = new WeakMap<Driver, Quick>();

export function withQuick<D extends Driver>(driver: D, quick: Quick): D {
  quicks.set(driver, quick);
  return driver;
}

export function quickOf(driver: Driver): Quick {
  return quicks.get(driver) ?? NONE;
}

const NONE: Quick = {};
