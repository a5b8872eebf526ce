import { TowlineError } from '../errors.ts';
import type { Flags, Values } from './flag.ts';

/** Flags of what moves one object, or all below a folder. */
export const RECURSIVE = {
  recursive: { type: 'boolean', short: 'R', help: 'everything below a folder' },
  match: { type: 'string', value: 'pattern', help: "with --recursive: only what matches, such as '*.json'" },
} as const satisfies Flags;

/** What became of one object or of many. */
export interface FolderOutcome {
  readonly url?: string;
  readonly path?: string;
  readonly done: number;
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
}

export function matchOf({ recursive, match }: Values<typeof RECURSIVE>): string | undefined {
  if (match === undefined || recursive) return match;
  throw new TowlineError('INVALID_ARGUMENT', 'argument --match: needs --recursive', { context: { usage: true } });
}

interface Result { readonly done: readonly string[]; readonly failed: readonly { readonly path: string; readonly error: Error }[] }

/** Throws NOT_FOUND where there was nothing to move. */
export function outcomeOf({ done, failed }: Result, where: { readonly url: string; readonly path?: string }): FolderOutcome {
  if (done.length + failed.length === 0) throw new TowlineError('NOT_FOUND', `nothing was moved: no ${where.path === undefined ? 'file' : `object of '${where.url}'`} matches`, { hint: "Check the URL and '--match'; without it everything counts." });
  return { ...where, done: done.length, failed: failed.map(({ path, error }) => ({ path, reason: error.message })) };
}
