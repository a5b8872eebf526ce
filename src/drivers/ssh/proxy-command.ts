import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { Runtime } from '../../runtime.ts';
import { connectFailed } from './errors.ts';

/** What an SSH conversation runs over, and how to take it down. */
export interface Carrier { readonly stream: Duplex; readonly end: () => void }

/** Runs a ProxyCommand, which stands only in the user's own SSH configuration or the machine's: never in a repository. */
export function proxyCommand(command: string, { env, platform }: Runtime): Carrier {
  // As OpenSSH runs it: by the user's shell, which gives way to the command.
  const child = platform === 'win32' ? spawn(command, { shell: true, env, stdio: ['pipe', 'pipe', 'inherit'] })
    : spawn(env['SHELL'] ?? '/bin/sh', ['-c', `exec ${command}`], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.once('error', (error) => { stream.destroy(connectFailed(`the server by ProxyCommand '${command}'`, error)); });
  return { stream, end: () => { child.kill(); } };
}
