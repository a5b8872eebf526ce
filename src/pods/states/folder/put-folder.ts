import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Disk } from '../../../disk/disk.ts';
import { makeFolders, removeTree } from '../../../disk/folders.ts';
import { openRange } from '../../../disk/open-range.ts';
import { exists, followFile, readLink, realPath, statFile } from '../../../disk/read.ts';
import { TowlineError } from '../../../errors.ts';
import { membersOf, openZip, type ZipMember } from '../../../storage/archive/open-zip.ts';
import { limitsFor, unpackMembers } from '../../../storage/archive/unpack.ts';
import type { Source } from '../../../storage/source.ts';
import type { PutOptions, StateChange } from '../../state.ts';
import { checkState } from '../zip/check-state.ts';
import { compareMembers } from '../zip/compare.ts';
import { noServiceMerge } from '../zip/merge.ts';
import type { StatePlace } from '../zip/zip-state.ts';
import type { Excludes } from './excludes.ts';
import { type Listed, listBelow } from './list-folder.ts';
import { besides, recover, swap } from './swap.ts';

export interface FolderTarget extends StatePlace { readonly excludes: Excludes }

/** Makes the folder what the zip holds, or adds that to it. It grows beside the folder and takes its place when it is whole. */
export async function putFolder(target: FolderTarget, source: Source, { strategy, isDry, onService, signal }: PutOptions): Promise<readonly StateChange[]> {
  if (strategy === 'service-merge') throw noServiceMerge('a folder');
  const { disk, platform, excludes } = target;
  // A link to a folder stays one: what it leads to is replaced.
  const path = realPath(target.path) ?? target.path;
  const call = signal === undefined ? {} : { signal };
  const zip = await openZip(source, call);
  const size = source.size ?? 0;
  await checkState(zip, { platform, size, readsContent: isDry, ...call });
  if (!isDry) recover(disk, path);
  const found = followFile(path);
  if (found !== undefined && found.kind !== 'folder') throw new TowlineError('INVALID_ARGUMENT', `'${path}' is a file, not a folder`, { context: { path } });
  const saved = found ? listBelow(path, excludes) : [];
  const all = found ? listBelow(path, () => false) : [];
  const isOverwrite = strategy === 'overwrite';
  const before = await described(path, saved, new Map(zip.members.map((member) => [member.name, member])));
  const own = new Set(zip.members.map(({ name }) => name));
  const after = isOverwrite ? zip.members : [...before.filter(({ name }) => !own.has(name)), ...zip.members];
  const changes = compareMembers(before, after);
  if (isDry) return changes;
  const savedNames = new Set(saved.map(({ name }) => name));
  const kept = all.filter(({ name }) => !own.has(name) && (!isOverwrite || !savedNames.has(name)));
  const { next } = besides(path);
  makeFolders(disk, dirname(path));
  try {
    disk.makeFolder(next, found?.mode ?? 0o755);
    await unpackMembers(membersOf(zip, call), { folder: next, disk, platform, limits: limitsFor(size), keepsModes: true, isDurable: true, ...call });
    for (const item of kept) keep(disk, { item, from: path, to: next });
  } catch (error) {
    if (exists(next)) removeTree(disk, next);
    throw error;
  }
  swap(disk, path);
  for (const { service } of changes) onService?.({ service, status: 'ok' });
  return changes;
}

/** A file that stays is the same file under one more name, until the old folder goes. */
function keep(disk: Disk, { item, from, to }: { readonly item: Listed; readonly from: string; readonly to: string }): void {
  const [source, target] = [join(from, item.name), join(to, item.name)];
  if (item.kind === 'folder') {
    if (!exists(target)) makeFolders(disk, target);
    return;
  }
  const parent = dirname(target);
  for (let folder = parent; folder !== to; folder = dirname(folder)) {
    const kind = statFile(folder)?.kind;
    if (kind !== undefined && kind !== 'folder') throw new TowlineError('PRECONDITION_FAILED', `'${join(from, item.name)}' is to stay, and the state has a ${kind} where it lies`, { hint: 'Move it away, or load into another folder.' });
  }
  if (exists(target)) return;
  makeFolders(disk, parent);
  disk.link(item.kind === 'link' ? item.text : source, target, item.kind === 'link' ? 'symlink' : 'hardlink');
}

/** The files of a folder as members; a checksum is made only where the state has one of that name and length to compare it with. */
async function described(folder: string, listed: readonly Listed[], other: ReadonlyMap<string, ZipMember>): Promise<readonly ZipMember[]> {
  const members: ZipMember[] = [];
  for (const item of listed) {
    const { name, size } = item;
    const twin = other.get(name);
    let sum = 0;
    if (twin?.size === size) {
      if (item.kind === 'link') sum = crc32(readLink(`${folder}/${name}`) ?? '');
      else if (item.kind === 'file') for await (const chunk of openRange(`${folder}/${name}`)) sum = crc32(chunk, sum);
    }
    const mode = item.kind === 'link' ? 0o120777 : (item.kind === 'file' ? 0o100000 : 0o040000) | item.mode;
    members.push({ name, size, crc32: sum, mode: twin?.mode === 0 ? 0 : mode, method: 0, packedSize: 0, at: 0 });
  }
  return members;
}
