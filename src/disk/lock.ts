import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { TowlineError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { diskError, systemCode, worded } from './errors.ts';

export interface LockOptions {
  /** Default: six tries in three seconds, then LOCKED. */
  readonly waitForever?: boolean;
  /** How often it is tried before LOCKED. Default: six times. */
  readonly tries?: number;
  /** Between two tries. Default: half a second, as DVC waits. */
  readonly waitMilliseconds?: number;
  /** Held together with others who say the same, and not beside one who does not. */
  readonly isShared?: boolean;
  readonly runtime: Pick<Runtime, 'wait' | 'env'>;
  /** Written into the file, for whoever finds it held. */
  readonly pidText: string;
  /** Whether a process lives, for where only a file can be the lock: without an answer a leftover file stays in force. */
  readonly isAlive?: (pid: string) => boolean;
  readonly signal?: AbortSignal;
}
export interface FileLock {
  /** Whether it ends with this process whatever happens: a file that stands in for a lock does not. */
  readonly endsWithProcess: boolean;
  /** Gives the lock back; a second call does nothing. */
  release(): void;
}

const TRIES = 6;
const WAIT_MILLISECONDS = 500;

/** Takes the lock DVC takes on the same file (zc.lockfile: flock, ' <pid>\n' inside, the file stays). Throws LOCKED. */
export async function lockFile(path: string, options: LockOptions): Promise<FileLock> {
  worded('make the folder', dirname(path), () => fs.mkdirSync(dirname(path), { recursive: true }));
  for (let tries = 1; ; tries += 1) {
    const lock = tryLock(path, options);
    if (lock !== undefined) return lock;
    if (options.waitForever !== true && tries >= (options.tries ?? TRIES)) throw held(path);
    await options.runtime.wait(options.waitMilliseconds ?? WAIT_MILLISECONDS, options.signal);
  }
}

/** Removes a lock file that nobody holds any more: its holder died. False where somebody does, or nobody can tell. */
export function removeIfUnheld(path: string, env: Runtime['env']): boolean {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDWR);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true;
    throw diskError(error, 'lock', path);
  }
  try {
    if (flock(descriptor, env) !== 'taken') return false;
    // Meanwhile another may have removed it and made its own of that name.
    const there = fs.lstatSync(path, { throwIfNoEntry: false });
    if (there?.ino === fs.fstatSync(descriptor).ino) fs.unlinkSync(path);
    return true;
  } finally {
    fs.closeSync(descriptor);
  }
}

function tryLock(path: string, options: LockOptions): FileLock | undefined {
  const descriptor = worded('lock', path, () => fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o666));
  try {
    const answer = flock(descriptor, options.runtime.env, options.isShared);
    const kept = answer === 'taken' ? ownLock(descriptor, options.pidText) : answer === 'impossible' ? lockByFile(`${path}.towline`, options) : undefined;
    if (kept === undefined || answer !== 'taken') fs.closeSync(descriptor);
    return kept;
  } catch (error) {
    fs.closeSync(descriptor);
    throw diskError(error, 'lock', path);
  }
}

/** The lock belongs to the open file, which the child shares with us: it outlives the child and ends when we close the file or die. */
function programs(isShared: boolean): readonly (readonly [string, ...string[]])[] {
  const operation = isShared ? LOCK_SH | LOCK_NB : LOCK_EX | LOCK_NB;
  return [
    ['flock', '-n', isShared ? '-s' : '-x', '-E', '75', '3'],
    ['perl', '-e', `open(my $f, ">&=", 3) or exit 1; exit(flock($f, ${operation}) ? 0 : $!{EWOULDBLOCK} ? 75 : 1)`, '-MErrno'],
    ['python3', '-c', `import fcntl,sys\ntry: fcntl.flock(3, ${operation})\nexcept BlockingIOError: sys.exit(75)`],
  ];
}
const [LOCK_SH, LOCK_EX, LOCK_NB] = [1, 2, 4];
const HELD = 75;

function flock(descriptor: number, env: Runtime['env'], isShared = false): 'taken' | 'held' | 'impossible' {
  for (const [program, ...args] of programs(isShared)) {
    const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'ignore', descriptor], env: { PATH: env['PATH'] }, timeout: 10_000 });
    if (status === 0) return 'taken';
    if (status === HELD) return 'held';
  }
  return 'impossible';
}

function ownLock(descriptor: number, pidText: string): FileLock {
  const bytes = Buffer.from(` ${pidText}\n`);
  fs.writeSync(descriptor, bytes, 0, bytes.byteLength, 0);
  fs.ftruncateSync(descriptor, bytes.byteLength);
  let open = true;
  return {
    endsWithProcess: true,
    release() {
      if (open) fs.closeSync(descriptor);
      open = false;
    },
  };
}

/** Where no program can lock for us: a file that only one process can make. It keeps out other Towlines, not DVC. */
function lockByFile(path: string, { pidText, isAlive }: LockOptions): FileLock | undefined {
  try {
    fs.writeFileSync(path, pidText, { flag: 'wx' });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    const holder = readHolder(path);
    if (holder === undefined || isAlive === undefined || isAlive(holder)) return undefined;
    // The dead one's file is moved aside first: of two that find it, one moves it and the other finds nothing.
    fs.renameSync(path, `${path}.${pidText}`);
    fs.rmSync(`${path}.${pidText}`);
    return lockByFile(path, { pidText, runtime: { env: {}, wait: async () => undefined } });
  }
  return { endsWithProcess: false, release: () => fs.rmSync(path, { force: true }) };
}

function readHolder(path: string): string | undefined {
  const text = fs.existsSync(path) ? fs.readFileSync(path, 'utf8').trim() : '';
  return /^\d+$/.test(text) ? text : undefined;
}

function held(path: string): TowlineError {
  const holder = readHolder(path);
  return new TowlineError('LOCKED', `'${path}' is held by another process${holder === undefined ? '' : ` (${holder})`}`, {
    hint: 'Wait until that command is done, or use --wait-for-lock.',
    retryable: true,
    context: { path },
  });
}
