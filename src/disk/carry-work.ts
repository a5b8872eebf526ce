import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { TowlineError } from '../errors.ts';
import { type Steps, WAITS, type Work } from './batch.ts';
import type { BatchHasher } from './batch-hasher.ts';
import type { Disk, OpenFile } from './disk.ts';
import { diskError } from './errors.ts';
import { makeFolders } from './folders.ts';
import { hashContent, hashOpenFile, openForReading } from './hash-content.ts';
import type { FileHash } from './hasher.ts';
import { CLONE_FROM, isUnsupportedLink } from './link-types.ts';
import { exists } from './read.ts';
import { temporaryPath } from './temporary.ts';

/** Brings a copy of the file `from` to the name `to`, if its content has the digest, and the size where that is known. */
export interface CarryJob {
  readonly from: string;
  readonly to: string;
  readonly digest: string;
  readonly size?: number | undefined;
}
/** How files are kept where they come to. */
export interface CarryRules {
  readonly name: FileHash;
  readonly mode: number;
  /** Others of the group may write: folders get mode 02775. */
  readonly isShared: boolean;
  /** A file of so many bytes or more is on the medium before it gets its name. */
  readonly syncFrom: number;
  /** Reflinks are tried. */
  readonly isCloned: boolean;
}
interface Carrying extends CarryRules {
  readonly disk: Disk;
  readonly hasher: BatchHasher;
  /** Known to be there. */
  readonly folders: Set<string>;
  /** The file system makes no reflinks. */
  isRefused: boolean;
}
/** A job whose file is open. */
interface Opened extends CarryJob {
  readonly descriptor: number;
  readonly size: number;
}

/** Copies one file after the other, reading each once: it is hashed and written from the same memory. Gives the bytes of each. */
export const carryWork: Work<CarryRules, CarryJob, number> = (disk, rules, hasher) => {
  const carrying: Carrying = { ...rules, disk, hasher, folders: new Set(), isRefused: false };
  return (job) => carryFile(carrying, job);
};

function* carryFile(carrying: Carrying, job: CarryJob): Steps<number> {
  const descriptor = openForReading(job.from);
  try {
    const { size } = fs.fstatSync(descriptor);
    if (job.size !== undefined && job.size !== size) throw corrupt(job, `${size} bytes instead of ${job.size}`);
    const opened = { ...job, descriptor, size };
    const isCloned = carrying.isCloned && !carrying.isRefused && size >= CLONE_FROM && (yield* clone(carrying, opened));
    if (!isCloned) yield* (carrying.name === 'md5' && size <= carrying.hasher.most ? copySmall : copyLarge)(carrying, opened);
    return size;
  } catch (error) {
    throw diskError(error, 'read', job.from);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** False where the file system makes none. The clone is hashed, not the file: nobody changes the clone. */
function* clone(carrying: Carrying, opened: Opened): Steps<boolean> {
  const { disk, name, mode } = carrying;
  try {
    yield* reveal(carrying, opened, function* (temporary) {
      disk.link(opened.from, temporary, 'reflink');
      requireDigest(opened, yield* hashContent(temporary, name, { hasher: carrying.hasher }));
      disk.chmod(temporary, mode);
    });
    return true;
  } catch (error) {
    if (!isUnsupportedLink(error)) throw error;
    carrying.isRefused = true;
    return false;
  }
}

/** Nothing is written of a small file that is not what it should be. */
function* copySmall(carrying: Carrying, opened: Opened): Steps<void> {
  const { hasher } = carrying;
  const count = hasher.read(opened.descriptor, opened.size);
  const bytes = hasher.bytes(count);
  const taken = hasher.take(count);
  if (hasher.waits) yield WAITS;
  requireDigest(opened, hasher.digestOf(taken));
  yield* copy(carrying, opened, function* (file) {
    file.write(bytes);
    yield count;
  });
}

function* copyLarge(carrying: Carrying, opened: Opened): Steps<void> {
  yield* copy(carrying, opened, function* (file) {
    const { digest } = yield* hashOpenFile(opened.descriptor, carrying.name, { hasher: carrying.hasher, size: opened.size, write: (bytes) => { file.write(bytes); } });
    requireDigest(opened, digest);
  });
}

function* copy(carrying: Carrying, opened: Opened, pour: (file: OpenFile) => Steps<void>): Steps<void> {
  const { disk, mode, syncFrom } = carrying;
  yield* reveal(carrying, opened, function* (temporary) {
    const file = disk.create(temporary, { mode });
    try {
      yield* pour(file);
      if (opened.size >= syncFrom) file.sync();
    } finally {
      file.close();
    }
  });
}

/** Gives what `make` makes under another name its own. */
function* reveal({ disk, isShared, syncFrom, folders }: Carrying, { to, size }: Opened, make: (temporary: string) => Steps<void>): Steps<void> {
  const folder = dirname(to);
  if (!folders.has(folder)) makeFolders(disk, folder, isShared ? 0o2775 : undefined);
  folders.add(folder);
  const temporary = temporaryPath(folder);
  let isRevealed = false;
  try {
    yield* make(temporary);
    disk.rename(temporary, to);
    isRevealed = true;
    if (size >= syncFrom) disk.syncFolder(folder);
  } finally {
    if (!isRevealed && exists(temporary)) disk.remove(temporary);
  }
}

function requireDigest(job: CarryJob, found: string): void {
  if (found !== job.digest) throw corrupt(job, `the digest ${found} instead of ${job.digest}`);
}

const corrupt = ({ from }: CarryJob, found: string): TowlineError => new TowlineError('CORRUPT', `'${from}' has ${found}`, { context: { path: from } });
