import { dirname, join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { makeFolders } from '../disk/folders.ts';
import { listFolder, statFile } from '../disk/read.ts';
import { isTemporaryName } from '../disk/temporary.ts';
import { openFolder } from '../odb/open.ts';
import type { CallOptions } from '../storage/call.ts';
import type { Opening } from '../storage/definition.ts';
import { fromFile } from '../storage/file-source.ts';
import { parsePath } from '../storage/path.ts';
import type { Journal } from '../storage/transfer/journal.ts';
import { transfer } from '../storage/transfer/transfer.ts';
import type { Pod } from './pod.ts';
import { type Spool, writeSource } from './write-source.ts';

/** Where large states gather under names that another process finds again. */
export interface Downloads { readonly folder: string; readonly opening: Opening; readonly journal: Journal }

/** A smaller one is fetched anew sooner than it is noted. */
const LARGE = 64 << 20;
const KEPT_MS = 7 * 86_400_000;

/** The state of a pod as a file of ours, verified. A large one goes on where an earlier process stopped, in several ranges at once. */
export async function fetchState({ about, state }: Pod, { disk, folder, downloads, ...call }: CallOptions & { readonly disk: Disk; readonly folder: string; readonly downloads?: Downloads | undefined }): Promise<Spool> {
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(about.digest ?? '')?.[1];
  const { size = 0 } = state;
  if (downloads === undefined || sha256 === undefined || size <= LARGE) return await writeSource(state, { disk, folder, sha256, ...call });
  makeFolders(disk, dirname(downloads.folder));
  disk.makeFolder(downloads.folder, 0o700);
  sweep(disk, downloads);
  const to = parsePath(`${sha256}.zip`);
  const storage = await openFolder(downloads.folder, downloads.opening, { isShared: false, links: [] });
  const path = join(downloads.folder, to);
  for await (const { error } of transfer(storage, [{ source: state, to, expected: { name: 'sha256', value: sha256 } }], { ...call, journal: downloads.journal, partThreshold: LARGE, wait: downloads.opening.wait })) if (error) throw error;
  return { zip: fromFile(path, size), dispose: () => { disk.remove(path); } };
}

/** What nobody came back for in a week goes. */
function sweep(disk: Disk, { folder, opening }: Downloads): void {
  for (const { name } of listFolder(folder)) {
    const path = join(folder, name);
    if ((isTemporaryName(name) || /^[0-9a-f]{64}\.zip$/.test(name)) && (statFile(path)?.mtimeMs ?? Infinity) < opening.now() - KEPT_MS) disk.remove(path);
  }
}
