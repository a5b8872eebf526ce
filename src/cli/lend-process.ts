import { nodeDisk } from '../disk/node.ts';
import { readFile } from '../disk/read.ts';
import { createLazyConnect } from '../http/lazy-connect.ts';
import type { Lent } from '../repo/repo.ts';
import type { Audience } from '../runtime.ts';
import { createBandwidth } from '../storage/bandwidth.ts';
import { createProcessRuntime } from './process-runtime.ts';

/** What this process lends to remotes and repositories, for programs that use Towline as a library. Nobody is asked for a password unless `ask` is given; without `warn` warnings are dropped. */
export function lendProcess({ ask, browse, report, trace, warn = () => undefined }: Partial<Audience> = {}): Lent {
  const process = createProcessRuntime({ warning: () => undefined, trace: () => undefined, progress: () => undefined });
  const { env, platform, home, processors, now, wait, randomBytes, runProgram, setVariable } = process;
  const machine = { env, platform, home, processors, now, wait, randomBytes, ...(runProgram && { runProgram }), ...(setVariable && { setVariable }) };
  const runtime = { ...machine, warn, ...(ask && { ask }), ...(browse && { browse }), ...(report && { report }), ...(trace && { trace }) };
  return { ...runtime, disk: nodeDisk, bandwidth: createBandwidth(runtime), connect: createLazyConnect(runtime, { readFile }) };
}
