import { createLazyConnect } from '../http/lazy-connect.ts';
import { traced, type TracedExchange } from '../http/trace.ts';
import type { Transport } from '../http/transport.ts';
import { nodeDisk } from '../disk/node.ts';
import { readFile } from '../disk/read.ts';
import { openRepo } from '../repo/open.ts';
import { lockRepo } from '../repo/locks.ts';
import type { Lent, Repo } from '../repo/repo.ts';
import { sweepUnfinished } from '../repo/unfinished.ts';
import type { Context } from './command.ts';

/** What a process lends to a repository. */
export function lend(context: Context): Lent {
  const connect = createLazyConnect(context, { readFile });
  return { ...context, disk: nodeDisk, connect: context.verbosity > 1 ? (settings) => tracedTransport(connect(settings), context) : connect };
}

function tracedTransport(transport: Transport, context: Context): Transport {
  const report = (exchange: TracedExchange): void => context.trace?.(`${exchange.method} ${exchange.url} ${exchange.status ?? exchange.error ?? ''} in ${Math.round(exchange.milliseconds)} ms`);
  return traced(transport, { report, now: context.now });
}

/** Opens the repository around the working folder and holds its lock, the one DVC takes, while `work` runs. */
export async function withRepository<T>(context: Context, options: { readonly waitForLock: boolean }, work: (repo: Repo) => Promise<T>): Promise<T> {
  const repo = await openRepo(lend(context), context.cwd);
  const lock = await lockRepo(repo.root, { runtime: context, pid: context.pid, waitForever: options.waitForLock, signal: context.signal });
  try {
    sweepUnfinished(repo.lent.disk, repo.root);
    return await work(repo);
  } finally {
    lock.release();
    repo.commits.close();
  }
}

/** Opens the repository around the working folder without its lock, for what only looks and is right also beside a running command, as DVC does it. */
export async function withUnlockedRepository<T>(context: Context, work: (repo: Repo) => Promise<T>): Promise<T> {
  const repo = await openRepo(lend(context), context.cwd);
  try {
    return await work(repo);
  } finally {
    repo.commits.close();
  }
}
