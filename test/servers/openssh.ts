import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { startProgram, systemPath } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, temporaryFolder, type Server } from './server.ts';

export interface SshServer extends Server {
  readonly user: string;
  /** Whose public half the server knows. */
  readonly keyFile: string;
  /** Lines for known_hosts, one for each host key. */
  readonly knownHosts: string;
  /** A file with those lines. */
  readonly knownHostsFile: string;
  /** A folder that tests may fill; an absolute path as the server sees it. */
  readonly dataFolder: string;
  /** ssh://user@host:port/data */
  readonly url: string;
}
export interface OpensshOptions {
  /** No commands, only files. */
  readonly isSftpOnly?: boolean;
  /** Requests the server does not know, as `internal-sftp -P` names them: 'posix-rename'. */
  readonly withoutRequests?: readonly string[];
  readonly hostKeys?: readonly KeyType[];
  /** Public keys, besides the one made here. */
  readonly authorizedKeys?: readonly string[];
  /** More lines for sshd_config. */
  readonly configuration?: readonly string[];
}
export type KeyType = 'ed25519' | 'rsa' | 'ecdsa';

/** OpenSSH's own server as the current user, with keys of its own (0.1 s). */
export function startOpenssh(options: OpensshOptions = {}): Promise<SshServer> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('openssh');
    const port = await freePort();
    const hostKeys = (options.hostKeys ?? ['ed25519']).map((type) => makeKey({ folder, name: `host-${type}`, type }));
    const client = makeKey({ folder, name: 'client' });
    const dataFolder = join(folder, 'data');
    mkdirSync(dataFolder);
    writeFileSync(join(folder, 'authorized_keys'), [client.publicKey, ...(options.authorizedKeys ?? [])].join('\n') + '\n', { mode: 0o600 });
    writeFileSync(join(folder, 'sshd_config'), configuration({ folder, port, hostKeys, options }));
    // Started by root, sshd gives its rights away in this folder and will not start without it.
    if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const program = startProgram(judgeProgram('openssh'), ['-D', '-e', '-f', join(folder, 'sshd_config')]);
    await waitForPort(port, program);
    const user = userInfo().username;
    const knownHosts = hostKeys.map(({ publicKey }) => `[${HOST}]:${port} ${publicKey.split(' ').slice(0, 2).join(' ')}\n`).join('');
    const knownHostsFile = join(folder, 'known_hosts');
    writeFileSync(knownHostsFile, knownHosts);
    return { ...serverOf({ port, folder, programs: [program] }), user, keyFile: client.file, knownHosts, knownHostsFile, dataFolder, url: `ssh://${user}@${HOST}:${port}${dataFolder}` };
  });
}

export interface KeyRequest { readonly folder: string; readonly name: string; readonly type?: KeyType; readonly passphrase?: string }
export interface Key { readonly file: string; readonly publicKey: string }

/** A key pair made by ssh-keygen; encrypted when a passphrase is given. */
export function makeKey({ folder, name, type = 'ed25519', passphrase = '' }: KeyRequest): Key {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', type, ...(type === 'rsa' ? ['-b', '2048'] : []), '-N', passphrase, '-C', name, '-f', file], { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: systemPath } });
  return { file, publicKey: readFileSync(`${file}.pub`, 'utf8').trim() };
}

interface Parts { readonly folder: string; readonly port: number; readonly hostKeys: readonly Key[]; readonly options: OpensshOptions }
function configuration({ folder, port, hostKeys, options }: Parts): string {
  const without = options.withoutRequests ?? [];
  const sftp = `internal-sftp${without.length > 0 ? ` -P ${without.join(',')}` : ''}`;
  return [
    `Port ${port}`, `ListenAddress ${HOST}`, ...hostKeys.map(({ file }) => `HostKey ${file}`), `PidFile ${folder}/sshd.pid`, `AuthorizedKeysFile ${folder}/authorized_keys`,
    'StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PubkeyAuthentication yes', 'PermitRootLogin yes', 'UseDNS no',
    'MaxStartups 100:30:200', 'MaxSessions 100', 'LogLevel VERBOSE', `Subsystem sftp ${sftp}`,
    ...(options.isSftpOnly === true ? [`ForceCommand ${sftp}`, 'AllowTcpForwarding no'] : []), ...(options.configuration ?? []), '',
  ].join('\n');
}
