import * as fs from 'node:fs';
import { TowlineError } from '../errors.ts';
import { diskError } from './errors.ts';
import { isFile, isFolder, isLink, type Look, type LookAt } from './look.ts';
import { compareCodePoints } from './names.ts';
import { quickestLook } from './quick-look.ts';
import { listNames } from './read.ts';
import { createRowsBuilder, type FileRows, type RowsWithMode } from './scan-rows.ts';
import { noteScan, noteUnknown } from './watch.ts';

export type { FileRows };

/** The files below a folder, as columns: row i of each belongs to `names.at(i)`. In the order of their names by code point, which is that of a tree: nobody has to sort a million of them. Names are relative to the folder, '/'-separated. */
export interface Scan extends RowsWithMode {
  /** The rows that are symbolic links to files. */
  readonly links: ReadonlySet<number>;
  /** Linked folders. DVC passes over them without a word, so they are no part of a tree; named here so that a caller can say so. */
  readonly linkedFolders: readonly string[];
}

/** False passes over the file, or the folder and all in it. */
export type Enter = (name: string, isFolder: boolean) => boolean;

/** What was found out of parts of an earlier scan: that they are as they were. */
export interface Confirmed {
  /** The rows below a folder, `[from, to)`, where all of them are. */
  rowsIn(folder: string): { readonly from: number; readonly to: number } | undefined;
  /** Of each row of the earlier scan that is below such a folder. */
  readonly mode: Uint32Array;
}

export interface ScanOptions {
  /** Says for a folder, '' or 'sub/folder', which of its names count. Default: all. */
  readonly within?: (folder: string, names: readonly string[]) => Enter;
  /** An earlier scan of the same folder. When all is still as it was then, the columns that come back are these and no others. */
  readonly known?: FileRows | undefined;
  /** Parts of `known` that nobody has to look at again. */
  readonly confirmed?: Confirmed | undefined;
  /** Default: the quickest there is. */
  readonly look?: LookAt;
}

/** Walks a folder. Links to files count as the files; a link that leads nowhere, a socket, a pipe or a device is an error. */
export function scan(folder: string, { within = () => () => true, known, confirmed, look = quickestLook(folder) }: ScanOptions = {}): Scan {
  noteScan(folder);
  // Other threads have listed its folders.
  if (confirmed !== undefined) noteUnknown();
  const rows = createRowsBuilder(known, confirmed?.mode);
  const links = new Set<number>();
  let count = 0;
  const keep = (relpath: string): boolean => {
    const found = confirmed?.rowsIn(relpath);
    if (!found) return false;
    rows.keep(found.from, found.to);
    count += found.to - found.from;
    return true;
  };
  const add: Walk['add'] = (name, found, isLinked = false) => {
    rows.add(name, found);
    if (isLinked) links.add(count);
    count += 1;
  };
  const linkedFolders = walk(folder, '', { within, look, keep, add });
  return { ...rows.build(), links, linkedFolders };
}

export interface Walk {
  readonly within: (folder: string, names: readonly string[]) => Enter;
  readonly look: LookAt;
  /** Says that nobody need enter a folder. */
  readonly keep: (folder: string) => boolean;
  /** `isLinked`: a link leads to what was found. */
  readonly add: (name: string, found: Look, isLinked?: boolean) => void;
}

/** Gives the files below `folder`, or those of `below` in it, in the order of a tree; gives back the linked folders. */
export function walk(folder: string, below: string, { within, look, keep, add }: Walk): readonly string[] {
  const linkedFolders: string[] = [];
  const visit = (relpath: string): void => {
    if (keep(relpath)) return;
    const names = listNames(relpath === '' ? folder : `${folder}/${relpath}`);
    const enter = within(relpath, names);
    const prefix = relpath === '' ? '' : `${relpath}/`;
    /** Folders that come after names which begin like theirs: 'a-b' and 'a.txt' are before what is in 'a/'. */
    const waiting: string[] = [];
    for (const name of inCodePointOrder(names)) {
      for (let last = waiting.at(-1); last !== undefined && !isBeforeFilesOf(last, name); last = waiting.at(-1)) {
        waiting.pop();
        visit(prefix + last);
      }
      const path = `${folder}/${prefix}${name}`;
      const found = lookAt(path, look);
      if (!enter(name, found !== undefined && isFolder(found))) continue;
      if (found === undefined) throw new TowlineError('NOT_FOUND', `'${path}' vanished while its folder was read`, { retryable: true, context: { path } });
      if (isFolder(found)) waiting.push(name);
      else if (isFile(found)) add(prefix + name, found);
      else if (!isLink(found)) throw notAFile(path);
      else {
        const target = follow(path);
        if (isFolder(target)) linkedFolders.push(prefix + name);
        else if (isFile(target)) add(prefix + name, target, true);
        else throw notAFile(path);
      }
    }
    for (let last = waiting.pop(); last !== undefined; last = waiting.pop()) visit(prefix + last);
  };
  visit(below);
  return linkedFolders;
}

/** A folder comes where its files do: as if its name ended with '/'. */
const isBeforeFilesOf = (folder: string, name: string): boolean => name.startsWith(folder) && name.charCodeAt(folder.length) < SLASH;
const SLASH = 0x2f;

function inCodePointOrder(names: string[]): readonly string[] {
  // Without a function the order is that of UTF-16 units, which is the same for nearly all names and takes a tenth of the time.
  return names.some((name) => HIGH.test(name)) ? names.sort(compareCodePoints) : names.sort();
}
const HIGH = /[\ud800-\uffff]/;

function lookAt(path: string, look: LookAt): Look | undefined {
  try {
    return look(path);
  } catch (error) {
    throw diskError(error, 'look at', path);
  }
}

function follow(path: string): Look {
  const found = lookAt(path, (link) => fs.statSync(link, { throwIfNoEntry: false }));
  if (found !== undefined) return found;
  throw new TowlineError('NOT_FOUND', `'${path}' is a symbolic link that leads nowhere`, { hint: 'Remove the link, or bring back what it points to.', context: { path } });
}

function notAFile(path: string): TowlineError {
  return new TowlineError('UNSUPPORTED', `'${path}' is neither a file nor a folder (a socket, a pipe or a device)`, { hint: 'Move it elsewhere or list it in .dvcignore.', context: { path } });
}
