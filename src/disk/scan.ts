import * as fs from 'node:fs';
import { TowlineError } from '../errors.ts';
import { diskError } from './errors.ts';
import { compareCodePoints, createNamesBuilder, type Names } from './names.ts';
import { type FolderEntry, listFolder } from './read.ts';

/** The files below a folder, as columns: row i of each belongs to `names.at(i)`. In the order of their names by code point, which is that of a tree: nobody has to sort a million of them. */
export interface Scan {
  /** Relative to the folder, '/'-separated. */
  readonly names: Names;
  readonly size: Float64Array;
  readonly mtimeMs: Float64Array;
  readonly inode: Float64Array;
  /** Permission bits. */
  readonly mode: Uint32Array;
  /** The rows that are symbolic links to files. */
  readonly links: ReadonlySet<number>;
  /** Linked folders. DVC passes over them without a word, so they are no part of a tree; named here so that a caller can say so. */
  readonly linkedFolders: readonly string[];
}
export interface ScanOptions {
  /** False passes over the file, or the folder and all in it. */
  readonly enter?: (relpath: string, isFolder: boolean) => boolean;
}

/** Walks a folder. Links to files count as the files; a link that leads nowhere, a socket, a pipe or a device is an error. */
export function scan(folder: string, { enter = () => true }: ScanOptions = {}): Scan {
  const names = createNamesBuilder();
  const columns = createColumns();
  const links = new Set<number>();
  const linkedFolders: string[] = [];
  const visit = (prefix: string): void => {
    for (const entry of inTreeOrder(listFolder(prefix === '' ? folder : `${folder}/${prefix}`))) {
      const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (!enter(name, entry.kind === 'folder')) continue;
      if (entry.kind === 'folder') {
        visit(name);
        continue;
      }
      const found = lookAt(`${folder}/${name}`, entry.kind);
      if (found.isDirectory()) linkedFolders.push(name);
      else if (found.isFile()) {
        names.add(name);
        const row = columns.add(found);
        if (entry.kind === 'link') links.add(row);
      } else throw notAFile(`${folder}/${name}`);
    }
  };
  visit('');
  return { names: names.build(), ...columns.build(), links, linkedFolders };
}

/** A folder comes where its files do: as if its name ended with '/'. */
function inTreeOrder(entries: FolderEntry[]): readonly FolderEntry[] {
  const keyOf = ({ name, kind }: FolderEntry): string => (kind === 'folder' ? `${name}/` : name);
  return entries.sort((a, b) => compareCodePoints(keyOf(a), keyOf(b)));
}

function lookAt(path: string, kind: FolderEntry['kind']): fs.Stats {
  let found: fs.Stats | undefined;
  try {
    found = kind === 'link' ? fs.statSync(path, { throwIfNoEntry: false }) : fs.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw diskError(error, 'look at', path);
  }
  if (found !== undefined) return found;
  if (kind !== 'link') throw new TowlineError('NOT_FOUND', `'${path}' vanished while its folder was read`, { retryable: true, context: { path } });
  throw new TowlineError('NOT_FOUND', `'${path}' is a symbolic link that leads nowhere`, { hint: 'Remove the link, or bring back what it points to.', context: { path } });
}

function notAFile(path: string): TowlineError {
  return new TowlineError('UNSUPPORTED', `'${path}' is neither a file nor a folder (a socket, a pipe or a device)`, { hint: 'Move it elsewhere or list it in .dvcignore.', context: { path } });
}

/** Gathers rows in arrays that grow by doubling; what is not used of the last half never becomes memory of the machine. */
function createColumns(): { readonly add: (found: fs.Stats) => number; readonly build: () => Pick<Scan, 'size' | 'mtimeMs' | 'inode' | 'mode'> } {
  let columns = { size: new Float64Array(64), mtimeMs: new Float64Array(64), inode: new Float64Array(64), mode: new Uint32Array(64) };
  let count = 0;
  const grow = (): void => {
    const { size, mtimeMs, inode, mode } = columns;
    columns = { size: new Float64Array(count * 2), mtimeMs: new Float64Array(count * 2), inode: new Float64Array(count * 2), mode: new Uint32Array(count * 2) };
    columns.size.set(size);
    columns.mtimeMs.set(mtimeMs);
    columns.inode.set(inode);
    columns.mode.set(mode);
  };
  return {
    add({ size, mtimeMs, ino, mode }) {
      if (count === columns.size.length) grow();
      columns.size[count] = size;
      columns.mtimeMs[count] = mtimeMs;
      columns.inode[count] = ino;
      columns.mode[count] = mode & 0o7777;
      return count++;
    },
    build: () => ({ size: columns.size.subarray(0, count), mtimeMs: columns.mtimeMs.subarray(0, count), inode: columns.inode.subarray(0, count), mode: columns.mode.subarray(0, count) }),
  };
}
