import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { noteUnknown } from '../../disk/watch.ts';
import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';

export interface GitOptions {
  /** Given to the program's standard input. */
  readonly input?: string | Uint8Array;
  /** Exit codes besides 0 that are an answer and no failure. */
  readonly answers?: readonly number[];
  readonly signal?: AbortSignal;
}

/** The `git` program in one folder. */
export interface Git {
  /** Where it runs; the paths it is given and gives are relative to this folder. */
  readonly folder: string;
  /** Runs it and gives what it prints; throws with what Git complained about. */
  run(args: readonly string[], options?: GitOptions): Promise<Buffer>;
  /** Starts it and leaves it running, for a conversation. */
  start(args: readonly string[]): ChildProcessWithoutNullStreams;
}

/** `folder` has to be absolute. Nothing is run yet: whether there is a program and a repository shows at the first call. */
export function createGit(folder: string, runtime: Pick<Runtime, 'env'>): Git {
  // Paths are literal, messages English, nobody is asked anything, and a mere look takes no lock on the index.
  const environment = (): Runtime['env'] => ({ ...withoutLocal(runtime.env), LC_ALL: 'C', LANGUAGE: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' });
  // Paths are taken as they are everywhere but in 'check-ignore', which does so by itself and knows no such setting.
  const literal = (args: readonly string[]): readonly string[] => (args[0] === 'check-ignore' ? [] : ['--literal-pathspecs']);
  const start = (args: readonly string[]): ChildProcessWithoutNullStreams => {
    noteUnknown();
    return spawn('git', ['-c', 'core.quotePath=false', ...literal(args), ...args], { cwd: folder, env: environment(), stdio: 'pipe', windowsHide: true });
  };
  return { folder, start, run: (args, options = {}) => collect(start(args), { ...options, folder, args }) };
}

/** In a hook Git says where it is itself, which would count for every other folder, too (`git rev-parse --local-env-vars`). */
const LOCAL = new Set(['GIT_DIR', 'GIT_WORK_TREE', 'GIT_COMMON_DIR', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_NAMESPACE']);
const withoutLocal = (env: Runtime['env']): Runtime['env'] => Object.fromEntries(Object.entries(env).filter(([name]) => !LOCAL.has(name)));

interface Call extends GitOptions {
  readonly folder: string;
  readonly args: readonly string[];
}

function collect(child: ChildProcessWithoutNullStreams, call: Call): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(gitError(error, call)));
    // It has not been started, and may have no streams either.
    if (child.pid === undefined) return;
    const out: Buffer[] = [];
    const complaints: Buffer[] = [];
    const stop = (): void => void child.kill();
    call.signal?.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
    // Git may end before it has read all of its input; its exit code then says why.
    child.stdin.on('error', () => undefined);
    child.on('close', (code) => {
      call.signal?.removeEventListener('abort', stop);
      if (call.signal?.aborted === true) reject(new TowlineError('ABORTED', `git ${call.args[0] ?? ''} was stopped`, { cause: call.signal.reason }));
      else if (code === 0 || (code !== null && call.answers?.includes(code) === true)) resolve(Buffer.concat(out));
      else reject(gitError(new Error(Buffer.concat(complaints).toString('utf8').trim()), call));
    });
    child.stdin.end(call.input);
  });
}

/** What stands in the way, and what to do about it. */
export function gitError(error: Error, { folder, args }: Pick<Call, 'folder' | 'args'>): TowlineError {
  const complaint = error.message.replace(/^(?:fatal|error): /, '');
  if ('code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) {
    return new TowlineError('NOT_FOUND', `cannot run 'git' in '${folder}': the program was not found`, {
      cause: error,
      hint: "Install Git, or work without it: 'tow config core.no_scm true'.",
      context: { reason: 'no-git-program', folder },
    });
  }
  if (complaint.includes('not a git repository')) {
    return new TowlineError('NOT_FOUND', `'${folder}' is not in a Git repository`, { cause: error, hint: "Run 'git init', or go to the right folder.", context: { reason: 'no-git-repository', folder } });
  }
  if (complaint.includes('dubious ownership')) {
    return new TowlineError('PERMISSION_DENIED', `Git refuses to work in '${folder}': it belongs to another user`, {
      cause: error,
      hint: `If you trust it: git config --global --add safe.directory '${/repository at '([^']+)'/.exec(complaint)?.[1] ?? folder}'`,
      context: { reason: 'dubious-ownership', folder },
    });
  }
  return new TowlineError('UNKNOWN', `git ${args[0] ?? ''} failed: ${complaint.split('\n')[0] ?? ''}`, { cause: error, context: { folder } });
}

/** The parts of output that is separated by NUL bytes. */
export function splitNul(output: Buffer): string[] {
  const parts = output.toString('utf8').split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
}
