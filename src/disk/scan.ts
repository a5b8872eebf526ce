import * as fs from 'node:fs';
import { TowlineError } from '../errors.ts';
import { diskError } from './errors.ts';
import { type FolderEntry, listFolder } from './read.ts';

/** The files below a folder, as columns: row i of each belongs to `names[i]`. In the order the file system keeps them. */
export interface Scan {
  /** Relative to the folder, '/'-separated. */
  readonly names: readonly string[];
  readonly size: Float64Array;
  readonly mtimeMs: Float64Array;
  readonly inode: Float64Array;
  /** Permission bits. */
  readonly mode: Uint32Array;
  /** Linked folders. DVC passes over them without a word, so they are no part of a tree; named here so that a caller can say so. */
  readonly linkedFolders: readonly string[];
}
export interface ScanOptions {
  /** False passes over the file, or the folder and all in it. */
  readonly enter?: (relpath: string, isFolder: boolean) => boolean;
}

/** Walks a folder. Links to files count as the files; a link that leads nowhere, a socket, a pipe or a device is an error. */
export function scan(folder: string, { enter = () => true }: ScanOptions = {}): Scan {
  const names: string[] = [];
  const numbers: number[] = [];
  const linkedFolders: string[] = [];
  const visit = (prefix: string): void => {
    const folders: string[] = [];
    for (const entry of listFolder(prefix === '' ? folder : `${folder}/${prefix}`)) {
      const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (!enter(name, entry.kind === 'folder')) continue;
      if (entry.kind === 'folder') {
        folders.push(name);
        continue;
      }
      const found = lookAt(`${folder}/${name}`, entry.kind);
      if (found.isDirectory()) linkedFolders.push(name);
      else if (found.isFile()) {
        names.push(name);
        numbers.push(found.size, found.mtimeMs, found.ino, found.mode & 0o7777);
      } else throw notAFile(`${folder}/${name}`);
    }
    for (const name of folders) visit(name);
  };
  visit('');
  return { names, ...columnsOf(numbers), linkedFolders };
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

function columnsOf(numbers: readonly number[]): Pick<Scan, 'size' | 'mtimeMs' | 'inode' | 'mode'> {
  const count = numbers.length / 4;
  const size = new Float64Array(count);
  const mtimeMs = new Float64Array(count);
  const inode = new Float64Array(count);
  const mode = new Uint32Array(count);
  for (let row = 0; row < count; row += 1) {
    size[row] = numbers[row * 4] ?? 0;
    mtimeMs[row] = numbers[row * 4 + 1] ?? 0;
    inode[row] = numbers[row * 4 + 2] ?? 0;
    mode[row] = numbers[row * 4 + 3] ?? 0;
  }
  return { size, mtimeMs, inode, mode };
}
