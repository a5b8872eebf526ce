import { basename, dirname, resolve } from 'node:path';

import { checkLocalName } from '../../disk/case.ts';
import type { Disk } from '../../disk/disk.ts';
import { makeFolders, removeTree } from '../../disk/folders.ts';
import { openParents } from '../../disk/parents.ts';
import { placeFiles } from '../../disk/place.ts';
import { followFile, statFile } from '../../disk/read.ts';
import { temporaryPath } from '../../disk/temporary.ts';
import { TowlineError } from '../../errors.ts';
import { createDiskObjects } from '../../odb/disk-objects.ts';
import type { Oid } from '../../odb/hash-info.ts';
import { openFolder } from '../../odb/open.ts';
import type { Lent } from '../repo.ts';
import { bring, type BringOptions, type Brought, type Hold } from './bring.ts';
import type { Offer } from './offer.ts';

/** Puts an offer to `to`, absolute, outside of any repository. All of it is here, verified, before the first file gets its name; of a folder that is there already only files of the same name are replaced. */
export async function deliver(lent: Lent, offer: Offer, { to, ...options }: BringOptions & { readonly to: string }): Promise<Brought> {
  const beside = dirname(to);
  makeFolders(lent.disk, beside);
  const folder = temporaryPath(beside);
  try {
    const hold = await openHold(lent, folder);
    const brought = await bring(hold, offer, options);
    await settle(hold, { to, brought, folder }, options);
    return brought;
  } finally {
    removeTree(lent.disk, folder);
  }
}

async function openHold(lent: Lent, folder: string): Promise<Hold> {
  makeFolders(lent.disk, folder);
  const memory = { folder: `${folder}/state`, disk: lent.disk, now: lent.now };
  const storage = await openFolder(`${folder}/cache`, lent, { isShared: false, links: [] });
  return { lent, isShared: false, unfinished: folder, objects: createDiskObjects(`${folder}/cache`, storage, { name: 'md5', defaults: { wait: lent.wait, processors: lent.processors }, memory }) };
}

interface Settling { readonly to: string; readonly brought: Brought; readonly folder: string }

async function settle({ lent, objects }: Hold, { to, brought, folder }: Settling, { signal }: BringOptions): Promise<void> {
  const { disk } = lent;
  const there = statFile(to);
  const isFolder = brought.tree !== undefined;
  if (there && (followFile(to)?.kind === 'folder') !== isFolder) throw new TowlineError('ALREADY_EXISTS', `'${to}' is ${isFolder ? 'no directory' : 'a directory'}, and what is to come there is ${isFolder ? 'one' : 'none'}`, { hint: 'Remove it, or choose another place.' });
  const rows = brought.tree ? Array.from(brought.tree.entries, ({ relpath, oid }) => ({ oid, path: `${to}/${relpath}`, relpath })) : [{ oid: brought.oid, path: to, relpath: basename(to) }];
  if (isFolder) for (const { relpath } of rows) checkLocalName(relpath, lent.platform);
  const last = new Map<Oid, number>(rows.map(({ oid }, row) => [oid, row]));
  // The same content under several names is copied; each object itself becomes the last of them.
  const copies = rows.filter(({ oid }, row) => last.get(oid) !== row).map(({ oid, path }) => ({ from: objects.fileOf(oid), to: path }));
  const placed = await placeFiles(disk, copies, { root: isFolder ? to : dirname(to), links: ['reflink', 'copy'], processors: lent.processors, ...(signal && { signal }) });
  for (const error of placed.errors.values()) throw error;
  const mode = newFileMode(disk, folder);
  const openParent = openParents(disk, isFolder ? to : dirname(to));
  if (isFolder) makeFolders(disk, to);
  for (const [row, { oid, path }] of rows.entries()) {
    if (last.get(oid) !== row) continue;
    openParent(path);
    disk.chmod(objects.fileOf(oid), mode);
    disk.rename(objects.fileOf(oid), path);
  }
}

/** The mode a file gets here when nobody asks for one. */
function newFileMode(disk: Disk, folder: string): number {
  const probe = temporaryPath(folder);
  disk.create(probe).close();
  return statFile(resolve(probe))?.mode ?? 0o644;
}
