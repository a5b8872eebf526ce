import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { TowlineError } from '../errors.ts';
import { type Steps, WAITS, type Work } from './batch.ts';
import type { FileLink } from './disk.ts';
import { diskError, systemCode } from './errors.ts';
import type { BatchHasher } from './batch-hasher.ts';
import { hashContent, hashOpenFile, openForReading } from './hash-content.ts';
import { type FileHash, hashBytes } from './hasher.ts';
import { isUnsupportedLink } from './link-types.ts';
import { createObjectFolder, lookFor, OBJECT_MODE, type ObjectFolder, targetOf } from './object-folder.ts';
import { quickestLook } from './quick-look.ts';
import { readHead } from './read-head.ts';
import type { LookAt } from './look.ts';
import { temporaryPath } from './temporary.ts';

/** A file to store, with the size and the time it had when it was chosen: one that has others now is an error. */
export interface StoreJob {
  readonly path: string;
  readonly size: number;
  /** Spares a question where it is known. */
  readonly mtimeMs?: number;
  /** The file stays the user's own, whatever links are allowed. */
  readonly isKept?: boolean;
}
/** How objects are kept. */
export interface StoreRules {
  readonly name: FileHash;
  /** Of the objects: '<cache>/files/md5', or '<cache>' for md5-dos2unix. */
  readonly folder: string;
  /** 'move' takes the file away: for our own files, as a download. 'copy' leaves it. */
  readonly how: 'copy' | 'move';
  /** How a file may become an object without being copied, tried in order. A hard link makes the user's file the read-only object: place it anew. */
  readonly links: readonly (FileLink | 'copy')[];
  /** Only a file that was changed last before then, has no other name and the owner of the folder becomes an object by a hard link. */
  readonly linkBefore?: number | undefined;
  /** `cache.shared = group`: folders get mode 02775. */
  readonly shared?: boolean;
}
/** 'present': the object was there already. */
export type StoredHow = 'present' | 'copied' | 'linked' | 'moved';
export interface StoreSettings extends Required<StoreRules> {
  /** What is in the folder when the batch begins; undefined where nobody knows. */
  readonly found: ReadonlySet<string> | undefined;
}
export interface StoredFile {
  readonly digest: string;
  readonly size: number;
  readonly how: StoredHow;
}

type Way = 'rename' | 'reflink' | 'hardlink' | 'copy';
interface Store extends StoreSettings, ObjectFolder {
  readonly hasher: BatchHasher;
  /** Where a file is read that is too large to be hashed beside others. */
  readonly held: () => Buffer;
  /** Ways the file system has refused. */
  readonly refused: Set<Way>;
  /** Of the folder. */
  readonly owner: number;
  readonly look: LookAt;
}
/** A file being stored. */
interface Candidate {
  readonly path: string;
  readonly descriptor: number;
  readonly before: Pick<fs.Stats, 'size' | 'mtimeMs'>;
  /** Undefined where it may not become an object itself. */
  readonly inode: number | undefined;
  readonly isReadOnly: boolean;
}

/** Stores one file after the other. */
export const storeWork: Work<StoreSettings, StoreJob, StoredFile> = (disk, settings, hasher) => {
  let buffer: Buffer | undefined;
  const held = (): Buffer => (buffer ??= Buffer.allocUnsafeSlow(SMALL + 1));
  const store: Store = { ...settings, ...createObjectFolder(disk, settings), hasher, held, refused: new Set(), owner: fs.statSync(settings.folder).uid, look: quickestLook(settings.folder) };
  return (job) => storeFile(store, job);
};

function* storeFile(store: Store, job: StoreJob): Steps<StoredFile> {
  const { path } = job;
  const descriptor = openForReading(path);
  try {
    return yield* storeBy(store, candidateOf(store, job, descriptor));
  } catch (error) {
    throw diskError(error, 'read', path);
  } finally {
    fs.closeSync(descriptor);
  }
}

