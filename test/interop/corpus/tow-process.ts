import { run } from '../../../src/cli/run.ts';
import type { Answer, Request } from './tow-program.ts';

// Answers one command after the other until whoever asks has gone.
process.on('message', (request) => { void answer(request as Request); });

async function answer({ args, cwd, env }: Request): Promise<void> {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  const said = { stdout: '', stderr: '' };
  const write = { stdout: process.stdout.write.bind(process.stdout), stderr: process.stderr.write.bind(process.stderr) };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (chunk: string | Uint8Array): boolean => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    };
  }
  const status = await run(args);
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = write[name];
    process[name].removeAllListeners('error');
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal);
  process.send?.({ status, ...said } satisfies Answer);
}
