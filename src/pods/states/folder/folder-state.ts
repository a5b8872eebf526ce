import type { Disk } from '../../../disk/disk.ts';
import { followFile } from '../../../disk/read.ts';
import { temporaryPath } from '../../../disk/temporary.ts';
import { openRange } from '../../../disk/open-range.ts';
import { TowlineError } from '../../../errors.ts';
import { createZipWriter } from '../../../storage/archive/zip-writer.ts';
import { createMembers } from '../../../storage/archive/members.ts';
import { limitsFor } from '../../../storage/archive/unpack.ts';
import { throwIfAborted } from '../../../storage/call.ts';
import { fromBytes } from '../../../storage/source.ts';
import type { StateHolder, TakenState, TakeOptions } from '../../state.ts';
import { openZip } from '../../../storage/archive/open-zip.ts';
import { checkState } from '../zip/check-state.ts';
import { takenFrom, type StatePlace } from '../zip/zip-state.ts';
import { type Excludes, excludesFrom } from './excludes.ts';
import { type Listed, listBelow } from './list-folder.ts';
import { recover } from './swap.ts';
import { putFolder } from './put-folder.ts';

export interface FolderPlace extends StatePlace {
  /** Patterns as in .gitignore. What they name is not saved, and stays where it is when another state is loaded. */
  readonly exclude?: readonly string[];
}

/** A folder: what is below it is the state. */
export function createFolderState(place: FolderPlace): StateHolder {
  const excludes = excludesFrom(place.exclude ?? []);
  return {
    displayName: place.path,
    take: (options) => take(place, excludes, options),
    put: (zip, options) => putFolder({ ...place, excludes }, zip, options),
  };
}

async function take({ path, disk, platform, scratch }: FolderPlace, excludes: Excludes, { services, signal }: TakeOptions = {}): Promise<TakenState> {
  if (services !== undefined) throw new TowlineError('INVALID_ARGUMENT', `'${path}' is a folder, and a folder has no services`, { hint: "Leave '--services' away; '--exclude' leaves files out." });
  recover(disk, path);
  if (followFile(path)?.kind !== 'folder') throw new TowlineError('NOT_FOUND', `there is no folder '${path}'`, { context: { path } });
  const listed = listBelow(path, excludes);
  checkNames(listed, platform);
  const spool = temporaryPath(scratch);
  try {
    await pack(listed, { folder: path, disk, spool, ...(signal && { signal }) });
    const taken = await takenFrom(spool, disk);
    // Files of nothing but zeros pack so well that whoever loads them takes the zip for a bomb: that is to be known now.
    await checkState(await openZip(taken.zip), { platform, size: taken.zip.size ?? 0, readsContent: false, ...(signal && { signal }) });
    return taken;
  } catch (error) {
    disk.remove(spool);
    throw error;
  }
}

/** What could not be loaded again is not saved: a link that leads out, names that differ only in case. */
function checkNames(listed: readonly Listed[], platform: string): void {
  const members = createMembers({ ...limitsFor(0), mostBytes: Number.MAX_SAFE_INTEGER }, platform);
  try {
    for (const item of listed) {
      const path = members.path(item.name, item.kind);
      if (path !== undefined && item.kind === 'link') members.link(path, item.text);
    }
    members.finish();
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    throw new TowlineError('UNSUPPORTED', `the folder cannot be saved: ${error.message.replace(/^the archive is not extracted: /, '')}`, { cause: error, hint: "Leave it out with '--exclude'." });
  }
}

async function pack(listed: readonly Listed[], { folder, disk, spool, signal }: { readonly folder: string; readonly disk: Disk; readonly spool: string; readonly signal?: AbortSignal }): Promise<void> {
  const file = disk.create(spool, { mode: 0o600 });
  try {
    const writer = createZipWriter(file);
    for (const item of listed) {
      throwIfAborted(signal);
      const { name, size } = item;
      if (item.kind === 'file') await writer.add({ name, size, mode: 0o100000 | item.mode }, openRange(`${folder}/${name}`, { end: size, ...(signal && { signal }) }));
      else if (item.kind === 'link') await writer.add({ name, size, mode: 0o120777 }, fromBytes(Buffer.from(item.text)).open());
      else await writer.add({ name, size, mode: 0o040000 | item.mode }, fromBytes(new Uint8Array()).open());
    }
    writer.finish();
  } finally {
    file.close();
  }
}
