import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { TowlineError } from '../errors.ts';
import { noteUnknown } from '../disk/watch.ts';
import type { ProgramEnd, ProgramRun } from '../runtime.ts';

/** What programs print here are passwords and tokens. */
const OUTPUT_LIMIT = 256 * 1024;

/** Runs a program without a shell. Its children may live on: they are not waited for once its time is over. */
export function runProgram({ program, words, timeoutSeconds, input = '', signal }: ProgramRun, env: Readonly<Record<string, string | undefined>>): Promise<ProgramEnd> {
  noteUnknown();
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(stopped(program, signal));
      return;
    }
    const child = spawn(program, [...words], { env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)];
    // A program that ends without reading closes the pipe before us.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    let isTooLate = false;
    const kill = (): void => { end(child); };
    const timer = setTimeout(() => { isTooLate = true; kill(); }, timeoutSeconds * 1000);
    signal?.addEventListener('abort', kill, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
    };
    child.on('error', (cause) => {
      settle();
      reject(new TowlineError('NOT_FOUND', 'code' in cause && cause.code === 'ENOENT' ? 'it was not found' : cause.message, { cause }));
    });
    child.on('close', (code) => {
      settle();
      if (signal?.aborted === true) reject(stopped(program, signal));
      else resolve({ code: code ?? undefined, isTooLate, stdout: stdout(), stderr: stderr() });
    });
  });
}

/** A child of the program may hold its pipes open for long. */
function end(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function gather(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size <= OUTPUT_LIMIT) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

const stopped = (program: string, signal: AbortSignal): TowlineError => new TowlineError('ABORTED', `'${program}' was stopped`, { cause: signal.reason });
