import { join } from 'node:path';
import type { Disk } from '../../disk/disk.ts';
import { systemCode } from '../../disk/errors.ts';
import { makeFolders } from '../../disk/folders.ts';
import { lockFile, removeIfUnheld } from '../../disk/lock.ts';
import { exists, listFolder } from '../../disk/read.ts';
import { timesOfFile } from '../../disk/times.ts';
import { hasCode } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';

/** Only one process of the machine works on an entry at a time. */
export interface Claims {
  /** Runs `work` when the entry is ours; whoever waits looks again before it does the work anew. */
  whileMine<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
  /** Whether anybody works on the entry, or ClearML has locked it. A lock of the dead is removed. */
  isHeld(path: string): boolean;
  close(): void;
}
export interface ClaimsLent { readonly folder: string; readonly disk: Disk; readonly runtime: Pick<Runtime, 'env' | 'now' | 'wait' | 'randomBytes'> }

const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 250;
const OLD_MS = 3_600_000;

/**
 * A process locks one file of its own (flock), and puts a second name of that file beside each entry it works on, of the form ClearML uses for its locks.
 * So a claim costs one link instead of a program, ends with the process whatever happens to it, and ClearML sees it as one of its own.
 */
export function createClaims({ folder, disk, runtime }: ClaimsLent): Claims {
  let session: Promise<Session> | undefined;
  const mine = (): Promise<Session> => (session ??= openSession({ folder, disk, runtime }));
  const claim = async (name: string, signal: AbortSignal | undefined): Promise<boolean> => {
    const { path, outlivesNobody } = await mine();
    // A lock that stays when its process is killed would keep everybody out for ever; without one two may fetch the same, as in ClearML.
    if (!outlivesNobody) return false;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
      try {
        disk.link(path, name, 'hardlink');
        return true;
      } catch (error) {
        if (hasCode(error, 'UNSUPPORTED') || systemCode(error) === 'EPERM') return false;
        if (!hasCode(error, 'ALREADY_EXISTS')) throw error;
      }
      await runtime.wait(wait, signal);
      if (wait === LONGEST_WAIT_MS) removeIfUnheld(name, runtime.env);
    }
  };
  return {
    async whileMine(path, signal, work) {
      const name = lockName(path);
      const isMine = await claim(name, signal);
      try {
        return await work();
      } finally {
        if (isMine) disk.remove(name);
      }
    },
    isHeld(path) {
      const [parent, prefix] = [join(path, '..'), /[^/\\]*$/.exec(path)?.[0] ?? ''];
      const locks = exists(lockName(path)) ? [lockName(path)] : listFolder(parent).map(({ name }) => name).filter((name) => /^\.lock\.\d{3}\./.test(name) && name.endsWith(`.${prefix}.clearml`)).map((name) => join(parent, name));
      return locks.some((lock) => !removeIfUnheld(lock, runtime.env));
    },
    close() {
      const open = session;
      session = undefined;
      void open?.then((held) => held.close(), () => undefined);
    },
  };
}

/** The name of ClearML's first lock of an entry. */
function lockName(path: string): string {
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
  return `${path.slice(0, cut)}.lock.000.${path.slice(cut)}.clearml`;
}

interface Session { readonly path: string; /** The lock ends with the process. */ readonly outlivesNobody: boolean; close(): void }

async function openSession({ folder, disk, runtime }: ClaimsLent): Promise<Session> {
  makeFolders(disk, folder);
  // Those of processes that were killed would stay for ever.
  for (const { name } of listFolder(folder)) {
    const path = join(folder, name);
    // To look at each costs a program, so those that begin together do not look at one another.
    if (name.endsWith('.session') && runtime.now() - (timesOfFile(path)?.modifiedMs ?? Infinity) > OLD_MS) removeIfUnheld(path, runtime.env);
  }
  for (;;) {
    const path = join(folder, `${Buffer.from(runtime.randomBytes(12)).toString('hex')}.session`);
    const lock = await lockFile(path, { runtime, pidText: 'towline' });
    const close = (): void => {
      disk.remove(path);
      lock.release();
    };
    // Another that cleans up may have taken the file for that of a dead one before it was locked.
    if (exists(path)) return { path, outlivesNobody: lock.endsWithProcess, close };
    close();
  }
}
