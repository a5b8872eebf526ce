import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../test/judges.ts';
import type { S3Server } from '../test/servers/server.ts';
import { BUCKET, cloneRepository, type Contestant, makeRepository, type Remote, type Servers, shell } from './contestants.ts';
import { measure, type Measured } from './measure.ts';
import type { Rival, Scenario } from './report.ts';
import { settle } from './settle.ts';

/** Takes the measurements of one scenario that were made together. */
export type Take = (scenario: Scenario, measured: Readonly<Partial<Record<Rival, Measured>>>) => void;
export interface Round {
  readonly number: number; readonly data: string; readonly servers: Servers; readonly contestants: readonly [Contestant, Contestant]; readonly take: Take;
  /** Those that are measured. */
  readonly remotes: readonly Remote[];
  /** What changes nothing can be run again: so many pairs in a round. */
  readonly repeats: number;
}

const VERSION_PAIRS = 15;

/** One whole life of a repository for each contestant, step by step in turn, so that both meet the same machine. */
export async function playRound(round: Round): Promise<void> {
  const { contestants, data, servers, number } = round;
  const repositories = new Map<Contestant, string>();
  for (const contestant of contestants) repositories.set(contestant, await makeRepository(contestant, servers, { data, name: String(number) }));
  await step(round, repositories, { name: 'add', args: ['add', 'data'], moves: true });
  for (const [{ sandbox }, folder] of repositories) {
    await sandbox.git(['add', '-A'], { cwd: folder });
    await sandbox.git(['commit', '-q', '-m', 'data'], { cwd: folder });
  }
  await step(round, repositories, { name: 'status', args: ['status'] });
  await step(round, repositories, { name: 'data status', args: ['data', 'status'] });
  for (const remote of round.remotes) await playRemote(round, repositories, remote);
  for (const folder of repositories.values()) thin(folder);
}

async function playRemote(round: Round, repositories: ReadonlyMap<Contestant, string>, remote: Remote): Promise<void> {
  const on = { remote };
  await step(round, repositories, { name: 'push', args: ['push', '-r', remote], moves: true, ...on, beside: async () => await s5cmdUpload(round, repositories, remote) });
  await step(round, repositories, { name: 'push again', args: ['push', '-r', remote], ...on });
  await step(round, repositories, { name: 'status -c', args: ['status', '-c', '-r', remote], ...on });
  const clones = new Map<Contestant, string>();
  for (const [contestant, folder] of repositories) clones.set(contestant, await cloneRepository(contestant, folder, `clone-${remote}-${round.number}`));
  await step(round, clones, { name: 'fetch', args: ['fetch', '-r', remote], moves: true, ...on, beside: async () => await s5cmdDownload(round, remote) });
  await step(round, clones, { name: 'checkout', args: ['checkout'], moves: true, ...on });
  await step(round, clones, { name: 'pull again', args: ['pull', '-r', remote], ...on });
  for (const folder of clones.values()) {
    // A benchmark of a program that does the wrong thing says nothing.
    if (round.number === 1) shell('diff', '-rq', round.data, join(folder, 'data'));
    thin(folder);
  }
}

interface Step {
  readonly name: string;
  readonly args: readonly string[];
  readonly remote?: Remote;
  /** It changes something, so it is run once. */
  readonly moves?: boolean;
  readonly beside?: () => Promise<Measured | undefined>;
}

async function step(round: Round, folders: ReadonlyMap<Contestant, string>, { name, args, remote, moves, beside }: Step): Promise<void> {
  const scenario = { name, ...(remote === undefined ? {} : { remote }) };
  for (let repeat = 0; repeat < (moves === true ? 1 : round.repeats); repeat += 1) {
    const measured: Partial<Record<Rival, Measured>> = {};
    for (const [contestant, cwd] of folders) {
      if (moves === true) settle();
      measured[contestant.name] = await measure(contestant.sandbox, [...contestant.command, ...args], { cwd });
    }
    const other = await beside?.();
    round.take(scenario, other === undefined ? measured : { ...measured, s5cmd: other });
  }
}

async function s5cmdUpload(round: Round, repositories: ReadonlyMap<Contestant, string>, remote: Remote): Promise<Measured | undefined> {
  const [contestant] = round.contestants;
  return await s5cmd(round, remote, [join(repositories.get(contestant) ?? '', '.dvc/cache/files/md5/'), `s3://${BUCKET}/s5cmd-${round.number}/`].map(withSlash));
}

async function s5cmdDownload(round: Round, remote: Remote): Promise<Measured | undefined> {
  const folder = join(round.contestants[0].sandbox.folder, `s5cmd-${remote}-${round.number}`);
  mkdirSync(folder);
  const measured = await s5cmd(round, remote, [`s3://${BUCKET}/s5cmd-${round.number}/*`, withSlash(folder)]);
  thin(folder);
  return measured;
}

/** Undefined for what is no server. */
async function s5cmd({ servers, contestants: [{ sandbox }] }: Round, remote: Remote, [from = '', to = '']: readonly string[]): Promise<Measured | undefined> {
  const server = servers.get(remote);
  if (server === undefined) return undefined;
  settle();
  return await measure(sandbox, [judgeProgram('s5cmd'), '--log', 'error', '--endpoint-url', server.url, 'cp', from, to], { cwd: sandbox.folder, env: s5cmdEnvironment(server) });
}

export const s5cmdEnvironment = (server: S3Server): Readonly<Record<string, string>> => ({ AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey, AWS_REGION: server.region });

/** The version, beside Node doing nothing. */
export async function playVersion({ contestants: [{ sandbox, command }], take }: Pick<Round, 'contestants' | 'take'>): Promise<void> {
  for (let pair = 0; pair < VERSION_PAIRS; pair += 1) {
    const node = await measure(sandbox, [process.execPath, '-e', '0'], { cwd: sandbox.folder });
    take({ name: '--version' }, { node, tow: await measure(sandbox, [...command, '--version'], { cwd: sandbox.folder }) });
  }
}

const withSlash = (path: string): string => `${path.replace(/\/$/, '')}/`;
/** Makes room without removing many files at once, after which ext4 is slow to make new ones for half a minute. */
export const thin = (folder: string): void => { shell('find', folder, '-type', 'f', '-size', '+1M', '-delete'); };
