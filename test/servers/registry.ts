import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import type { Certificates } from './certificates.ts';
import { startProgram } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { type Credentials, HOST, serverOf, type Server, temporaryFolder } from './server.ts';
import type { RegistryTokens } from './registry-tokens.ts';

/** A registry of a test's own. */
export interface RegistryServer extends Server {
  /** As it stands in a reference: '127.0.0.1:5000'. */
  readonly authority: string;
}
export interface RegistryOptions {
  readonly credentials?: Credentials;
  readonly tokens?: RegistryTokens;
  readonly certificates?: Certificates;
  /** Nothing can be deleted, which is how both are installed. */
  readonly keepsAll?: boolean;
}
/** Debian's docker-registry 2.8, or distribution 3. */
export type RegistryProgram = 'docker-registry' | 'registry';

export function startRegistry(which: RegistryProgram, options: RegistryOptions = {}): Promise<RegistryServer> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('registry');
    const port = await freePort();
    writeFileSync(join(folder, 'config.yml'), JSON.stringify(configuration(folder, port, options)));
    const program = startProgram(judgeProgram(which), ['serve', join(folder, 'config.yml')], { env: { HOME: folder, OTEL_TRACES_EXPORTER: 'none' } });
    await waitForPort(port, program);
    return { ...serverOf({ port, folder, programs: [program] }), authority: `${HOST}:${port}` };
  });
}

/** YAML takes JSON as it is. */
function configuration(folder: string, port: number, { credentials, tokens, certificates, keepsAll = false }: RegistryOptions): object {
  return {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data'), maxthreads: 100 }, delete: { enabled: !keepsAll }, maintenance: { uploadpurging: { enabled: false } } },
    http: { addr: `${HOST}:${port}`, secret: 'towline-test', ...(certificates && { tls: { certificate: certificates.server.certificate, key: certificates.server.key } }) },
    ...(credentials && { auth: { htpasswd: { realm: 'towline', path: passwordFile(folder, credentials) } } }),
    ...(tokens && { auth: { token: { realm: tokens.realm, service: tokens.service, issuer: tokens.issuer, rootcertbundle: tokens.certificate } } }),
  };
}

function passwordFile(folder: string, { user, password }: Credentials): string {
  const path = join(folder, 'passwords');
  writeFileSync(path, execFileSync(judgeProgram('htpasswd'), ['-nbB', '-C', '4', user, password]));
  return path;
}
