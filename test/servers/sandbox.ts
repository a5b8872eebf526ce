import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgesFolder } from '../judges.ts';
import { systemPath } from './program.ts';
import { removeFolder, temporaryFolder } from './server.ts';

/** How a program ended and what it said. */
export interface Ended { readonly status: number | null; readonly signal: NodeJS.Signals | null; readonly stdout: string; readonly stderr: string }
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Kills it then; a test must end. */
  readonly timeoutSeconds?: number;
}
/** One user on one machine: a home, and nothing of the real one. Programs run in `folder` unless told otherwise. */
export interface Sandbox {
  readonly folder: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs git and throws when it fails. Returns its stdout. */
  git(args: readonly string[], options?: RunOptions): Promise<string>;
  remove(): void;
}

const TIMEOUT_SECONDS = 120;

/** Every place that DVC, git, ssh and AWS's libraries read outside a repository lies in the sandbox. */
export function createSandbox(name = 'sandbox'): Sandbox {
  const root = temporaryFolder(name);
  const [folder, home] = [join(root, 'work'), join(root, 'home')];
  for (const path of [folder, home, join(home, '.config'), join(home, '.ssh')]) mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Alice\n\temail = alice@example.com\n[init]\n\tdefaultBranch = main\n[core]\n\thooksPath = .git/hooks\n[gc]\n\tauto = 0\n');
  const env = cleanEnvironment(home);
  const run: Sandbox['run'] = (program, args, options = {}) => runProgram(program, args, { ...options, cwd: options.cwd ?? folder, env: { ...env, ...options.env } });
  return {
    folder, home, env, run,
    async git(args, options) {
      const ended = await run('git', args, options);
      if (ended.status !== 0) throw new Error(`git ${args.join(' ')}: ${ended.stderr}`);
      return ended.stdout;
    },
    remove: () => removeFolder(root),
  };
}

function cleanEnvironment(home: string): Readonly<Record<string, string>> {
  return {
    PATH: `${systemPath}:${join(judgesFolder, 'bin')}`, HOME: home, LC_ALL: 'C.UTF-8', TZ: 'UTC',
    XDG_CONFIG_HOME: join(home, '.config'), XDG_CONFIG_DIRS: join(home, 'xdg'), XDG_CACHE_HOME: join(home, '.cache'), XDG_DATA_HOME: join(home, '.local/share'),
    DVC_SITE_CACHE_DIR: join(home, 'site'), DVC_NO_ANALYTICS: '1', DVC_TEST: '1', NO_COLOR: '1', COLUMNS: '2000',
    GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', AWS_EC2_METADATA_DISABLED: 'true',
  };
}

interface Exact extends RunOptions { readonly cwd: string; readonly env: Readonly<Record<string, string>> }
function runProgram(program: string, args: readonly string[], options: Exact): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' });
    const timer = setTimeout(() => child.kill('SIGKILL'), (options.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000);
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // A program that ends without reading what we send it closes the pipe; that is no fault of the test.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => { clearTimeout(timer); reject(error); });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}
