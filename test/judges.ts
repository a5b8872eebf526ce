import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { userInfo } from 'node:os';

/** Where test/judges/install puts what it installs; kept between runs and cached in CI. */
export const judgesFolder: string = process.env['TOWLINE_JUDGES'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(userInfo().homedir, '.cache'), 'towline', 'judges');

/** A program the tests are judged by, and where it is looked for: in the judges' folder, or among the system's programs. */
const programs = {
  dvc: 'py/bin/dvc', python: 'py/bin/python', moto: 'py/bin/moto_server', minio: 'bin/minio', s5cmd: 'bin/s5cmd', versitygw: 'bin/versitygw',
  'fake-gcs-server': 'bin/fake-gcs-server', rclone: 'bin/rclone', azurite: 'node/node_modules/.bin/azurite-blob', 'webdav-server': 'node/node_modules/webdav-server/lib/index.js', 'ali-oss': 'node/node_modules/ali-oss/lib/client.js', 'googleapis-drive': 'node/node_modules/@googleapis/drive/build/index.js', minihdfs: 'bin/minihdfs', registry: 'bin/registry', oras: 'bin/oras', crane: 'bin/crane', 'kerberos-node': 'kerberos/node_modules/kerberos/lib/index.js', clearml: 'clearml/bin/python', localstack: 'localstack-core/bin/python',
  openssh: 'sshd', nginx: 'nginx', apache: 'apache2', kerberos: 'krb5kdc', tinyproxy: 'tinyproxy', rgw: 'radosgw', openssl: 'openssl', htpasswd: 'htpasswd', flock: 'flock', 'docker-registry': 'docker-registry', skopeo: 'skopeo', redis: 'redis-server', postgres: 'postgres',
} as const;
export type Judge = keyof typeof programs;
/** What one row of test/judges/install brings under another name: these are missing together. */
const installedWith: Readonly<Partial<Record<Judge, string>>> = { dvc: 'python', moto: 'python', azurite: 'node', 'webdav-server': 'node', 'ali-oss': 'node', 'googleapis-drive': 'node', minihdfs: 'hadoop' };
export const judges = Object.keys(programs) as readonly Judge[];

// Servers stand in sbin, which is not in an ordinary user's PATH.
const systemFolders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin', '/usr/lib/openssh', ...postgresFolders()];

/** Debian keeps the programs of PostgreSQL in a folder for each major version. */
function postgresFolders(): readonly string[] {
  const folder = '/usr/lib/postgresql';
  return existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version, 'bin')) : [];
}

/** The program of a judge, or undefined when it is not installed. */
export function findJudge(judge: Judge): string | undefined {
  const name = programs[judge];
  const candidates = name.includes('/') ? [join(judgesFolder, name)] : systemFolders.map((folder) => join(folder, name));
  return candidates.find(isProgram);
}

/** The program of a judge; says how to get it when it is missing. */
export function judgeProgram(judge: Judge): string {
  const program = findJudge(judge);
  if (program === undefined) throw new Error(whyMissing(judge));
  return program;
}

/** Why a judge is missing, as a reason to skip; undefined when it is there. */
export function whyMissing(...wanted: readonly Judge[]): string | undefined {
  const missing = wanted.find((judge) => findJudge(judge) === undefined);
  if (missing === undefined) return undefined;
  return `${missing} is not installed: ${installFailures().get(installedWith[missing] ?? missing) ?? reasonsIn('optional.txt', judgesFolder).get(missing) ?? 'test/judges/install has not been run'}`;
}

/** What the last test/judges/install could not install, with its reason. */
export const installFailures = (folder: string = judgesFolder): ReadonlyMap<string, string> => reasonsIn('missing.txt', folder);

function reasonsIn(name: 'missing.txt' | 'optional.txt', folder: string): ReadonlyMap<string, string> {
  const file = join(folder, name);
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => {
    const [name = '', reason = 'no reason given'] = line.split('\t');
    return [name, reason] as const;
  }));
}

function isProgram(path: string): boolean {
  try {
    // A library for Node.js is no program, and is there when it can be read.
    accessSync(path, path.endsWith('.js') ? constants.R_OK : constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
