import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { TowlineError } from '../errors.ts';
import type { Steps, Work } from './batch.ts';
import type { Disk, FileLink } from './disk.ts';
import { diskError, systemCode } from './errors.ts';
import { createArena, hashContent, hashOpenFile, openForReading, readSmall, SMALL } from './hash-content.ts';
import { type FileHash, hashBytes } from './hasher.ts';
import { isUnsupportedLink } from './link-types.ts';
import { statFile } from './read.ts';
import { temporaryPath } from './temporary.ts';

/** A file to store, with the size it had when it was chosen: one that has another now is an error. */
export interface StoreJob {
  readonly path: string;
  readonly size: number;
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
  /** `cache.shared = group`: folders get mode 02775. */
  readonly shared?: boolean;
}
/** 'present': the object was there already. */
export type StoredHow = 'present' | 'copied' | 'linked' | 'moved';
export type StoreSettings = Required<StoreRules>;
export interface StoredFile {
  readonly digest: string;
  readonly size: number;
  readonly how: StoredHow;
}

/** DVC trusts an object of this mode without hashing it, so nothing gets it that was not verified. */
const OBJECT_MODE = 0o444;

type Way = 'rename' | 'reflink' | 'hardlink' | 'copy';
interface Store extends StoreSettings {
  readonly disk: Disk;
  /** Prefix folders known to be there; those made here with what was looked for in them since, the others undefined. */
  readonly folders: Map<string, Set<string> | undefined>;
  /** Ways the file system has refused. */
  readonly refused: Set<Way>;
}
/** A file being stored. */
interface Candidate {
  readonly path: string;
  readonly descriptor: number;
  readonly before: fs.Stats;
}

/** Stores one file after the other. */
export const storeWork: Work<StoreSettings, StoreJob, StoredFile> = (disk, settings) => {
  const store: Store = { ...settings, disk, folders: new Map(), refused: new Set() };
  return (job) => storeFile(store, job);
};

function* storeFile(store: Store, { path, size }: StoreJob): Steps<StoredFile> {
  const descriptor = openForReading(path);
  try {
    const candidate: Candidate = { path, descriptor, before: fs.fstatSync(descriptor) };
    if (candidate.before.size !== size) throw changed(path);
    return yield* storeBy(store, candidate);
  } catch (error) {
    throw diskError(error, 'read', path);
  } finally {
    fs.closeSync(descriptor);
  }
}

function* storeBy(store: Store, candidate: Candidate): Steps<StoredFile> {
  for (const way of waysFor(store, candidate.before.size)) {
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
function waysFor({ how, links, refused }: Store, size: number): readonly Exclude<Way, 'copy'>[] {
  const ways: Exclude<Way, 'copy'>[] = how === 'move' ? ['rename'] : [];
  for (const link of how === 'copy' ? links : []) {
    if (link === 'copy') break;
    if (link === 'hardlink' && size > 0) ways.push(link);
    if (link === 'reflink' && size > SMALL) ways.push(link);
  }
  return ways.filter((way) => !refused.has(way));
}

const WAYS: Readonly<Record<Exclude<Way, 'copy'>, (store: Store, candidate: Candidate) => Steps<StoredFile>>> = {
  *rename(store, candidate) {
    const { digest, size } = yield* hashOpenFile(candidate.descriptor, store.name);
    checkUnchanged(candidate, size);
    const target = targetOf(store, digest);
    if ((yield* lookFor(store, target, { digest, size })) === 'present') return presentAlready(store, candidate, digest);
    store.disk.chmod(candidate.path, OBJECT_MODE);
    store.disk.rename(candidate.path, target);
    return { digest, size, how: 'moved' };
  },
  *hardlink(store, candidate) {
    const { digest, size } = yield* hashOpenFile(candidate.descriptor, store.name);
    checkUnchanged(candidate, size);
    const target = targetOf(store, digest);
    if ((yield* lookFor(store, target, { digest, size })) === 'present') return presentAlready(store, candidate, digest);
    putLink(store.disk, candidate.path, target);
    return { digest, size, how: 'linked' };
  },
  // The clone is hashed, not the file: nobody changes the clone.
  *reflink(store, candidate) {
    const temporary = temporaryPath(store.folder);
    store.disk.link(candidate.path, temporary, 'reflink');
    return yield* adopt(store, candidate, { temporary, how: 'linked', fill: function* () {
      const digest = yield* hashContent(temporary, store.name);
      store.disk.chmod(temporary, OBJECT_MODE);
      return { digest, size: candidate.before.size };
    } });
  },
};

/** A link is whole as soon as it is there, so it needs no temporary name, unless a wrong object (or another thread's) is there already. */
function putLink(disk: Disk, path: string, target: string): void {
  try {
    disk.link(path, target, 'hardlink');
    disk.chmod(target, OBJECT_MODE);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    const temporary = temporaryPath(dirname(target));
    disk.link(path, temporary, 'hardlink');
    disk.chmod(temporary, OBJECT_MODE);
    disk.rename(temporary, target);
    // A rename between two names of one file does nothing.
    disk.remove(temporary);
  }
}

const held = createArena();

function* copySmall(store: Store, candidate: Candidate): Steps<StoredFile> {
  const bytes = readSmall(candidate.descriptor, held);
  checkUnchanged(candidate, bytes.byteLength);
  const digest = hashBytes(store.name, bytes);
  const target = targetOf(store, digest);
  const size = bytes.byteLength;
  yield size;
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
      return yield* hashOpenFile(candidate.descriptor, store.name, (bytes) => file.write(bytes));
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

/** Whether the object is there. One that DVC would not trust, or of another size, is hashed; two sizes may share a digest of md5-dos2unix. */
function* lookFor(store: Store, target: string, { digest, size }: { readonly digest: string; readonly size: number }): Steps<'present' | 'absent' | 'wrong'> {
  if (isNewIn(store, target)) return 'absent';
  const found = statFile(target);
  if (found === undefined) return 'absent';
  if (found.kind !== 'file') return 'wrong';
  if (found.size === size && found.mode === OBJECT_MODE) return 'present';
  if (store.name === 'md5' && found.size !== size) return 'wrong';
  if ((yield* hashContent(target, store.name)) !== digest) return 'wrong';
  store.disk.chmod(target, OBJECT_MODE);
  return 'present';
}

function targetOf(store: Store, digest: string): string {
  const folder = join(store.folder, digest.slice(0, 2));
  if (!store.folders.has(folder)) {
    const isNew = statFile(folder) === undefined;
    store.disk.makeFolder(folder, store.shared ? 0o2775 : undefined);
    store.folders.set(folder, isNew ? new Set() : undefined);
  }
  return join(folder, digest.slice(2));
}

/** True for an object that cannot be there, because its folder was made by us and it was not looked for before: asking ext4 for a name that is not there costs 8 us. */
function isNewIn(store: Store, target: string): boolean {
  const known = store.folders.get(dirname(target));
  if (known === undefined || known.has(target)) return false;
  known.add(target);
  return true;
}

function checkUnchanged({ path, descriptor, before }: Candidate, size: number): void {
  const after = fs.fstatSync(descriptor);
  if (size !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw changed(path);
}

function changed(path: string): TowlineError {
  return new TowlineError('PRECONDITION_FAILED', `'${path}' was changed while it was being added`, { hint: 'Wait until the program that writes it is done, then try again.', context: { path } });
}
