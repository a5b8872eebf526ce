import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { judgeProgram } from '../judges.ts';
import { projectFolder } from '../project.ts';
import { systemPath } from '../servers/program.ts';

export interface SdkCall { readonly call: string; readonly args: readonly unknown[]; readonly named?: Readonly<Record<string, unknown>>; readonly cache?: string }
/** ClearML's own SDK, ready to be asked. Ends when it is told to, or with this process. */
export interface Sdk {
  /** What a method of its StorageManager gives back; what it throws is thrown. */
  ask<T>(call: string, args: readonly unknown[], more?: { readonly named?: Readonly<Record<string, unknown>>; readonly cache?: string }): Promise<T>;
  stop(): void;
}
type Answer = { readonly ok: unknown } | { readonly error: string };

/** The SDK takes two seconds to load: it is loaded once and answers questions one after the other. */
export function startSdk(env: Readonly<Record<string, string>>): Sdk {
  const child = spawn(judgeProgram('clearml'), [join(projectFolder, 'test/interop/clearml-sdk.py')], { stdio: ['pipe', 'pipe', process.env['TOW_SHOW_SDK'] === undefined ? 'ignore' : 'inherit'], env: { PATH: systemPath, LC_ALL: 'C.UTF-8', ...env } });
  const waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => { waiting.shift()?.resolve(JSON.parse(line) as Answer); });
  child.on('exit', () => { for (const { reject } of waiting) reject(new Error('the process that holds the SDK has ended')); });
  child.stdin.on('error', () => undefined);
  return {
    async ask<T>(call: string, args: readonly unknown[], more = {}) {
      const answer = await new Promise<Answer>((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ call, args, ...more } satisfies SdkCall)}\n`);
      });
      if ('error' in answer) throw new Error(answer.error);
      return answer.ok as T;
    },
    stop() { child.stdin.end(); },
  };
}
