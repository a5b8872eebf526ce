import { resolve } from 'node:path';

import { exists } from '../../disk/read.ts';
import type { Runtime } from '../../runtime.ts';
import { createGit } from './git.ts';

/** True while Git rebases the work tree around `folder`: what is checked out then is not what it ends with. */
export async function isRebasing(folder: string, runtime: Pick<Runtime, 'env'>): Promise<boolean> {
  const path = String(await createGit(folder, runtime).run(['rev-parse', '--git-path', 'rebase-merge'])).replace(/\n$/, '');
  return exists(resolve(folder, path));
}
