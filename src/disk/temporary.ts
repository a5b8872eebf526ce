import { dirname } from 'node:path';
import { systemCode } from './errors.ts';
import { followFile } from './read.ts';

let own: string | undefined;
let count = 0;

/** A new name in `folder` for a file that is not whole yet; of the form DVC uses, so that each program knows the other's leftovers. Nothing is secret about it, and whoever makes the file makes sure that there is none: chance without `node:crypto` will do, which takes 5 ms of a start. */
export function temporaryPath(folder: string): string {
  count += 1;
  own ??= `${chance()}${chance()}`;
  return `${folder}/.${own}${count.toString(36).padStart(6, '0')}.tmp`;
}

// oxlint-disable-next-line no-restricted-properties -- only that no two are the same
const chance = (): string => Math.random().toString(36).slice(2).padEnd(8, '0').slice(0, 8);

/** The folder in which the unfinished file of `target` may grow: `away`, where that makes no difference to the file, else that of `target`. */
export function growingFolder(target: string, away: string | undefined): string {
  const beside = dirname(target);
  const there = away === undefined ? undefined : followFile(away);
  const here = there && followFile(beside);
  // A folder with the setgid bit gives its group to what is made in it, not to what is moved there.
  return away !== undefined && there !== undefined && there.device === here?.device && (here.mode & 0o2000) === 0 ? away : beside;
}

/** Whether a file can only be moved within its folder: a mount of the same device, or a drive that refuses to replace. */
export function refusesMove(error: unknown): boolean {
  return ['EXDEV', 'EPERM', 'EACCES', 'EEXIST'].includes(systemCode(error) ?? '');
}

/** Whether a file of this name is a leftover of an interrupted write, ours or DVC's. */
export function isTemporaryName(name: string): boolean {
  return /^\.[\w-]{16,64}\.tmp$/.test(name);
}
