import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { availableParallelism, homedir, hostname } from 'node:os';

import { TowlineError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { createBandwidth } from '../storage/bandwidth.ts';
import type { Rate } from '../storage/rate.ts';
import type { Context } from './command.ts';
import { isRunning } from './is-running.ts';
import type { Environment } from './open-browser.ts';
import type { Output } from './output.ts';
import { isTerminal } from './standard-stream.ts';

/** What was said before the command begins. */
export interface Starting {
  readonly cwd: string;
  readonly output: Output;
  readonly verbosity: number;
  readonly limitRate?: Rate | undefined;
  readonly jobs?: number | undefined;
}

/** The context of this process. The first Ctrl-C asks the work to stop, the second ends the process. */
export function createContext({ cwd, output, verbosity, limitRate, jobs }: Starting): { readonly context: Context; readonly interrupted: () => boolean } {
  const controller = new AbortController();
  // Every call under way listens to it: hundreds are no leak.
  setMaxListeners(0, controller.signal);
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(252);
    controller.abort();
    output.warning('stopping; press Ctrl-C again to leave at once');
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const { trace, ...runtime } = createProcessRuntime(output);
  const context: Context = { ...runtime, ...(trace && verbosity > 0 && { trace }), cwd, pid: process.pid, signal: controller.signal, verbosity, bandwidth: createBandwidth(runtime, limitRate), ...(jobs !== undefined && { jobs }), write: (bytes) => output.bytes(bytes) };
  return { context, interrupted: () => controller.signal.aborted };
}

/** What this process lends to everything below. */
export function createProcessRuntime(output: Pick<Output, 'warning' | 'trace' | 'progress'>): Runtime {
  // AWS's login packages print a warning about Node 20 on stderr unless this is set before they are loaded (seen with 3.972).
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const canAsk = isTerminal(2) && isTerminal(0);
  return {
    env: process.env,
    platform: process.platform,
    home: process.env['HOME'] ?? homedir(),
    processors: availableParallelism(),
    now: Date.now,
    wait,
    randomBytes: (count) => randomBytes(count),
    pause,
    warn: ({ text }) => output.warning(text),
    trace: (line) => output.trace(line),
    report: (progress) => output.progress(progress),
    runProgram: async (run) => (await import('./run-program.ts')).runProgram(run, process.env),
    self: { host: hostname(), pid: process.pid },
    isRunning,
    setVariable,
    ...(canAsk && { ask, ...(hasBrowser(process.env, process.platform) && { browse }) }),
  };
}

/** Whether a web page can be shown here: on Linux only where there is a screen. */
export function hasBrowser(env: Environment, platform: string): boolean {
  return platform === 'darwin' || platform === 'win32' || ['BROWSER', 'DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (env[name] ?? '') !== '');
}

function browse(url: string): void {
  void import('./open-browser.ts').then(({ openBrowser }) => { openBrowser(url, process.env); });
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

const unchanged = new Int32Array(new SharedArrayBuffer(4));
function pause(milliseconds: number): void {
  Atomics.wait(unchanged, 0, 0, milliseconds);
}

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const stop = (): void => {
      clearTimeout(timer);
      fail(new TowlineError('ABORTED', 'stopped while waiting'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      done();
    }, milliseconds);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

async function ask({ text, secret, signal }: { readonly text: string; readonly secret: boolean; readonly signal?: AbortSignal }): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  process.stderr.write(text);
  const lines = createInterface({ input: process.stdin, ...(secret ? {} : { output: process.stderr }), terminal: secret ? true : undefined });
  try {
    return await new Promise((resolve, reject) => {
      const giveUp = (): void => { reject(new TowlineError('ABORTED', 'the question was not answered')); };
      // Ctrl-C and the end of the input close it, and its promise would stay open for ever.
      lines.once('close', giveUp);
      signal?.addEventListener('abort', giveUp, { once: true });
      if (signal?.aborted === true) giveUp();
      lines.question('').then(resolve, reject);
    });
  } finally {
    lines.close();
    if (secret || signal?.aborted === true) process.stderr.write('\n');
  }
}
