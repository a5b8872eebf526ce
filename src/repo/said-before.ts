import { md5Hex } from '../disk/md5-hex.ts';
import { quickestLook } from '../disk/quick-look.ts';
import { exists, readFile } from '../disk/read.ts';
import { type Stamp, stampOf } from '../disk/stamp.ts';
import { unheldText } from '../disk/unheld.ts';
import { readStateColumns } from '../odb/state-columns.ts';
import { lockOf } from './lock-file.ts';

/** Who asks for what, and from where: what one was told is nothing to another. */
export interface Asking {
  /** The command line, without the program. */
  readonly words: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Program, version, engine, user. */
  readonly by: readonly string[];
}

/** What a command looked at that found nothing to do, and what it said. docs/formats/state.md */
export interface Seen extends Omit<Asking, 'env'> {
  readonly magic: typeof MAGIC;
  /** The variables of the environment that were asked for (`TOW_*`: all of that beginning), and the MD5 of what they said. */
  readonly variables: readonly string[];
  readonly values: string;
  /** Folders, each with the state file that has its files. */
  readonly folders: readonly (readonly [folder: string, state: string])[];
  readonly paths: readonly (readonly [path: string, isListed: boolean, stamp: Stamp])[];
  readonly text: string;
}

const MAGIC = 'TOWU0001';

/** Where it lies. */
export const seenIn = (root: string, words: readonly string[]): string => `${root}/.dvc/tmp/towline/state/said-${words.join('-')}`;

/** What a command said that found nothing to do, when it was asked for in the same way and nothing that it looked at has changed since: it would say so again (docs/decisions/looks.md). Undefined where nobody knows. */
export function saidBefore(asking: Asking, isRunning: (pid: number) => boolean): string | undefined {
  try {
    const root = rootAt(asking.cwd);
    const bytes = root === undefined ? undefined : readFile(seenIn(root, asking.words));
    if (root === undefined || bytes === undefined) return undefined;
    const unheld = unheldText(lockOf(root), isRunning);
    if (unheld === undefined) return undefined;
    const seen = JSON.parse(Buffer.from(bytes).toString('utf8')) as Seen;
    return isPlain(seen.text) && isAsked(seen, asking) && isUnchanged(seen) && unheldText(lockOf(root), isRunning) === unheld ? seen.text : undefined;
  } catch {
    // Who looks at everything will meet it again, and say what it is.
    return undefined;
  }
}

/** Other characters look otherwise on a terminal, or do something there. */
export const isPlain = (text: string): boolean => /^[\n\x20-\x7e]*$/.test(text);

const isAsked = ({ magic, variables, ...seen }: Seen, { cwd, env, by }: Asking): boolean => magic === MAGIC && seen.cwd === cwd && seen.by.join('\n') === by.join('\n') && seen.values === valuesOf(variables, env);

const isUnchanged = ({ folders, paths }: Seen): boolean => paths.every(([path, isListed, stamp]) => areEqual(stamp, stampOf(path, isListed))) && folders.every(([folder, state]) => hasSameFiles(folder, state));

/** Stands for all variables whose names begin so: those of a remote are found by their beginning. */
export const OWN_VARIABLES = 'TOW_*';
/** Where there are any, nothing is remembered: they may be passwords, and a digest of one could be guessed. */
export const ownNames = (env: Asking['env']): readonly string[] => Object.keys(env).filter((name) => name.startsWith('TOW_'));

/** What those variables say, as one word. */
export const valuesOf = (variables: readonly string[], env: Asking['env']): string => md5Hex(JSON.stringify(variables.map((name) => (name === OWN_VARIABLES ? ownNames(env) : env[name] ?? false))));

/** The bytes of the file. */
export const serializeSeen = (seen: Omit<Seen, 'magic'>): string => JSON.stringify({ magic: MAGIC, ...seen } satisfies Seen);

function rootAt(cwd: string): string | undefined {
  for (let at = cwd; at.includes('/'); at = at.slice(0, at.lastIndexOf('/'))) if (exists(`${at}/.dvc`)) return at;
  return undefined;
}

/** The folders are among the paths, so no name has come or gone; each file is asked for. */
function hasSameFiles(folder: string, state: string): boolean {
  const bytes = readFile(state);
  const rows = bytes && readStateColumns(bytes);
  if (rows === undefined) return false;
  const look = quickestLook(folder);
  const { size, mtimeMs, inode } = rows;
  let row = 0;
  for (const name of rows.names) {
    const found = look(`${folder}/${name}`);
    if (found === undefined || found.size !== size[row] || found.mtimeMs !== mtimeMs[row] || found.ino !== inode[row]) return false;
    row += 1;
  }
  return true;
}

function areEqual(stamp: Stamp, now: Stamp | undefined): boolean {
  return now !== undefined && now.length === stamp.length && stamp.every((number, at) => number === now[at]);
}
