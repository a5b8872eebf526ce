import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../test/judges.ts';
import type { Sandbox } from '../test/servers/sandbox.ts';

/** What one process and its children used. */
export interface Measured { readonly wallSeconds: number; readonly cpuSeconds: number; readonly peakMegabytes: number }
export interface MeasureOptions { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }

const TIMEOUT_SECONDS = 3600;
// Node does not tell what a single child used; `time` counts in hundredths of a second, which is half a start of Node.
const WATCH = `
import json, os, sys, time
begun = time.perf_counter()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter() - begun
with open(sys.argv[1], 'w') as file:
    json.dump({'wallSeconds': wall, 'cpuSeconds': used.ru_utime + used.ru_stime, 'peakMegabytes': used.ru_maxrss * 1024 / 1e6}, file)
sys.exit(os.waitstatus_to_exitcode(status))
`;

/** Runs a program in the sandbox and tells what it used; throws when it does not end with 0. */
export async function measure(sandbox: Sandbox, [program = '', ...args]: readonly string[], options: MeasureOptions): Promise<Measured> {
  const file = join(sandbox.home, 'measured.json');
  const ended = await sandbox.run(judgeProgram('python'), ['-I', '-S', '-c', WATCH, file, program, ...args], { ...options, timeoutSeconds: TIMEOUT_SECONDS });
  if (ended.status !== 0) throw new Error(`'${[program, ...args].join(' ')}' ended with ${String(ended.status ?? ended.signal)}: ${(ended.stderr || ended.stdout).slice(-2000)}`);
  return JSON.parse(readFileSync(file, 'utf8')) as Measured;
}
