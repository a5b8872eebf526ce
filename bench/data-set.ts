import { randomFillSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is moved: many small files in folders, and some large ones. */
export interface DataSet { readonly smallFiles: number; readonly folders: number; readonly largeFiles: number; readonly largeMiB: number }

export const WHOLE: DataSet = { smallFiles: 10_000, folders: 100, largeFiles: 20, largeMiB: 64 };
/** Enough to see that the benchmark itself is right. */
export const SMALL: DataSet = { smallFiles: 2000, folders: 20, largeFiles: 4, largeMiB: 16 };

/** What is moved to servers far away: small files only, so that the way counts and not the bytes. */
export const FAR: DataSet = { smallFiles: 5000, folders: 50, largeFiles: 0, largeMiB: 0 };
export const SMALL_FAR: DataSet = { ...FAR, smallFiles: 500, folders: 5 };

const SMALL_BYTES = 4096;
const MIB = 1 << 20;

export const describeSet = ({ smallFiles, folders, largeFiles, largeMiB }: DataSet): string => `${smallFiles} files of 4 KiB in ${folders} folders${largeFiles > 0 ? ` and ${largeFiles} of ${largeMiB} MiB` : ''}`;

/** Writes the set; no two files are equal, and none can be compressed. */
export function makeDataSet(folder: string, set: DataSet): void {
  const perFolder = set.smallFiles / set.folders;
  for (let index = 0; index < set.folders; index += 1) {
    const below = join(folder, 'small', String(index).padStart(3, '0'));
    mkdirSync(below, { recursive: true });
    const bytes = randomFillSync(Buffer.alloc(SMALL_BYTES * perFolder));
    for (let file = 0; file < perFolder; file += 1) writeFileSync(join(below, String(file).padStart(4, '0')), bytes.subarray(file * SMALL_BYTES, (file + 1) * SMALL_BYTES));
  }
  if (set.largeFiles === 0) return;
  mkdirSync(join(folder, 'large'));
  const bytes = Buffer.alloc(set.largeMiB * MIB);
  for (let index = 0; index < set.largeFiles; index += 1) writeFileSync(join(folder, 'large', String(index)), randomFillSync(bytes));
}
