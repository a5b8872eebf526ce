import { makeFolders, removeTree } from '../../disk/folders.ts';
import { exists, followFile } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { TowlineError } from '../../errors.ts';
import { openGit } from '../git/git.ts';
import type { Lent } from '../repo.ts';

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
  if (exists(`${folder}/.dvc`)) {
    if (!force) throw new TowlineError('ALREADY_EXISTS', "'.dvc' exists. Use `-f` to force.", { hint: 'That removes the cache in it, too.' });
    removeTree(disk, `${folder}/.dvc`);
  }
  const git = noScm ? undefined : await openGit(lent, folder);
  if (!noScm) checkPlace(folder, { gitRoot: git?.root, subdir });
  makeFolders(disk, `${folder}/.dvc/tmp`);
  replaceFile(disk, `${folder}/.dvc/config`, noScm ? '[core]\n    no_scm = True\n' : '');
  replaceFile(disk, `${folder}/.dvc/.gitignore`, '/config.local\n/tmp\n/cache\n');
  replaceFile(disk, `${folder}/.dvc/tmp/btime`, '');
  if (!exists(`${folder}/.dvcignore`)) replaceFile(disk, `${folder}/.dvcignore`, IGNORE_TEXT);
  if (git) await git.add(['.dvc/config', '.dvc/.gitignore', '.dvcignore'].map((file) => `${folder}/${file}`));
  return { root: folder, hasGit: git !== undefined };
}

function checkPlace(folder: string, { gitRoot, subdir }: { readonly gitRoot: string | undefined; readonly subdir: boolean }): void {
  if (gitRoot === undefined) {
    throw new TowlineError('INVALID_ARGUMENT', `${folder} is not tracked by any supported SCM tool (e.g. Git). Use \`--no-scm\` if you don't want to use any SCM or \`--subdir\` if initializing inside a subdirectory of a parent SCM repository.`);
  }
  if (gitRoot !== folder && !subdir && followFile(`${folder}/.git`) === undefined) {
    throw new TowlineError('INVALID_ARGUMENT', `${folder} is not tracked by any supported SCM tool (e.g. Git). Use \`--no-scm\` if you don't want to use any SCM or \`--subdir\` if initializing inside a subdirectory of a parent SCM repository.`);
  }
}