function candidateOf(store: Store, { path, size, mtimeMs, isKept = false }: StoreJob, descriptor: number): Candidate {
  const mayLink = !isKept && size > 0 && store.how === 'copy' && store.links.includes('hardlink') && !store.refused.has('hardlink');
  // It is looked at again when it was read.
  if (mtimeMs !== undefined && !mayLink) return { path, descriptor, before: { size, mtimeMs }, inode: undefined, isReadOnly: false };
  const found = fs.fstatSync(descriptor);
  if (found.size !== size || (mtimeMs !== undefined && found.mtimeMs !== mtimeMs)) throw changed(path);
  const isOurs = store.linkBefore === undefined || (found.mtimeMs < store.linkBefore && found.nlink === 1 && found.uid === store.owner);
  return { path, descriptor, before: found, inode: mayLink && isOurs ? found.ino : undefined, isReadOnly: (found.mode & 0o222) === 0 };
}

function* storeBy(store: Store, candidate: Candidate): Steps<StoredFile> {
  for (const way of waysFor(store, candidate)) {
    try {
      return yield* WAYS[way](store, candidate);
    } catch (error) {
      if (!isUnsupportedLink(error)) throw error;
      store.refused.add(way);
    }
  }
  return yield* (candidate.before.size <= SMALL ? copySmall : copyLarge)(store, candidate);
}

/** A small file is written from the memory it was hashed in: a reflink of it costs more than that. An empty one would run into the limit of links. */
function waysFor({ how, links, refused }: Store, { before: { size }, inode }: Candidate): readonly Exclude<Way, 'copy'>[] {
  const ways: Exclude<Way, 'copy'>[] = how === 'move' ? ['rename'] : [];
  for (const link of how === 'copy' ? links : []) {
    if (link === 'copy') break;
    if (link === 'hardlink' && inode !== undefined) ways.push(link);
    if (link === 'reflink' && size > SMALL) ways.push(link);
  }
  return ways.filter((way) => !refused.has(way));
}

const WAYS: Readonly<Record<Exclude<Way, 'copy'>, (store: Store, candidate: Candidate) => Steps<StoredFile>>> = {
  *rename(store, candidate) {
    const { digest, size } = yield* hashOpenFile(candidate.descriptor, store.name, { hasher: store.hasher, size: candidate.before.size });
    checkUnchanged(candidate, size);
    const target = targetOf(store, digest);
    if ((yield* lookFor(store, target, { digest, size })) === 'present') return presentAlready(store, candidate, digest);
    store.disk.chmod(candidate.path, OBJECT_MODE);
    store.disk.rename(candidate.path, target);
    return { digest, size, how: 'moved' };
  },
  *hardlink(store, candidate) {
    const { digest, size } = yield* hashOpenFile(candidate.descriptor, store.name, { hasher: store.hasher, size: candidate.before.size });
    if (size !== candidate.before.size) throw changed(candidate.path);
    const target = targetOf(store, digest);
    if ((yield* lookFor(store, target, { digest, size })) !== 'present') {
      if (putLink(store, candidate, target)) return { digest, size, how: 'linked' };
      // Another thread may have made the object since.
      if ((yield* lookFor(store, target, { digest, size })) !== 'present') {
        replaceByLink(store, candidate, target);
        return { digest, size, how: 'linked' };
      }
    }
    checkUnchanged(candidate, size);
    return presentAlready(store, candidate, digest);
  },
  // The clone is hashed, not the file: nobody changes the clone.
  *reflink(store, candidate) {
    const temporary = temporaryPath(store.folder);
    store.disk.link(candidate.path, temporary, 'reflink');
    return yield* adopt(store, candidate, { temporary, how: 'linked', fill: function* () {
      const digest = yield* hashContent(temporary, store.name, { hasher: store.hasher });
      store.disk.chmod(temporary, OBJECT_MODE);
      return { digest, size: candidate.before.size };
    } });
  },
};

