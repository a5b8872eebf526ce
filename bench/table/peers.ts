import { existsSync, readdirSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { findJudge, judgeProgram } from '../../test/judges.ts';
import { systemPath } from '../../test/servers/program.ts';
import type { S3Server } from '../../test/servers/server.ts';
import { measure, type Measured } from '../measure.ts';
import { s5cmdEnvironment } from '../scenarios.ts';
import type { Bench } from './place.ts';

/** From which machine to which server. */
export interface Between { readonly bench: Bench; readonly server: S3Server }
/** Another program that copies a folder to a bucket, or back. Places are `bucket/prefix` there and folders here. */
export interface Peer {
  readonly name: string;
  upload(between: Between, from: string, to: string): Promise<Measured>;
  download(between: Between, from: string, to: string): Promise<Measured>;
}

/** Without a look at what is there already, and with as much at once as it does best with. */
export const rclone: Peer = {
  name: 'rclone',
  upload: async (between, from, to) => await runRclone(between, [from, `stub:${to}`]),
  download: async (between, from, to) => await runRclone(between, [`stub:${from}`, to]),
};

async function runRclone({ bench: { sandbox, authority }, server }: Between, [from = '', to = '']: readonly string[]): Promise<Measured> {
  const env = {
    RCLONE_CONFIG_STUB_TYPE: 's3', RCLONE_CONFIG_STUB_PROVIDER: 'Other', RCLONE_CONFIG_STUB_ENDPOINT: server.url, RCLONE_CONFIG_STUB_REGION: server.region,
    RCLONE_CONFIG_STUB_ACCESS_KEY_ID: server.accessKeyId, RCLONE_CONFIG_STUB_SECRET_ACCESS_KEY: server.secretAccessKey, RCLONE_CONFIG_STUB_NO_CHECK_BUCKET: 'true',
  };
  const secure = server.url.startsWith('https:') ? ['--ca-cert', authority] : [];
  return await measure(sandbox, [judgeProgram('rclone'), 'copy', '--quiet', '--transfers', '64', '--checkers', '64', '--no-check-dest', ...secure, from, to], { cwd: sandbox.folder, env });
}

export const s5cmd: Peer = {
  name: 's5cmd',
  upload: async (between, from, to) => await runS5cmd(between, [`${from}/`, `s3://${to}/`]),
  download: async (between, from, to) => await runS5cmd(between, [`s3://${from}/*`, `${to}/`]),
};

async function runS5cmd({ bench: { sandbox }, server }: Between, words: readonly string[]): Promise<Measured> {
  return await measure(sandbox, [judgeProgram('s5cmd'), '--log', 'error', '--endpoint-url', server.url, 'cp', ...words], { cwd: sandbox.folder, env: s5cmdEnvironment(server) });
}

/** Those of them that are here. */
export const peersHere = (): readonly Peer[] => [rclone, s5cmd].filter(({ name }) => (name === 'rclone' ? findJudge('rclone') : findJudge('s5cmd')) !== undefined);

/** Programs that only upload here, once and without a goal: they take half a minute for what others do in seconds, or do more than copying. */
export interface SlowPeer {
  readonly name: string;
  /** Undefined where it is not installed. */
  upload(between: Between, from: string, to: string): Promise<Measured | undefined>;
}

export const slowPeers: readonly SlowPeer[] = [
  {
    name: 'aws s3 cp',
    async upload({ bench: { sandbox }, server }, from, to) {
      const program = findProgram('aws');
      return program === undefined ? undefined : await measure(sandbox, [program, 's3', 'cp', '--recursive', '--only-show-errors', '--endpoint-url', server.url, from, `s3://${to}`], { cwd: sandbox.folder, env: s5cmdEnvironment(server) });
    },
  },
  {
    name: 'restic backup, which encrypts and packs',
    async upload({ bench: { sandbox }, server }, from, to) {
      const program = findProgram('restic');
      if (program === undefined) return undefined;
      const options = { cwd: sandbox.folder, env: { ...s5cmdEnvironment(server), RESTIC_PASSWORD: 'password', RESTIC_REPOSITORY: `s3:${server.url}/${to}` } };
      await measure(sandbox, [program, 'init', '-q'], options);
      return await measure(sandbox, [program, 'backup', '-q', from], options);
    },
  },
];

/** A program of the system. The scripts by which pyenv chooses a version cost 80 ms and need the home they were made in, so the program behind one is taken. */
function findProgram(name: string): string | undefined {
  const folders = systemPath.split(delimiter).flatMap((folder) => {
    const versions = join(folder, '../versions');
    return basename(folder) === 'shims' && existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : [folder];
  });
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
