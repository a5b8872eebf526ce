import { builtProgram } from '../project.ts';
import type { Ended, RunOptions, Sandbox } from './sandbox.ts';

/** Runs the built program, as a user's shell does, as the user of the sandbox. */
export function tow(sandbox: Sandbox, args: readonly string[], options?: RunOptions): Promise<Ended> {
  return sandbox.run(process.execPath, [builtProgram, ...args], options);
}
