import { join } from 'node:path';
import type { Disk } from '../../disk/disk.ts';
import { removeTree } from '../../disk/folders.ts';
import { listFolder, statFile } from '../../disk/read.ts';
import { isTemporaryName } from '../../disk/temporary.ts';
import { timesOfFile } from '../../disk/times.ts';
import type { Cleaned } from './layout.ts';

/** Keeps folders to a number of entries. */
export interface CountRoom {
  makeRoom(folder: string, limits: { readonly allowed: number; isKept(path: string): boolean }): Cleaned;
}
interface Used { readonly path: string; readonly usedMs: number }
/** Whether the entries may still be looked at, how many of them are remembered then, and those that were met and stay. */
interface Look { isAllowed: boolean; readonly count: number; readonly kept: readonly Used[] }
/** What is known of a folder: how many entries it had when it was listed and those added here since, and which are the oldest, in the order in which they go from the end. */
interface Known { names: number; entries: number; listedMs: number; oldest: Used[] }

/** A download that takes longer than this is no more. */
const FORGOTTEN_MS = 86_400_000;
/** For so long a listing of a large folder counts, together with what was added here since: others may add meanwhile. A small one is listed each time. */
const FRESH_MS = 1000;
const LARGE_FOLDER = 256;
/** So many of the oldest are remembered: to find them, every entry is looked at, which takes 0.1 s where there are 10,000. */
const REMEMBERED = 1000;

export const isLockName = (name: string): boolean => /^\.lock\.\d{3}\..*\.clearml$/.test(name);
export const isEntryName = (name: string): boolean => !isLockName(name) && !isTemporaryName(name);

export function createCountRoom({ disk, now }: { readonly disk: Disk; readonly now: () => number }): CountRoom {
  const all = new Map<string, Known>();

  function current(folder: string, allowed: number, isKept: (path: string) => boolean): Known {
    const last = all.get(folder);
    if (last !== undefined && last.names >= LARGE_FOLDER && now() - last.listedMs < FRESH_MS) return last;
    const found = namesIn(folder);
    const names = found.length > allowed && dropForgotten(folder, found, isKept) ? namesIn(folder) : found;
    const known = { names: names.length, entries: names.filter(isEntryName).length, listedMs: now(), oldest: last?.oldest ?? [] };
    all.set(folder, known);
    return known;
  }

  function dropForgotten(folder: string, names: readonly string[], isKept: (path: string) => boolean): boolean {
    let hasDropped = false;
    for (const name of names) {
      const path = join(folder, name);
      const isUnfinished = isTemporaryName(name) || name.endsWith('.partially');
      const times = isUnfinished || isLockName(name) ? timesOfFile(path) : undefined;
      if (times === undefined || now() - times.modifiedMs <= FORGOTTEN_MS) continue;
      hasDropped = true;
      if (isUnfinished) removeTree(disk, path);
      // To ask for the entry removes the lock of a process that is no more.
      else isKept(join(folder, name.replace(/^\.lock\.\d{3}\.|\.clearml$/g, '')));
    }
    return hasDropped;
  }

  /** The next that goes, if it was not used since. Whatever is not among the remembered is younger than all of them, as times only grow. */
  function oldest(folder: string, known: Known, look: Look): Used | undefined {
    for (;;) {
      const one = known.oldest.pop();
      if (one !== undefined && usedMs(one.path) === one.usedMs) return one;
      if (one !== undefined) continue;
      if (!look.isAllowed) return undefined;
      look.isAllowed = false;
      const met = new Set(look.kept.map(({ path }) => path));
      const paths = namesIn(folder).filter(isEntryName).map((name) => join(folder, name)).filter((path) => !met.has(path));
      const entries = paths.map((path) => ({ path, usedMs: usedMs(path) }));
      known.oldest = entries.toSorted((a, b) => b.usedMs - a.usedMs).slice(-look.count);
    }
  }

  return {
    makeRoom(folder, { allowed, isKept }) {
      const known = current(folder, allowed, isKept);
      const kept: Used[] = [];
      const look: Look = { isAllowed: true, count: known.entries - allowed + REMEMBERED, kept };
      let [removed, bytes] = [0, 0];
      for (let excess = known.entries - allowed; excess > 0; excess--) {
        const one = oldest(folder, known, look);
        if (one === undefined) break;
        if (isKept(one.path)) kept.push(one);
        else {
          bytes += sizeOf(one.path);
          removeTree(disk, one.path);
          removed++;
        }
      }
      known.oldest.push(...kept.toReversed());
      // And the one that is to be added.
      known.entries += 1 - removed;
      return { removed, bytes };
    },
  };
}

const namesIn = (folder: string): readonly string[] => listFolder(folder).map(({ name }) => name);

/** When an entry was used last: a folder is as young as the youngest in it. */
export function usedMs(path: string): number {
  const own = timesOfFile(path)?.modifiedMs ?? 0;
  if (statFile(path)?.kind !== 'folder') return own;
  return listFolder(path).reduce((latest, { name }) => Math.max(latest, timesOfFile(join(path, name))?.modifiedMs ?? 0), own);
}

/** The bytes of a file, or of all files below a folder. */
export function sizeOf(path: string): number {
  const info = statFile(path);
  if (info?.kind !== 'folder') return info?.size ?? 0;
  return listFolder(path).reduce((sum, { name }) => sum + sizeOf(join(path, name)), 0);
}
