import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../test/judges.ts';
import { builtProgram } from '../test/project.ts';
import { createSandbox, type Sandbox } from '../test/servers/sandbox.ts';
import type { S3Server } from '../test/servers/server.ts';

/** One of the programs that are compared, with a home and repositories of its own. */
export interface Contestant { readonly name: 'tow' | 'dvc'; readonly command: readonly string[]; readonly sandbox: Sandbox }

export const BUCKET = 'bench';
export const REMOTES = ['disk', 'minio', 'rgw'] as const;
export type Remote = (typeof REMOTES)[number];
/** The servers behind remotes. */
export type Servers = ReadonlyMap<string, S3Server>;

export function createContestants(): readonly [Contestant, Contestant] {
  return [
    { name: 'tow', command: [process.execPath, builtProgram], sandbox: createSandbox('bench-tow') },
    { name: 'dvc', command: [judgeProgram('dvc')], sandbox: createSandbox('bench-dvc') },
  ];
}

/** A repository with all remotes and a copy of the data that is not added yet. */
export async function makeRepository(contestant: Contestant, servers: Servers, { data, name: place }: { readonly data: string; readonly name: string }): Promise<string> {
  const { name, command, sandbox } = contestant;
  const folder = join(sandbox.folder, `repository-${place}`);
  mkdirSync(folder);
  await sandbox.git(['init', '-q'], { cwd: folder });
  const [program = '', ...first] = command;
  const made = await sandbox.run(program, [...first, 'init', '-q'], { cwd: folder });
  if (made.status !== 0) throw new Error(`${name} init: ${made.stderr}`);
  writeFileSync(join(folder, '.dvc/config'), `[core]
    remote = disk
['remote "disk"']
    url = ${join(sandbox.folder, `remote-${place}`)}
${[...servers].map(([remote, server]) => s3Section(remote, server, `${name}-${place}`)).join('')}`);
  shell('cp', '-r', data, join(folder, 'data'));
  await sandbox.git(['add', '.dvc', '.dvcignore'], { cwd: folder });
  await sandbox.git(['commit', '-q', '-m', 'empty'], { cwd: folder });
  return folder;
}

/** A remote of DVC's configuration. */
export const s3Section = (remote: string, { url, region, accessKeyId, secretAccessKey }: S3Server, prefix: string): string => `['remote "${remote}"']
    url = s3://${BUCKET}/${prefix}
    endpointurl = ${url}
    region = ${region}
    access_key_id = ${accessKeyId}
    secret_access_key = ${secretAccessKey}
`;

/** Another user's copy: nothing in its cache, nothing in its workspace. */
export async function cloneRepository({ sandbox }: Contestant, repository: string, name: string): Promise<string> {
  const folder = join(sandbox.folder, name);
  await sandbox.git(['clone', '-q', repository, folder]);
  return folder;
}

export function shell(program: string, ...args: readonly string[]): void {
  const ended = spawnSync(program, args, { encoding: 'utf8' });
  if (ended.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
}
