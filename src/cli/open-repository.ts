import { createLazyConnect } from '../http/lazy-connect.ts';
import { nodeDisk } from '../disk/node.ts';
import { readFile } from '../disk/read.ts';
import { openRepo } from '../repo/open.ts';
import { lockRepo } from '../repo/locks.ts';
import type { Lent, Repo } from '../repo/repo.ts';
import type { Context } from './command.ts';

/** What a process lends to a repository. */
export function lend(context: Context): Lent {
  return { ...context, disk: nodeDisk, connect: createLazyConnect(context, { readFile }) };
}

/** Opens the repository around the working folder and holds its lock, the one DVC takes, while `work` runs. */
export async function withRepository<T>(context: Context, options: { readonly waitForLock: boolean }, work: (repo: Repo) => Promise<T>): Promise<T> {
  const repo = await openRepo(lend(context), context.cwd);
  const lock = await lockRepo(repo.root, { runtime: context, pid: context.pid, waitForever: options.waitForLock, signal: context.signal });
  try {
    return await work(repo);
  } finally {
    lock.release();
    repo.commits.close();
  }
}
