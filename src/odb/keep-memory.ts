import { dirname } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { systemCode } from '../disk/errors.ts';
import { makeFolders } from '../disk/folders.ts';
import { replaceFile } from '../disk/replace.ts';

/** The repository may only be read, or the disk is full. */
const CANNOT = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'];

/** Keeps what only spares time the next time: no command fails because it cannot be kept. */
export function keepMemory(disk: Disk, file: string, content: string | Uint8Array): void {
  try {
    makeFolders(disk, dirname(file));
    replaceFile(disk, file, content, { durable: false });
  } catch (error) {
    if (!CANNOT.includes(systemCode(error) ?? '')) throw error;
  }
}
