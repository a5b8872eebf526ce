import { run } from '../../../src/cli/run.ts';
import type { StandardStream } from '../../../src/cli/standard-stream.ts';
import type { Answer, Request } from './tow-program.ts';

// Answers one command after the other until whoever asks has gone.
process.on('message', (request) => { void answer(request as Request); });

async function answer({ args, cwd, env }: Request): Promise<void> {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said): StandardStream => ({
    isTTY: false, columns: undefined,
    write: (text) => { said[name] += text; },
    writeBytes: async (bytes) => { said[name] += await Promise.resolve(Buffer.from(bytes).toString()); },
  });
  const status = await run(args, { out: into('stdout'), err: into('stderr') });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal);
  process.send?.({ status, ...said } satisfies Answer);
}
