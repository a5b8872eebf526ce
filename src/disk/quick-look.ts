import * as fs from 'node:fs';
// oxlint-disable-next-line no-restricted-imports -- not for the environment of a user, but for Node's own part
import process from 'node:process';
import { type LookAt, plainLook } from './look.ts';

/** What `fs.lstatSync` calls: the fields of `struct stat` as numbers, in an array that every call fills anew. */
type NativeLstat = (...call: readonly [path: string, bigint: false, request: undefined, throwIfNoEntry: false]) => ArrayLike<number> | undefined;
/** How it calls that: where it does so in another way, nothing is known of the answer. */
const CALL = /\bbinding\.lstat\([^,]*,\s*options\.bigint,\s*undefined,\s*options\.throwIfNoEntry,?\s*\)/;
/** The lines of Node.js it was tried with: a later one may warn of it. */
const LINES = /^v(?:20|22|24)\./;
const [MODE, INODE, SIZE, SECONDS, NANOSECONDS] = [1, 7, 8, 12, 13];

/**
 * The same answers without what Node makes of each: an object of eighteen fields, four of them dates, which is half of the time that a walk of 10,000 files takes
 * (docs/decisions/walk.md). Undefined where Node is not as it is known to be: the answer for `folder` is compared with that of the documented call.
 */
export function createQuickLook(folder: string): LookAt | undefined {
  const lstat = nativeLstat();
  if (lstat === undefined) return undefined;
  const found = { mode: 0, size: 0, mtimeMs: 0, ino: 0 };
  const look: LookAt = (path) => {
    const stats = lstat(path, false, undefined, false);
    if (stats === undefined) return undefined;
    found.mode = stats[MODE] ?? 0;
    found.size = stats[SIZE] ?? 0;
    found.ino = stats[INODE] ?? 0;
    found.mtimeMs = (stats[SECONDS] ?? 0) * 1000 + (stats[NANOSECONDS] ?? 0) / 1_000_000;
    return found;
  };
  return isSame(look, folder) ? look : undefined;
}

export const quickestLook = (folder: string): LookAt => createQuickLook(folder) ?? plainLook;

/** False, too, for a folder that cannot be looked at: whoever asks for what is in it is told. */
function isSame(look: LookAt, path: string): boolean {
  try {
    const [one, other] = [look(path), plainLook(path)];
    return one !== undefined && other !== undefined && one.mode === other.mode && one.size === other.size && one.ino === other.ino && one.mtimeMs === other.mtimeMs;
  } catch {
    return false;
  }
}

/** Node warns of it where somebody asks for warnings of what may go one day, and its permissions do not reach it. */
function nativeLstat(): NativeLstat | undefined {
  const { binding, permission } = process as { readonly binding?: (name: string) => { readonly lstat?: NativeLstat }; readonly permission?: unknown };
  const isWatched = [...process.execArgv, process.env['NODE_OPTIONS'], process.env['NODE_PENDING_DEPRECATION']].some((word) => word === '1' || word?.includes('pending-deprecation') === true);
  if (!LINES.test(process.version) || process.platform === 'win32' || isWatched || permission !== undefined || typeof binding !== 'function' || !CALL.test(fs.lstatSync.toString())) return undefined;
  return binding('fs').lstat;
}
