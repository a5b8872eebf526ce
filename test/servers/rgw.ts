import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { judgeProgram } from '../judges.ts';
import type { Certificates } from './certificates.ts';
import { startProgram, systemPath, type RunningProgram } from './program.ts';
import { freePort, waitForStatus, withFreshPorts } from './readiness.ts';
import { cephConfiguration } from './rgw-configuration.ts';
import { HOST, serverOf, temporaryFolder, type S3Server } from './server.ts';

export interface Rgw extends S3Server {
  /** The same gateway with TLS, when certificates were given. */
  readonly secureUrl?: string;
  /** A second user, who has no right to what the first one owns. */
  readonly other: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Gives deleted bytes back: the store is memory, and writes hang when it is full. */
  collectGarbage(): Promise<void>;
}

const USERS = { test: 'towline-test-secret', other: 'towline-other-secret' } as const;
const execute = promisify(execFile);

/** Ceph's gateway on one monitor and one store in memory: grants, customer keys and versions are really enforced (1 to 3 s). */
export function startRgw(options: { readonly certificates?: Certificates } = {}): Promise<Rgw> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('rgw');
    const [port, monitorPort] = [await freePort(2), await freePort(2)];
    for (const name of ['mon', 'osd', 'rgw', 'run', 'log']) mkdirSync(join(folder, name));
    const cluster = randomUUID();
    writeFileSync(join(folder, 'ceph.conf'), cephConfiguration({ folder, port, monitorPort, cluster, certificates: options.certificates }));
    const programs: RunningProgram[] = [];
    try {
      await startCluster({ folder, cluster, monitorPort, programs });
      const gateway = startCeph(folder, judgeProgram('rgw'), ['-f', '-n', 'client.rgw']);
      programs.push(gateway);
      await waitForStatus(`http://${HOST}:${port}/`, 200, gateway);
      for (const [user, secret] of Object.entries(USERS)) await runCeph(folder, 'radosgw-admin', ['user', 'create', `--uid=${user}`, `--display-name=${user}`, `--access-key=${user}`, `--secret-key=${secret}`]);
    } catch (error) {
      for (const program of programs.reverse()) await program.stop();
      throw error;
    }
    return {
      ...serverOf({ port, folder, programs }), url: `http://${HOST}:${port}`, region: 'us-east-1', accessKeyId: 'test', secretAccessKey: USERS.test,
      ...(options.certificates ? { secureUrl: `https://${HOST}:${port + 1}` } : {}),
      other: { accessKeyId: 'other', secretAccessKey: USERS.other },
      collectGarbage: () => runCeph(folder, 'radosgw-admin', ['gc', 'process', '--include-all']).then(() => undefined),
    };
  });
}

interface Cluster { readonly folder: string; readonly cluster: string; readonly monitorPort: number; readonly programs: RunningProgram[] }
async function startCluster({ folder, cluster, monitorPort, programs }: Cluster): Promise<void> {
  const [keyring, map] = [join(folder, 'keyring'), join(folder, 'monmap')];
  const rights = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'];
  await run('ceph-authtool', ['--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
  await run('ceph-authtool', [keyring, '--gen-key', '-n', 'client.admin', ...rights]);
  await run('ceph-authtool', [keyring, '--gen-key', '-n', 'client.rgw', ...rights]);
  await run('monmaptool', ['--create', '--clobber', '--fsid', cluster, '--addv', 'a', `[v2:${HOST}:${monitorPort},v1:${HOST}:${monitorPort + 1}]`, map]);
  await runCeph(folder, 'ceph-mon', ['--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring]);
  programs.push(startCeph(folder, 'ceph-mon', ['-f', '-i', 'a']));

  const key = (await run('ceph-authtool', ['--gen-print-key'])).trim();
  const store = randomUUID();
  const secrets = join(folder, 'osd.json');
  writeFileSync(secrets, JSON.stringify({ cephx_secret: key }));
  await runCeph(folder, 'ceph', ['--connect-timeout', '30', 'osd', 'new', store, '-i', secrets]);
  writeFileSync(join(folder, 'osd', 'keyring'), `[osd.0]\n\tkey = ${key}\n`);
  await runCeph(folder, 'ceph-osd', ['-i', '0', '--mkfs', '--key', key, '--osd-uuid', store]);
  programs.push(startCeph(folder, 'ceph-osd', ['-f', '-i', '0']));
}

const environment = { PATH: systemPath, LC_ALL: 'C.UTF-8' };
const startCeph = (folder: string, program: string, args: readonly string[]): RunningProgram => startProgram(program, ['-c', join(folder, 'ceph.conf'), ...args]);
const runCeph = (folder: string, program: string, args: readonly string[]): Promise<string> => run(program, ['-c', join(folder, 'ceph.conf'), ...args]);
const run = async (program: string, args: readonly string[]): Promise<string> => (await execute(program, args, { env: environment, timeout: 60_000 })).stdout;
