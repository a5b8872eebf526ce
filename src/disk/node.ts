import * as fs from 'node:fs';
import type { CreateOptions, Disk, FileLink, OpenFile } from './disk.ts';
import { diskError, systemCode, worded } from './errors.ts';
import { moveOver } from './move-over.ts';
import { noteUnknown } from './watch.ts';

/** The files of this machine. Synchronous: for many small files that costs a third to an eighth of the CPU of promises. */
export const nodeDisk: Disk = {
  create: (path, options = {}) => changed('create', path, () => openForWriting(path, options)),
  rename: (from, to) => changed('move a file to', to, () => moveOver(from, to)),
  link: (from, to, how) => changed(`make a ${how} at`, to, () => LINKS[how](from, to)),
  chmod: (path, mode) => changed('change the mode of', path, () => setMode(() => fs.chmodSync(path, mode))),
  makeFolder: (path, mode) => changed('make the folder', path, () => makeFolder(path, mode)),
  remove: (path) => changed('remove', path, () => remove(path)),
  syncFolder: (path) => worded('save the folder', path, () => syncFolder(path)),
  settleFolder: (path) => settleFolder(path),
};

/** A change, after which what was read before is no longer all there is to know. */
function changed<T>(action: string, path: string, act: () => T): T {
  noteUnknown();
  return worded(action, path, act);
}

const LINKS: Readonly<Record<FileLink, (from: string, to: string) => void>> = {
  reflink: (from, to) => fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE_FORCE),
  hardlink: fs.linkSync,
  symlink: (from, to) => fs.symlinkSync(from, to),
};

function openForWriting(path: string, { mode, reopen = false }: CreateOptions): OpenFile {
  // Writable until closed: on SMB and some NFS servers a file born read-only cannot be written by its own maker.
  const descriptor = fs.openSync(path, reopen ? fs.constants.O_CREAT | fs.constants.O_RDWR : 'wx', (mode ?? 0o666) | 0o200);
  return {
    write: (bytes, position) => worded('write', path, () => writeAll(descriptor, bytes, position)),
    resize: (size) => worded('resize', path, () => fs.ftruncateSync(descriptor, size)),
    sync: () => worded('save', path, () => fs.fsyncSync(descriptor)),
    settle: () => settle(descriptor, path),
    close: () => {
      try {
        if (mode !== undefined) setMode(() => fs.fchmodSync(descriptor, mode));
      } catch (error) {
        throw diskError(error, 'change the mode of', path);
      } finally {
        worded('close', path, () => fs.closeSync(descriptor));
      }
    },
  };
}

function settle(descriptor: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(descriptor, (error) => {
      if (error === null) resolve();
      else reject(diskError(error, 'save', path));
    });
  });
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number | undefined): void {
  for (let done = 0; done < bytes.byteLength; ) {
    done += fs.writeSync(descriptor, bytes, done, bytes.byteLength - done, position === undefined ? null : position + done);
  }
}

/** A drive without modes (SMB, FAT) refuses, and so does a file of another in a shared cache; DVC goes on there, and so do we. */
function setMode(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EINVAL'].includes(systemCode(error) ?? '')) throw error;
  }
}

function makeFolder(path: string, mode: number | undefined): void {
  try {
    fs.mkdirSync(path);
    if (mode !== undefined) setMode(() => fs.chmodSync(path, mode));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST' || !fs.statSync(path).isDirectory()) throw error;
  }
}

function remove(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return;
    // Linux says EISDIR for a folder, macOS and Windows EPERM.
    if ((code !== 'EISDIR' && code !== 'EPERM') || !fs.lstatSync(path).isDirectory()) throw error;
    fs.rmdirSync(path);
  }
}

function syncFolder(path: string): void {
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } catch (error) {
    if (!isUnsaveable(error)) throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

async function settleFolder(path: string): Promise<void> {
  const descriptor = worded('save the folder', path, () => fs.openSync(path, 'r'));
  try {
    await settle(descriptor, path);
  } catch (error) {
    if (!isUnsaveable(error)) throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Windows and some network drives cannot save a folder by itself; they save the names with the file. */
const isUnsaveable = (error: unknown): boolean => ['EPERM', 'EINVAL', 'ENOTSUP', 'EBADF', 'EISDIR'].includes(systemCode(error) ?? '');
