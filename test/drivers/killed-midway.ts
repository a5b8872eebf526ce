import { fork } from 'node:child_process';

/** Runs a program of this folder until it says 'midway', and kills it. Gives back what it had said. */
export async function killedMidway(program: string, args: readonly string[]): Promise<readonly string[]> {
  const child = fork(new URL(`./${program}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url), args, { stdio: 'inherit' });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.on('message', (text: string) => { said.push(text); if (text === 'midway') resolve(); });
    child.on('exit', () => { reject(new Error('the child ended by itself')); });
  });
  const gone = new Promise((resolve) => { child.on('exit', resolve); });
  child.kill('SIGKILL');
  await gone;
  return said;
}
