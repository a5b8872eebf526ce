import * as fs from 'node:fs';
import { TowlineError } from '../errors.ts';
import { diskError, systemCode, worded } from './errors.ts';
import { isFile, type LookAt, plainLook } from './look.ts';
import { quickestLook } from './quick-look.ts';
import { noteRead, noteUnknown } from './watch.ts';

export type FileKind = 'file' | 'folder' | 'link' | 'other';

/** What the file system says about one name. */
export interface FileInfo {
  readonly kind: FileKind;
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
  readonly device: number;
  /** Permission bits only. */
  readonly mode: number;
  /** How many names the file has. */
  readonly links: number;
}
export interface FolderEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** The whole file, or undefined when it is absent. For files that are small by their nature. */
export function readFile(path: string): Uint8Array | undefined {
  return looked('read', path, () => fs.readFileSync(path));
}

/** The whole file into memory that is there already: how many bytes it has. Undefined where it cannot be read, for whatever reason, or leaves no byte to spare. */
export function readInto(path: string, into: Uint8Array): number | undefined {
  noteUnknown();
  try {
    const descriptor = fs.openSync(path, 'r');
    try {
      const count = fs.readSync(descriptor, into, 0, into.byteLength, 0);
      return count < into.byteLength ? count : undefined;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** The same, in memory that threads can share, where the file has `from` bytes and more. */
export function readFileShared(path: string, from: number): Uint8Array | undefined {
  const size = followFile(path)?.size ?? 0;
  if (size < from) return readFile(path);
  return looked('read', path, () => {
    const descriptor = fs.openSync(path, 'r');
    try {
      const bytes = new Uint8Array(new SharedArrayBuffer(size));
      let at = 0;
      for (let count = -1; at < size && count !== 0; at += count) count = fs.readSync(descriptor, bytes, at, size - at, at);
      return bytes.subarray(0, at);
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/** The whole file as text, or undefined when it is absent. Bytes that are no UTF-8 are an error: writing them back would lose them. */
export function readText(path: string): string | undefined {
  // Asked first, because the exception for a file that is not there costs ten times as much: every folder is asked for its ignore file.
  const bytes = followFile(path) === undefined ? undefined : readFile(path);
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new TowlineError('CORRUPT', `'${path}' is not UTF-8 text`, { cause, hint: 'Save it as UTF-8 and try again.', context: { path } });
  }
}

/** The same of a file that a user or the machine may have: none where its folder may not be entered, as DVC and Git take it when the home is another's (a container that runs as somebody else). */
export function readTextIfReached(path: string): string | undefined {
  noteRead(path);
  try {
    fs.statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) === 'EACCES') return undefined;
  }
  return readText(path);
}

/** The name itself, a link not followed; undefined when it is absent. */
export function statFile(path: string): FileInfo | undefined {
  return looked('look at', path, () => describeIfThere(fs.lstatSync(path, { throwIfNoEntry: false })));
}

/** The size of a file, links not followed; undefined when there is no file. */
export function sizeOfFile(path: string): number | undefined {
  return sizeBy(plainLook, path);
}

/** The same for who asks ten thousand times, of files below `folder`. */
export function sizesBelow(folder: string): (path: string) => number | undefined {
  const look = quickestLook(folder);
  return (path) => sizeBy(look, path);
}

function sizeBy(look: LookAt, path: string): number | undefined {
  noteRead(path);
  try {
    const found = look(path);
    return found !== undefined && isFile(found) ? found.size : undefined;
  } catch (error) {
    throw diskError(error, 'look at', path);
  }
}

/** When a folder last changed, by both its times and its inode: a program that sets one of the times cannot set the other. Undefined when there is no folder. */
export function timesOfFolder(path: string): Pick<fs.Stats, 'mtimeMs' | 'ctimeMs'> & { readonly inode: number } | undefined {
  const stats = listed('look at', path, () => fs.statSync(path, { throwIfNoEntry: false }));
  return stats?.isDirectory() === true ? { mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, inode: stats.ino } : undefined;
}

/** What the name leads to; undefined when that is absent. */
export function followFile(path: string): FileInfo | undefined {
  return looked('look at', path, () => describeIfThere(fs.statSync(path, { throwIfNoEntry: false })));
}

/** True when the name is there, even as a link that leads nowhere. */
export function exists(path: string): boolean {
  return statFile(path) !== undefined;
}

/** The path without links, or undefined when it is absent. */
export function realPath(path: string): string | undefined {
  return looked('resolve', path, () => fs.realpathSync(path));
}

/** The text of a link, or undefined when there is no link. */
export function readLink(path: string): string | undefined {
  if (statFile(path)?.kind !== 'link') return undefined;
  return looked('read the link', path, () => fs.readlinkSync(path));
}

/** The names in a folder, in the order the file system keeps them; none when it is absent. */
export function listFolder(path: string): FolderEntry[] {
  const entries = listed('list', path, () => fs.readdirSync(path, { withFileTypes: true })) ?? [];
  return entries.map((entry) => {
    if (entry.name.includes('\ufffd')) checkEncoding(path);
    return { name: entry.name, kind: kindOf(entry) };
  });
}

/** The same names alone, for who looks at each anyway: two fifths of the time. */
export function listNames(path: string): string[] {
  const names = listed('list', path, () => fs.readdirSync(path)) ?? [];
  if (names.some((name) => name.includes('\ufffd'))) checkEncoding(path);
  return names;
}

/** Node puts U+FFFD for bytes that are no UTF-8, and the file could not be opened by that name. */
function checkEncoding(folder: string): void {
  for (const bytes of fs.readdirSync(folder, { encoding: 'buffer' })) {
    if (Buffer.from(bytes.toString('utf8')).equals(bytes)) continue;
    throw new TowlineError('INVALID_ARGUMENT', `'${folder}' holds a name that is not UTF-8: '${bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '?')}'`, {
      hint: 'Rename the file (for example with convmv) and try again.',
      context: { path: folder },
    });
  }
}

const describeIfThere = (stats: fs.Stats | undefined): FileInfo | undefined => (stats === undefined ? undefined : describe(stats));

/** The answer of stat in our words. */
export function describe(stats: fs.Stats): FileInfo {
  const { size, mtimeMs, ino: inode, dev: device, nlink: links } = stats;
  return { kind: kindOf(stats), size, mtimeMs, inode, device, mode: stats.mode & 0o7777, links };
}

function kindOf(entry: Pick<fs.Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

/** One look at the disk, which a watch takes note of. */
function looked<T>(action: string, path: string, act: () => T): T | undefined {
  noteRead(path);
  return worded(action, path, () => absentAsUndefined(act));
}

/** One look at what lies in a folder, or at its times. */
function listed<T>(action: string, path: string, act: () => T): T | undefined {
  noteRead(path, true);
  return worded(action, path, () => absentAsUndefined(act));
}

/** `throwIfNoEntry` spares an exception for each absent name, but still throws for one below a file. */
function absentAsUndefined<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
