import { plainLook } from '../disk/look.ts';
import { md5Hex } from '../disk/md5-hex.ts';
import { createQuickLook } from '../disk/quick-look.ts';
import { exists, readFile } from '../disk/read.ts';
import { type Stamp, stampOf } from '../disk/stamp.ts';
import { readStateColumns } from '../odb/state-columns.ts';

/** Who asks, and from where: what one was told is nothing to another. */
export interface Asking {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Program, version, engine, user. */
  readonly by: readonly string[];
}

/** What the last `status` looked at. docs/formats/state.md */
export interface Seen {
  readonly magic: typeof MAGIC;
  readonly cwd: string;
  readonly by: readonly string[];
  /** The variables of the environment that were asked for, and the MD5 of what they said. */
  readonly variables: readonly string[];
  readonly said: string;
  /** Folders, each with the state file that has its files. */
  readonly folders: readonly (readonly [folder: string, state: string])[];
  /** The lock of the repository comes last. */
  readonly paths: readonly (readonly [path: string, isListed: boolean, stamp: Stamp])[];
}

const MAGIC = 'TOWU0001';
/** Where it lies. */
export const seenIn = (root: string): string => `${root}/.dvc/tmp/towline/state/up-to-date`;

/**
 * True when `status` found everything up to date, asked in the same way, and nothing that it looked at has changed since: then it would say so again
 * (docs/decisions/looks.md). False where nobody knows.
 */
export function isStillUpToDate({ cwd, env, by }: Asking): boolean {
  try {
    const seen = readSeen(cwd);
    if (seen === undefined || seen.cwd !== cwd || seen.by.join('\n') !== by.join('\n') || seen.said !== said(seen.variables, env)) return false;
    return seen.folders.every(([folder, state]) => hasSameFiles(folder, state)) && seen.paths.every(([path, isListed, stamp]) => isSame(stamp, stampOf(path, isListed)));
  } catch {
    // Who looks at everything will meet it again, and say what it is.
    return false;
  }
}

/** What those variables say, as one word: they may be secrets. */
export const said = (variables: readonly string[], env: Asking['env']): string => md5Hex(JSON.stringify(variables.map((name) => env[name] ?? false)));

/** The bytes of the file. */
export const serializeSeen = (seen: Omit<Seen, 'magic'>): string => JSON.stringify({ magic: MAGIC, ...seen } satisfies Seen);

function readSeen(cwd: string): Seen | undefined {
  for (let at = cwd; at.includes('/'); at = at.slice(0, at.lastIndexOf('/'))) {
    if (!exists(`${at}/.dvc`)) continue;
    const bytes = readFile(seenIn(at));
    return bytes && parseSeen(Buffer.from(bytes).toString('utf8'));
  }
  return undefined;
}

/** Undefined when it is of another version. */
function parseSeen(text: string): Seen | undefined {
  const seen = JSON.parse(text) as Seen;
  return seen.magic === MAGIC ? seen : undefined;
}

/** The folders are among the paths, so no name has come or gone; each file is asked for. */
function hasSameFiles(folder: string, state: string): boolean {
  const bytes = readFile(state);
  const rows = bytes && readStateColumns(bytes);
  if (rows === undefined) return false;
  const look = createQuickLook(folder) ?? plainLook;
  const { size, mtimeMs, inode } = rows;
  let row = 0;
  for (const name of rows.names) {
    const found = look(`${folder}/${name}`);
    if (found === undefined || found.size !== size[row] || found.mtimeMs !== mtimeMs[row] || found.ino !== inode[row]) return false;
    row += 1;
  }
  return true;
}

function isSame(stamp: Stamp, now: Stamp | undefined): boolean {
  return now !== undefined && now.length === stamp.length && stamp.every((number, at) => number === now[at]);
}
