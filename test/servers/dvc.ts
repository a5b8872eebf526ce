import { judgeProgram } from '../judges.ts';
import type { Ended, RunOptions, Sandbox } from './sandbox.ts';

/** Runs the real DVC, the judge of what a repository is, as the user of the sandbox. */
export function dvc(sandbox: Sandbox, args: readonly string[], options?: RunOptions): Promise<Ended> {
  return sandbox.run(judgeProgram('dvc'), args, options);
}
