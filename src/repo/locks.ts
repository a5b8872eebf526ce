import type { FileLock } from '../disk/lock.ts';
import { lockFile } from '../disk/lock.ts';
import { TowlineError, hasCode } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { lockOf } from './lock-file.ts';

export interface RepoLockOptions {
  readonly runtime: Pick<Runtime, 'wait' | 'env'>;
  readonly pid: number;
  /** `--wait-for-lock`. */
  readonly waitForever?: boolean;
  /** Several that say so may hold it at once: shares of one work, and what only reads or adds objects. */
  readonly isShared?: boolean;
  /** Asks once, and waits for nobody. */
  readonly isQuick?: boolean;
  readonly isAlive?: (pid: string) => boolean;
  readonly signal?: AbortSignal;
}

/** Takes the lock that DVC takes for a whole command, `.dvc/tmp/lock`. Throws LOCKED, in DVC's words, after three seconds. */
export async function lockRepo(root: string, { pid, isQuick, ...options }: RepoLockOptions): Promise<FileLock> {
  try {
    return await lockFile(lockOf(root), { ...options, ...(isQuick === true && { tries: 1 }), pidText: String(pid) });
  } catch (error) {
    if (!hasCode(error, 'LOCKED')) throw error;
    throw new TowlineError('LOCKED', LOCK_HELD, { cause: error, retryable: true, hint: "Wait for the other command to end, or use '--wait-for-lock'.", context: { ...error.context, root } });
  }
}

/** Of several that hold the lock of the repository together, the one that changes the workspace now. The others wait for as long as that takes. */
export async function lockWorkspace(root: string, { pid, ...options }: Pick<RepoLockOptions, 'runtime' | 'pid' | 'signal'>): Promise<FileLock> {
  return await lockFile(`${root}/.dvc/tmp/towline/workspace.lock`, { ...options, waitForever: true, waitMilliseconds: 50, pidText: String(pid) });
}

const LOCK_HELD =
  'Unable to acquire lock. Most likely another DVC process is running or was terminated abruptly. Check the page <https://dvc.org/doc/user-guide/troubleshooting#lock-issue> for other possible reasons and to learn how to resolve this.';
