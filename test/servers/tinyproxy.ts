import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { startProgram } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, temporaryFolder, type Credentials, type Server } from './server.ts';

export interface ProxyServer extends Server {
  /** Without credentials. */
  readonly url: string;
  /** The request lines it was sent: 'CONNECT host:port' or 'GET http://...'. */
  requests(): readonly string[];
}

/** A forward proxy for http:// and CONNECT, with Basic authentication when credentials are given. */
export function startTinyproxy(options: { readonly credentials?: Credentials } = {}): Promise<ProxyServer> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('tinyproxy');
    const port = await freePort();
    const log = join(folder, 'log');
    const login = options.credentials ? [`BasicAuth ${options.credentials.user} ${options.credentials.password}`] : [];
    writeFileSync(join(folder, 'conf'), [`Port ${port}`, `Listen ${HOST}`, `Allow ${HOST}`, 'Timeout 60', 'MaxClients 100', `LogFile "${log}"`, 'LogLevel Connect', ...login, ''].join('\n'));
    const program = startProgram(judgeProgram('tinyproxy'), ['-d', '-c', join(folder, 'conf')]);
    await waitForPort(port, program);
    return {
      ...serverOf({ port, folder, programs: [program] }), url: `http://${HOST}:${port}`,
      requests: () => (existsSync(log) ? [...readFileSync(log, 'utf8').matchAll(/Request \(file descriptor \d+\): (\S+ \S+)/g)].map((match) => match[1] ?? '') : []),
    };
  });
}
