import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ended } from '../../servers/sandbox.ts';
import type { Program } from './program.ts';

/** What is asked of the process, and what comes back. */
export interface Request { readonly args: readonly string[]; readonly cwd: string; readonly env: Readonly<Record<string, string>> }
export type Answer = Pick<Ended, 'status' | 'stdout' | 'stderr'>;

/** Our program, loaded once and asked one command after the other: a process of its own for each would make the corpus take six times as long. That it says the same in one is tested by sample. */
export function startTow(): Program {
  const file = import.meta.url.endsWith('.ts') ? './tow-process.ts' : './tow-process.js';
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  let waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | undefined;
  child.on('message', (answer) => { waiting?.resolve(answer as Answer); });
  child.on('exit', () => { waiting?.reject(new Error('the process that holds our program has ended')); });
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (request: Request): Promise<Ended> => {
    const answer = await new Promise<Answer>((resolve, reject) => {
      waiting = { resolve, reject };
      child.send(request);
    });
    waiting = undefined;
    return { ...answer, signal: null };
  };
  return {
    remembers: false,
    run(sandbox, args, options = {}) {
      const next = last.then(() => ask({ args, cwd: options.cwd ?? sandbox.folder, env: { ...sandbox.env, ...options.env } }));
      last = next.catch(() => undefined);
      return next;
    },
    stop: () => { child.disconnect(); },
  };
}
