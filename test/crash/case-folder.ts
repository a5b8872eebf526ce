import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, copyFileSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '../../src/disk/node.ts';
import type { Disk } from '../../src/disk/disk.ts';
import { isTemporaryName } from '../../src/disk/temporary.ts';
import { parseYaml } from '../../src/repo/files/yaml-text.ts';
import { isYamlMap, type YamlMap } from '../../src/repo/files/yaml-value.ts';
import { isRunPath } from '../../src/repo/pipeline/runs.ts';
import { runPathOf } from '../../src/repo/pipeline/save-run.ts';
import type { Lent } from '../../src/repo/repo.ts';
import { openingIn } from '../lent.ts';

/** A machine of its own: a repository in `work`, a remote in `remote`. All paths in it are relative, so it can be copied. */
export interface CaseFolder {
  readonly folder: string;
  readonly work: string;
  readonly remote: string;
  /** What a process on that machine lends to a verb. */
  lend(disk?: Disk): Lent;
}

export function caseFolder(folder: string): CaseFolder {
  const opening = openingIn(folder);
  const lend = (disk: Disk = nodeDisk): Lent => ({ ...opening, env: { ...opening.env, PATH: process.env['PATH'], XDG_CONFIG_DIRS: folder, GIT_CONFIG_NOSYSTEM: '1' }, disk });
  return { folder, work: join(folder, 'work'), remote: join(folder, 'remote'), lend };
}

/** A folder in memory where there is one: thousands of copies of it are made. */
export function scratchFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = realpathSync(mkdtempSync(join(isWritable('/dev/shm') ? '/dev/shm' : tmpdir(), 'towline-crash-')));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** Copies files, folders and modes: `cpSync` takes four times as long. */
export function copyTree(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyTree(source, target);
    else {
      copyFileSync(source, target);
      chmodSync(target, lstatSync(source).mode & 0o777);
    }
  }
}

/** Every file below a folder with its bytes and mode as one word, an empty folder as 'folder'. What is private to us and to Git is left out. */
export function contentOf(folder: string, isLeftOut: (path: string) => boolean = () => false): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (prefix: string): void => {
    const entries = readdirSync(join(folder, prefix), { withFileTypes: true });
    for (const entry of entries) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (isLeftOut(path)) continue;
      if (entry.isDirectory()) {
        visit(path);
        if (readdirSync(join(folder, path)).length === 0) found.set(path, 'folder');
      } else found.set(path, `${(lstatSync(join(folder, path)).mode & 0o777).toString(8)} ${createHash('md5').update(readFileSync(join(folder, path))).digest('hex')}`);
    }
  };
  visit('');
  return found;
}

/** The work tree as its user sees it, with all files that are committed. */
export const workspaceOf = ({ work }: CaseFolder): ReadonlyMap<string, string> => contentOf(work, (path) => path === '.git' || path === '.dvc/tmp' || path === '.dvc/cache');

/** The objects of the cache or a remote, each with its bytes; leftovers under temporary names are not objects. */
export const objectsIn = (folder: string): ReadonlyMap<string, string> => new Map([...contentOf(folder)].filter(([path, content]) => content !== 'folder' && !isTemporaryName(path.slice(path.lastIndexOf('/') + 1))));

/** Objects whose bytes are not what their name says. */
export function wrongObjects(folder: string): readonly string[] {
  return [...objectsIn(folder)].filter(([path, content]) => {
    if (isRunPath(path)) return runPathOf(parsedRun(join(folder, path))) !== path;
    const [, prefix = '', rest = ''] = /(?:^|\/)([0-9a-f]{2})\/([0-9a-f]{30})(?:\.dir)?$/.exec(path) ?? [];
    return !content.endsWith(` ${prefix}${rest}`);
  }).map(([path]) => path);
}

/** A run of the past has a name by all that stands in it. */
function parsedRun(file: string): YamlMap {
  const run = parseYaml(readFileSync(file, 'utf8'), file);
  return isYamlMap(run) ? run : new Map();
}
