import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../test/judges.ts';
import type { S3Server } from '../test/servers/server.ts';
import { BUCKET, cloneRepository, type Contestant, makeRepository, s3Section } from './contestants.ts';
import { startDelay } from './delay.ts';
import { measure, type Measured } from './measure.ts';
import type { Rival } from './report.ts';
import { s5cmdEnvironment, type Take } from './scenarios.ts';

/** Milliseconds there and back again. */
export const DISTANCES = [20, 80] as const;

export interface Far { readonly data: string; readonly server: S3Server; readonly contestants: readonly [Contestant, Contestant]; readonly take: Take; readonly number: number }

/** Small objects to and from the same server as if it were far away: what counts there is how many are under way at once. */
export async function playFar({ data, server, contestants, take, number }: Far): Promise<void> {
  const repositories = new Map<Contestant, string>();
  for (const contestant of contestants) {
    const folder = await makeRepository(contestant, new Map([['minio', server]]), { data, name: `far-${number}` });
    await run(contestant, folder, ['add', 'data']);
    repositories.set(contestant, folder);
  }
  for (const roundTripMs of DISTANCES) {
    const { hostname, port } = new URL(server.url);
    const delay = await startDelay({ host: hostname, port: Number(port) }, { thereMs: roundTripMs / 2, backMs: roundTripMs / 2 });
    const far = { ...server, url: `http://127.0.0.1:${delay.port}` };
    try {
      await playDistance({ far, take, repositories, label: `${roundTripMs} ms away`, place: `far-${roundTripMs}-${number}` });
    } finally {
      await delay.stop();
    }
  }
}

interface Distant { readonly far: S3Server; readonly take: Take; readonly repositories: ReadonlyMap<Contestant, string>; readonly label: string; readonly place: string }

async function playDistance({ far, take, repositories, label: remote, place }: Distant): Promise<void> {
  const [[first, its] = []] = [...repositories];
  if (first === undefined || its === undefined) throw new Error('there are no repositories');
  const s5cmd = async (...words: readonly string[]): Promise<Measured> => await measure(first.sandbox, [judgeProgram('s5cmd'), '--log', 'error', '--endpoint-url', far.url, 'cp', ...words], { cwd: first.sandbox.folder, env: s5cmdEnvironment(far) });
  for (const [contestant, folder] of repositories) {
    appendFileSync(join(folder, '.dvc/config'), s3Section(place, far, `${place}-${contestant.name}`));
    await contestant.sandbox.git(['add', '-A'], { cwd: folder });
    await contestant.sandbox.git(['commit', '-q', '-m', place], { cwd: folder });
  }
  const step = async (name: string, folders: ReadonlyMap<Contestant, string>, beside?: () => Promise<Measured>): Promise<void> => {
    const measured: Partial<Record<Rival, Measured>> = {};
    const [word = '', ...options] = name.split(' ').filter((one) => one !== 'again');
    for (const [contestant, cwd] of folders) measured[contestant.name] = await measure(contestant.sandbox, [...contestant.command, word, ...options, '-r', place], { cwd });
    if (beside) measured.s5cmd = await beside();
    take({ name, remote }, measured);
  };
  await step('push', repositories, async () => await s5cmd(`${join(its, '.dvc/cache/files/md5')}/`, `s3://${BUCKET}/${place}-s5cmd/`));
  await step('push again', repositories);
  await step('status -c', repositories);
  const clones = new Map<Contestant, string>();
  for (const [contestant, folder] of repositories) clones.set(contestant, await cloneRepository(contestant, folder, `clone-${place}`));
  const folder = join(first.sandbox.folder, `s5cmd-${place}`);
  mkdirSync(folder);
  await step('fetch', clones, async () => await s5cmd(`s3://${BUCKET}/${place}-s5cmd/*`, `${folder}/`));
}

async function run({ command: [program = '', ...first], sandbox, name }: Contestant, cwd: string, words: readonly string[]): Promise<void> {
  const ended = await sandbox.run(program, [...first, ...words], { cwd });
  if (ended.status !== 0) throw new Error(`${name} ${words.join(' ')}: ${ended.stderr}`);
}
