import type { FileLock } from '../disk/lock.ts';
import { lockFile } from '../disk/lock.ts';
import { TowlineError, hasCode } from '../errors.ts';
import type { Runtime } from '../runtime.ts';

export interface RepoLockOptions {
  readonly runtime: Pick<Runtime, 'wait' | 'env'>;
  readonly pid: number;
  /** `--wait-for-lock`. */
  readonly waitForever?: boolean;
  readonly isAlive?: (pid: string) => boolean;
  readonly signal?: AbortSignal;
}

/** Takes the lock that DVC takes for a whole command, `.dvc/tmp/lock`. Throws LOCKED, in DVC's words, after three seconds. */
export async function lockRepo(root: string, { pid, ...options }: RepoLockOptions): Promise<FileLock> {
  try {
    return await lockFile(`${root}/.dvc/tmp/lock`, { ...options, pidText: String(pid) });
  } catch (error) {
    if (!hasCode(error, 'LOCKED')) throw error;
    throw new TowlineError('LOCKED', LOCK_HELD, { cause: error, retryable: true, hint: "Wait for the other command to end, or use '--wait-for-lock'.", context: { ...error.context, root } });
  }
}

const LOCK_HELD =
  'Unable to acquire lock. Most likely another DVC process is running or was terminated abruptly. Check the page <https://dvc.org/doc/user-guide/troubleshooting#lock-issue> for other possible reasons and to learn how to resolve this.';