/** A link is whole as soon as it is there, so it needs no temporary name. False where something is there already, and for a file that would be trusted at once. */
function putLink(store: Store, candidate: Candidate, target: string): boolean {
  if (candidate.isReadOnly) return false;
  try {
    store.disk.link(candidate.path, target, 'hardlink');
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  vouch(store, candidate, target);
  return true;
}

function replaceByLink(store: Store, candidate: Candidate, target: string): void {
  const { disk } = store;
  const temporary = temporaryPath(dirname(target));
  disk.link(candidate.path, temporary, 'hardlink');
  vouch(store, candidate, temporary);
  disk.rename(temporary, target);
  // A rename between two names of one file does nothing.
  disk.remove(temporary);
}

/** Marks a link as verified when it leads to the very file that was hashed, and that is as it was before it was read. */
function vouch({ disk, look }: Store, { path, before, inode }: Candidate, link: string): void {
  const found = look(link);
  if (found?.ino !== inode || found?.size !== before.size || found.mtimeMs !== before.mtimeMs) {
    disk.remove(link);
    throw changed(path);
  }
  disk.chmod(link, OBJECT_MODE);
}

/** A file up to this size is read whole before anything is written. */
const SMALL = 1024 * 1024;

function* copySmall(store: Store, candidate: Candidate): Steps<StoredFile> {
  const { hasher, name } = store;
  const { descriptor, before } = candidate;
  const isBunched = name === 'md5' && before.size <= hasher.most;
  const size = isBunched ? hasher.read(descriptor, before.size) : readHead(descriptor, { into: store.held(), start: 0, length: SMALL + 1, size: before.size });
  const bytes = isBunched ? hasher.bytes(size) : store.held().subarray(0, size);
  checkUnchanged(candidate, size);
  const taken = isBunched ? hasher.take(size) : undefined;
  if (taken !== undefined && hasher.waits) yield WAITS;
  const digest = taken === undefined ? hashBytes(name, bytes) : hasher.digestOf(taken);
  yield size;
  const target = targetOf(store, digest);
  if ((yield* lookFor(store, target, { digest, size })) === 'present') return presentAlready(store, candidate, digest);
  const temporary = temporaryPath(dirname(target));
  try {
    const file = store.disk.create(temporary, { mode: OBJECT_MODE });
    try {
      file.write(bytes);
    } finally {
      file.close();
    }
    store.disk.rename(temporary, target);
  } catch (error) {
    store.disk.remove(temporary);
    throw error;
  }
  if (store.how === 'move') store.disk.remove(candidate.path);
  return { digest, size, how: 'copied' };
}

function* copyLarge(store: Store, candidate: Candidate): Steps<StoredFile> {
  const temporary = temporaryPath(store.folder);
  return yield* adopt(store, candidate, { temporary, how: 'copied', fill: function* () {
    const file = store.disk.create(temporary, { mode: OBJECT_MODE });
    try {
      return yield* hashOpenFile(candidate.descriptor, store.name, { hasher: store.hasher, size: candidate.before.size, write: (bytes) => file.write(bytes) });
    } finally {
      file.close();
    }
  } });
}

interface Adoption {
  readonly temporary: string;
  readonly how: StoredHow;
  /** Fills the temporary file, read-only when it is done. */
  readonly fill: () => Steps<{ readonly digest: string; readonly size: number }>;
}

/** Gives a finished temporary file its name as an object, or removes it. */
function* adopt(store: Store, candidate: Candidate, { temporary, how, fill }: Adoption): Steps<StoredFile> {
  let adopted = false;
  try {
    const { digest, size } = yield* fill();
    checkUnchanged(candidate, size);
    const target = targetOf(store, digest);
    if ((yield* lookFor(store, target, { digest, size })) === 'present') return presentAlready(store, candidate, digest);
    store.disk.rename(temporary, target);
    adopted = true;
    if (store.how === 'move') store.disk.remove(candidate.path);
    return { digest, size, how };
  } finally {
    if (!adopted) store.disk.remove(temporary);
  }
}

function presentAlready(store: Store, { path, before }: Candidate, digest: string): StoredFile {
  if (store.how === 'move') store.disk.remove(path);
  return { digest, size: before.size, how: 'present' };
}

function checkUnchanged({ path, descriptor, before }: Candidate, size: number): void {
  const after = fs.fstatSync(descriptor);
  if (size !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw changed(path);
}

function changed(path: string): TowlineError {
  return new TowlineError('PRECONDITION_FAILED', `'${path}' was changed while it was being added`, { hint: 'Wait until the program that writes it is done, then try again.', context: { path } });
}
