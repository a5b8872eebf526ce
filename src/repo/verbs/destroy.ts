import { removeTree } from '../../disk/folders.ts';
import { exists } from '../../disk/read.ts';
import type { CallOptions } from '../../storage/call.ts';
import { collectStages } from '../collect/stages.ts';
import type { Repo } from '../repo.ts';
import { unprotect } from './unprotect.ts';

/** The files that are gone, relative to the root. */
export interface DestroyResult { readonly removed: readonly string[] }

/**
 * Makes a plain folder of the repository: no `.dvc` files, pipelines, `.dvcignore`, settings and cache. The data stays in the workspace, as files
 * of the user's own. A cache that lies elsewhere stays, too: others may use it. `.dvc` goes last, so that what was cut off can be repeated.
 */
export async function destroy(repo: Repo, call: CallOptions = {}): Promise<DestroyResult> {
  const stages = await collectStages(repo.workspace);
  await unprotect(repo, { targets: [], cwd: repo.root }, call);
  const files = [...new Set(stages.flatMap(({ file, name }) => (name === undefined ? [file] : [file, file.replace(/\.yaml$/, '.lock')])))];
  const removed = [...files, '.dvcignore', '.dvc'].filter((file) => exists(`${repo.root}/${file}`));
  for (const file of removed) removeTree(repo.lent.disk, `${repo.root}/${file}`);
  return { removed };
}
