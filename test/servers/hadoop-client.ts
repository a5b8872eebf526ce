import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { judgesFolder } from '../judges.ts';
import type { HadoopServer } from './hadoop.ts';
import { systemPath } from './program.ts';

const run = promisify(execFile);

/** Hadoop's own client, `hadoop fs ...`, as alice: the judge of what others see (1.5 s a call). Returns what it prints. */
export async function hadoopFs(server: HadoopServer, ...args: readonly string[]): Promise<string> {
  // Its own client will not start without a configuration.
  const folder = join(server.folder, 'hadoop-client');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'core-site.xml'), `<configuration><property><name>fs.defaultFS</name><value>hdfs://localhost:${server.rpcPort}</value></property></configuration>`);
  for (const name of ['hdfs-site.xml', 'mapred-site.xml', 'yarn-site.xml']) writeFileSync(join(folder, name), '<configuration/>');
  const java = ['-XX:TieredStopAtLevel=1', '-cp', `${folder}:${join(judgesFolder, 'hadoop/lib/minihdfs.jar')}:${join(judgesFolder, 'hadoop/lib')}/*`, '-Dhadoop.root.logger=ERROR,E'];
  const { stdout } = await run('java', [...java, 'org.apache.hadoop.fs.FsShell', ...args], {
    env: { PATH: systemPath, HOME: server.folder, HADOOP_USER_NAME: 'alice' },
  });
  return stdout;
}

/** rclone, whose HDFS client is another than Hadoop's, as alice. */
export async function rcloneHdfs(server: HadoopServer, program: string, { command, from, to }: { readonly command: string; readonly from: string; readonly to: string }): Promise<void> {
  const place = (name: string): string => name.replace(/^hdfs:/, `:hdfs,namenode='localhost:${server.rpcPort}',username='alice':`);
  await run(program, [command, place(from), place(to), '--transfers', '4'], { env: { PATH: systemPath, HOME: server.folder } });
}

export interface SeenStatus { readonly pathSuffix: string; readonly type: 'FILE' | 'DIRECTORY'; readonly length: number; readonly owner: string; readonly permission: string; readonly replication: number; readonly blockSize: number }

/** What WebHDFS says of a file. */
export async function seenStatus(server: HadoopServer, path: string): Promise<SeenStatus> {
  return (await askWebhdfs<{ readonly FileStatus: SeenStatus }>(server, path, 'GETFILESTATUS')).FileStatus;
}
/** The names in a folder as WebHDFS lists them, temporary ones too. */
export async function seenNames(server: HadoopServer, path: string): Promise<readonly string[]> {
  const { FileStatuses } = await askWebhdfs<{ readonly FileStatuses: { readonly FileStatus: readonly SeenStatus[] } }>(server, path, 'LISTSTATUS');
  return FileStatuses.FileStatus.map(({ pathSuffix }) => pathSuffix).sort();
}

async function askWebhdfs<T>(server: HadoopServer, path: string, operation: string): Promise<T> {
  const response = await fetch(`http://localhost:${server.port}/webhdfs/v1${path}?op=${operation}&user.name=${server.superuser}`);
  if (!response.ok) throw new Error(`WebHDFS answered ${response.status} for ${path}: ${await response.text()}`);
  return await response.json() as T;
}
