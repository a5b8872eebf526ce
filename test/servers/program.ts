import { spawn, type ChildProcess } from 'node:child_process';

/** A program that runs until it is stopped. */
export interface RunningProgram {
  readonly pid: number;
  /** Both its outputs so far, for the message when something is wrong. */
  output(): string;
  /** Only what it wrote to stdout, as it comes. */
  onLine(take: (line: string) => void): void;
  /** A line for its stdin, when that is held open. */
  tell(line: string): void;
  readonly hasEnded: boolean;
  /** Asks it to end, insists after two seconds, and returns when it is gone. */
  stop(): Promise<void>;
}
export interface StartOptions { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; /** Keeps its stdin open: some programs end when it closes. */ readonly holdsStdin?: boolean }

const PATIENCE_MS = 2000;
const OUTPUT_LIMIT = 256 * 1024;
const running = new Set<number>();

/** Starts a program with nothing of our environment but PATH. It ends with this process at the latest. */
export function startProgram(program: string, args: readonly string[], options: StartOptions = {}): RunningProgram {
  const child = spawn(program, args, {
    // In a group of its own, so that a server's workers can be ended with it.
    cwd: options.cwd, detached: true, stdio: [options.holdsStdin === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    env: { PATH: systemPath, LC_ALL: 'C.UTF-8', ...options.env },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${program}`);
  child.stdin?.on('error', () => undefined);
  endWithUs();
  running.add(pid);
  const output = gather(child);
  const ended = new Promise<void>((resolve) => { child.on('exit', () => { running.delete(pid); resolve(); }); });
  return {
    pid,
    output: output.text,
    onLine: output.onLine,
    tell: (line) => { child.stdin?.write(`${line}\n`); },
    get hasEnded() { return child.exitCode !== null || child.signalCode !== null; },
    async stop() {
      if (!running.has(pid)) return;
      child.kill('SIGTERM');
      const insist = setTimeout(() => killGroup(pid), PATIENCE_MS);
      await ended;
      clearTimeout(insist);
    },
  };
}

/** Servers stand in sbin, which is not in an ordinary user's PATH. */
export const systemPath: string = `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`;

function gather(child: ChildProcess): { text: () => string; onLine: RunningProgram['onLine'] } {
  let text = '';
  let rest = '';
  const takers: ((line: string) => void)[] = [];
  const lines: string[] = [];
  const take = (chunk: Buffer): void => { text = (text + chunk.toString()).slice(-OUTPUT_LIMIT); };
  child.stderr?.on('data', take);
  child.stdout?.on('data', (chunk: Buffer) => {
    take(chunk);
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const taker of takers) parts.forEach(taker);
  });
  return { text: () => text, onLine: (taker) => { lines.forEach(taker); takers.push(taker); } };
}

let isWatching = false;
/** A server that outlives its test holds a port and a folder for ever, so every way out of this process takes it along. */
function endWithUs(): void {
  if (isWatching) return;
  isWatching = true;
  const killAll = (): void => { for (const pid of running.keys()) killGroup(pid); };
  // Before the folders are removed: a server that still lives would write into them again.
  process.prependListener('exit', killAll);
  for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15], ['SIGHUP', 1]] as const) process.once(signal, () => { killAll(); process.exit(128 + number); });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
