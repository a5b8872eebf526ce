import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { projectFolder } from '../project.ts';
import { startProgram, type RunningProgram } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, temporaryFolder, type Credentials, type Server } from './server.ts';

export interface PasswordServer extends Server, Credentials {
  readonly knownHosts: string;
  readonly knownHostsFile: string;
  /** Seen as '/' by the client. */
  readonly dataFolder: string;
  /** ssh://user@host:port/ */
  readonly url: string;
}
export interface AsyncsshOptions {
  readonly methods?: readonly ('password' | 'keyboard-interactive')[];
  /** A second question of keyboard-interactive, as a one-time code is asked for. */
  readonly code?: string;
}

/** An SFTP server that wants a password or asks for it interactively (0.4 s). */
export function startAsyncssh(options: AsyncsshOptions = {}): Promise<PasswordServer> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('asyncssh');
    const port = await freePort();
    const dataFolder = join(folder, 'data');
    mkdirSync(dataFolder);
    const user = 'alice';
    const password = 'correct horse';
    const settings = { port, user, password, root: dataFolder, methods: options.methods ?? ['password'], prompt: 'Password: ', ...(options.code === undefined ? {} : { code: options.code }) };
    const program = startProgram(judgeProgram('python'), [join(projectFolder, 'test/servers/asyncssh-server.py'), JSON.stringify(settings)], { holdsStdin: true, env: { HOME: folder } });
    await waitForPort(port, program);
    const knownHosts = `[${HOST}]:${port} ${await hostKeyOf(program)}\n`;
    const knownHostsFile = join(folder, 'known_hosts');
    writeFileSync(knownHostsFile, knownHosts);
    return { ...serverOf({ port, folder, programs: [program] }), user, password, knownHosts, knownHostsFile, dataFolder, url: `ssh://${user}@${HOST}:${port}/` };
  });
}

function hostKeyOf(program: RunningProgram): Promise<string> {
  return new Promise((resolve) => program.onLine((line) => {
    if (line.startsWith('{')) resolve((JSON.parse(line) as { readonly hostKey: string }).hostKey.split(' ').slice(0, 2).join(' '));
  }));
}
