import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { startProgram, systemPath, type RunningProgram } from './program.ts';
import { removeFolder, serverOf, temporaryFolder, type Server } from './server.ts';

export interface HadoopOptions {
  /** Default 1. */
  readonly datanodes?: number;
  /** HttpFS beside the NameNode. */
  readonly httpfs?: boolean;
  /** A KDC, and only those with a ticket or a token are let in. */
  readonly kerberos?: boolean;
  /** The DataNodes have names that nobody can look up: data0.invalid. */
  readonly named?: boolean;
  /** Two NameNodes, the first of them active. */
  readonly ha?: boolean;
  /** More of Hadoop's own settings, as they stand in hdfs-site.xml. */
  readonly configuration?: Readonly<Record<string, string>>;
}
/** HDFS with '/tmp' for all, '/user/alice' (755) and '/user/bob' (700). Call it 'localhost': that is its name in Kerberos. */
export interface HadoopServer extends Server {
  /** Of the native protocol: hdfs://localhost:PORT. `port` is that of WebHDFS on the NameNode. */
  readonly rpcPort: number;
  readonly httpfsPort: number | undefined;
  /** Of the second NameNode's native protocol. */
  readonly standbyPort: number | undefined;
  /** Who runs it: the superuser, and a proxy user for everybody. */
  readonly superuser: string;
  readonly kerberos: KerberosRealm | undefined;
  /** Has it done: 'stop-datanode 0', 'stop-namenode 0', 'standby 0', 'active 1', 'safemode 1'. */
  command(line: string): Promise<void>;
}
export interface KerberosRealm {
  readonly realm: string;
  /** For KRB5_CONFIG. */
  readonly configFile: string;
  /** Of alice@REALM. */
  readonly keytab: string;
  /** The NameNode's: nn/localhost@REALM. That of WebHDFS is HTTP/localhost@REALM. */
  readonly servicePrincipal: string;
  /** Gets a ticket of alice by `kinit`; returns the variables with which a client finds it. */
  login(): Readonly<Record<'KRB5_CONFIG' | 'KRB5CCNAME', string>>;
}
/** What `minihdfs` prints when it is ready. */
interface Ready {
  readonly rpc: number; readonly webhdfs: number; readonly rpc2?: number; readonly httpfs?: number; readonly user: string;
  readonly realm?: string; readonly krb5_conf?: string; readonly alice_keytab?: string; readonly service_principal?: string;
}

const READY_WITHIN_MS = 120_000;
/**
 * A DataNode that takes a file over HTTP asks the NameNode to close it, and when that has not heard of the block yet, it sleeps 400 ms with one of its few threads (a thousand small
 * objects: 75 s instead of 15). It doubles that with each try; its five would be over after 0.2 s, in which a busy machine may well do something else, so it tries for 20 s. https://hadoop.apache.org/docs/r3.4.2/hadoop-project-dist/hadoop-hdfs/hdfs-default.xml (2026-11-28)
 */
const IMPATIENT = { 'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': '5', 'dfs.client.block.write.locateFollowingBlock.retries': '12' };

/** A real NameNode with DataNodes in one process (1.5 s; 2.2 s with HttpFS). It takes free ports itself. */
export async function startHadoop(options: HadoopOptions = {}): Promise<HadoopServer> {
  const folder = temporaryFolder('hadoop');
  const settings = Object.entries({ ...IMPATIENT, ...options.configuration }).flatMap(([key, value]) => ['-D', `${key}=${value}`]);
  const args = ['--dir', join(folder, 'data'), '--datanodes', String(options.datanodes ?? 1), ...(options.httpfs === true ? ['--httpfs'] : []), ...(options.kerberos === true ? ['--kerberos'] : []), ...(options.ha === true ? ['--ha'] : []), ...(options.named === true ? ['--named'] : []), ...settings];
  const program = startProgram(judgeProgram('minihdfs'), args, { holdsStdin: true, cwd: folder, env: { HOME: folder } });
  const ready = await readyLine(program).catch(async (error: unknown) => {
    await program.stop();
    removeFolder(folder);
    throw error;
  });
  return {
    ...serverOf({ port: ready.webhdfs, folder, programs: [program] }),
    rpcPort: ready.rpc, standbyPort: ready.rpc2, httpfsPort: ready.httpfs, superuser: ready.user, kerberos: realmOf(ready, folder),
    async command(line) {
      // What was said before is told again to every new listener.
      let isTold = false;
      const isDone = new Promise<void>((resolve) => { program.onLine((said) => { if (isTold && said === `done ${line}`) resolve(); }); });
      isTold = true;
      program.tell(line);
      await isDone;
    },
  };
}

function readyLine(program: RunningProgram): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (program.hasEnded) fail('ended before it was ready');
      else if (Date.now() > end) fail(`was not ready after ${READY_WITHIN_MS / 1000} seconds`);
    }, 100);
    const end = Date.now() + READY_WITHIN_MS;
    const fail = (what: string): void => {
      clearInterval(timer);
      reject(new Error(`minihdfs ${what}:\n${program.output()}`));
    };
    program.onLine((line) => {
      if (!line.startsWith('{')) return;
      clearInterval(timer);
      resolve(JSON.parse(line) as Ready);
    });
  });
}

function realmOf(ready: Ready, folder: string): KerberosRealm | undefined {
  const { realm, krb5_conf: configFile, alice_keytab: keytab, service_principal: servicePrincipal } = ready;
  if (realm === undefined || configFile === undefined || keytab === undefined || servicePrincipal === undefined) return undefined;
  const env = { KRB5_CONFIG: configFile, KRB5CCNAME: `FILE:${join(folder, 'ticket')}` };
  return {
    realm, configFile, keytab, servicePrincipal,
    login() {
      execFileSync('kinit', ['-kt', keytab, 'alice'], { env: { PATH: systemPath, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
      return env;
    },
  };
}

