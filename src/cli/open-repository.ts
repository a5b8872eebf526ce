import { createLazyConnect } from '../http/lazy-connect.ts';
import { traced, type TracedExchange } from '../http/trace.ts';
import type { Transport } from '../http/transport.ts';
import { nodeDisk } from '../disk/node.ts';
import { readFile } from '../disk/read.ts';
import { openRepo } from '../repo/open.ts';
import { hasCode } from '../errors.ts';
import { unheldText } from '../disk/unheld.ts';
import { lockOf } from '../repo/lock-file.ts';
import { lockRepo, lockWorkspace } from '../repo/locks.ts';
import type { Lent, Repo } from '../repo/repo.ts';
import { hasUnfinished, sweepUnfinished } from '../repo/unfinished.ts';
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

/** How the lock of a repository is held. `isShared`: others that say so may work beside. */
export interface Holding {
  readonly waitForLock: boolean;
  readonly isShared?: boolean | ((repo: Repo) => Promise<boolean>);
  /** Nothing comes of the work but what it says: a repository that may only be read will do, where nobody could take the lock. */
  readonly onlyLooks?: boolean;
}

/** Opens the repository around the working folder and holds its lock, the one DVC takes, while `work` runs. What only reads, or brings and sends objects, holds it together with its like, and nobody else beside them. */
export async function withRepository<T>(context: Context, { waitForLock, isShared = false, onlyLooks = false }: Holding, work: (repo: Repo) => Promise<T>): Promise<T> {
  if (onlyLooks) {
    const seen = await lookUnlocked(context, work);
    if (seen !== undefined) return seen();
  }
  const repo = await openRepo(lend(context), context.cwd);
  const options = { runtime: context, pid: context.pid, waitForever: waitForLock, signal: context.signal };
  try {
    const shared = typeof isShared === 'function' ? await isShared(repo) : isShared;
    if (shared) await sweepAlone(repo, options);
    const lock = await lockRepo(repo.root, { ...options, isShared: shared }).catch((error: unknown) => {
      if (!onlyLooks || !hasCode(error, 'PERMISSION_DENIED')) throw error;
      context.trace?.('no lock can be taken, as the repository may only be read');
    });
    try {
      if (!shared) sweepUnfinished(repo.lent.disk, repo.root);
      return await work(repo);
    } finally {
      lock?.release();
    }
  } finally {
    repo.commits.close();
  }
}

/**
 * What a look finds, as good as under the lock: nobody holds it before, and nobody has taken it when it is done. Else undefined, and the lock is taken:
 * that starts a program, an eighth of a `status` (docs/decisions/looks.md).
 */
async function lookUnlocked<T>(context: Context, work: (repo: Repo) => Promise<T>): Promise<(() => T) | undefined> {
  const repo = await openRepo(lend(context), context.cwd);
  try {
    const read = (): string | undefined => unheldText(lockOf(repo.root), context.isRunning ?? (() => true));
    const before = read();
    if (before === undefined || hasUnfinished(repo.root)) return undefined;
    const seen = await work(repo).then((result) => () => result, (error: unknown) => () => { throw error; });
    if (read() === before) return seen;
    context.trace?.('another command has begun meanwhile: once more, with the lock');
    return undefined;
  } finally {
    repo.commits.close();
  }
}

/** What a crash has left goes while nobody else is here: what another is in the middle of is not unfinished. */
async function sweepAlone(repo: Repo, options: Parameters<typeof lockRepo>[1]): Promise<void> {
  if (!hasUnfinished(repo.root)) return;
  try {
    const lock = await lockRepo(repo.root, { ...options, waitForever: false, isQuick: true });
    try {
      sweepUnfinished(repo.lent.disk, repo.root);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (!hasCode(error, 'LOCKED') && !hasCode(error, 'PERMISSION_DENIED')) throw error;
    repo.lent.trace?.('what a crash has left stays, as another command is running, or nothing may be changed here');
  }
}

/** Runs what changes the workspace: of those that hold the lock of the repository together, one at a time. */
export async function inWorkspace<T>(repo: Repo, context: Context, work: () => Promise<T>): Promise<T> {
  const lock = await lockWorkspace(repo.root, { runtime: context, pid: context.pid, signal: context.signal });
  try {
    return await work();
  } finally {
    lock.release();
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
