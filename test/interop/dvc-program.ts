import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { judgeProgram } from '../judges.ts';
import { projectFolder } from '../project.ts';
import { systemPath } from '../servers/program.ts';
import type { Ended, RunOptions, Sandbox } from '../servers/sandbox.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';

/** Real DVC, ready to run. Ends when it is told to, or with this process. */
export interface DvcProgram {
  run(sandbox: Sandbox, args: readonly string[], options?: RunOptions): Promise<Ended>;
  stop(): void;
}

const TIMEOUT_SECONDS = 120;
interface Answer { readonly id: number; readonly status: number }

/** DVC loaded once and forked for each command: a process of its own for each would make the stories take six times as long. `modules` of Python are loaded before it; those that look at `env` while they are loaded find it. */
export function startDvc(modules: readonly string[] = [], env: Readonly<Record<string, string>> = {}): DvcProgram {
  const folder = temporaryFolder('dvc');
  const child = spawn(judgeProgram('python'), [join(projectFolder, 'test/interop/dvc-forks.py'), ...modules], { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: systemPath, HOME: folder, LC_ALL: 'C.UTF-8', NO_COLOR: '1', COLUMNS: '2000', DVC_TEST: '1', DVC_NO_ANALYTICS: '1', ...env } });
  const waiting = new Map<number, { readonly resolve: (status: number) => void; readonly reject: (error: Error) => void }>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, status } = JSON.parse(line) as Answer;
    waiting.get(id)?.resolve(status);
    waiting.delete(id);
  });
  child.on('exit', () => { for (const { reject } of waiting.values()) reject(new Error('the process that holds DVC has ended')); });
  let last = 0;
  return {
    async run(sandbox, args, options = {}) {
      const id = ++last;
      const [out, err] = [join(folder, `${id}.out`), join(folder, `${id}.err`)];
      const request = { id, args, out, err, cwd: options.cwd ?? sandbox.folder, env: { ...sandbox.env, ...options.env }, seconds: options.timeoutSeconds ?? TIMEOUT_SECONDS };
      const status = await new Promise<number>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      });
      const [stdout, stderr] = [readFileSync(out, 'utf8'), readFileSync(err, 'utf8')];
      rmSync(out);
      rmSync(err);
      return { status, signal: null, stdout, stderr };
    },
    stop() {
      child.stdin.end();
      removeFolder(folder);
    },
  };
}
