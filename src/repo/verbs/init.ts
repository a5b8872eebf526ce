import { makeFolders, removeTree } from '../../disk/folders.ts';
import { exists, listFolder } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { TowlineError } from '../../errors.ts';
import { createGit } from '../git/git.ts';
import { gitTop } from '../git/ignored.ts';
import { stagePaths } from '../git/tracked.ts';
import type { Lent } from '../repo.ts';
import { sweepUnfinished, unfinishedFolder } from '../unfinished.ts';

/** Where and how to make a repository. */
export interface InitRequest {
  readonly folder: string;
  readonly noScm?: boolean;
  readonly force?: boolean;
  readonly subdir?: boolean;
}

/** What was made. */
export interface InitResult {
  readonly root: string;
  readonly hasGit: boolean;
}

const IGNORE_TEXT = '# Add patterns of files dvc should ignore, which could improve\n# the performance. Learn more at\n# https://dvc.org/doc/user-guide/dvcignore\n';

/** Makes a `.dvc` folder as DVC does, and tells Git of it. */
export async function init(lent: Lent, request: InitRequest): Promise<InitResult> {
  const { folder, noScm = false, force = false, subdir = false } = request;
  const { disk } = lent;
  if (!isUnfinished(folder)) {
    if (!force) throw new TowlineError('ALREADY_EXISTS', "'.dvc' exists. Use `-f` to force.", { hint: 'That removes the cache in it, too.' });
    removeTree(disk, `${folder}/.dvc`);
  }
  const top = noScm ? undefined : gitTop(folder);
  if (!noScm) checkPlace(folder, { top, subdir });
  makeFolders(disk, `${folder}/.dvc/tmp`);
  const unfinished = unfinishedFolder(disk, folder);
  sweepUnfinished(disk, folder);
  const put = (name: string, text: string): void => replaceFile(disk, `${folder}/${name}`, text, { unfinished });
  if (!noScm) put('.dvc/.gitignore', '/config.local\n/tmp\n/cache\n');
  put('.dvc/tmp/btime', '');
  if (!exists(`${folder}/.dvcignore`)) put('.dvcignore', IGNORE_TEXT);
  // The last file: a folder without it is one whose making was cut off, which the next 'init' may finish.
  put('.dvc/config', noScm ? '[core]\n    no_scm = True\n' : '');
  if (top !== undefined) await stagePaths(createGit(folder, lent), ['.dvc/config', '.dvc/.gitignore', '.dvcignore']);
  return { root: folder, hasGit: top !== undefined };
}

/** True for no `.dvc` at all, or for one that holds no more than what comes before its `config`. */
const isUnfinished = (folder: string): boolean => listFolder(`${folder}/.dvc`).every(({ name }) => name === 'tmp' || name === '.gitignore');

function checkPlace(folder: string, { top, subdir }: { readonly top: string | undefined; readonly subdir: boolean }): void {
  if (top === folder || (top !== undefined && subdir)) return;
  throw new TowlineError('INVALID_ARGUMENT', `${folder} is not tracked by any supported SCM tool (e.g. Git). Use \`--no-scm\` if you don't want to use any SCM or \`--subdir\` if initializing inside a subdirectory of a parent SCM repository.`);
}
