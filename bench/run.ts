/** Towline beside DVC and s5cmd, step by step in turn; see bench/run. Nothing is judged by seconds, only by ratios of one run. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeProgram, whyMissing } from '../test/judges.ts';
import { projectFolder } from '../test/project.ts';
import { startMinio } from '../test/servers/minio.ts';
import { startRgw } from '../test/servers/rgw.ts';
import { makeBucket } from '../test/servers/s3-bucket.ts';
import { type S3Server, temporaryFolder } from '../test/servers/server.ts';
import { BUCKET, createContestants, type Remote, REMOTES, type Servers } from './contestants.ts';
import { type DataSet, describeSet, FAR, makeDataSet, SMALL, SMALL_FAR, WHOLE } from './data-set.ts';
import { DISTANCES, playFar } from './far.ts';
import { ratioTable, type Row, titleOf, verdicts, verdictTable } from './report.ts';
import { playRound, playVersion, type Take } from './scenarios.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { small: { type: 'boolean', default: false }, rounds: { type: 'string' }, remote: { type: 'string' }, out: { type: 'string' } } });
  const missing = whyMissing('dvc', 'minio', 's5cmd');
  if (missing !== undefined) throw new Error(`${missing}. 'test/judges/install' installs it.`);
  const set = values.small ? SMALL : WHOLE;
  const rounds = Number(values.rounds ?? (values.small ? 1 : 2));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`'--rounds ${values.rounds ?? ''}' is no number of rounds`);
  const noRgw = whyMissing('rgw');
  if (values.remote === 'rgw' && noRgw !== undefined) throw new Error(`${noRgw}. 'test/judges/install' installs it.`);
  const remotes = REMOTES.filter((remote) => (values.remote === undefined || remote === values.remote) && (remote !== 'rgw' || noRgw === undefined));
  const isFar = values.remote === undefined || values.remote === 'far';
  if (remotes.length === 0 && !isFar) throw new Error(`'--remote ${values.remote ?? ''}' is none of ${REMOTES.join(', ')}, far`);
  const file = values.out ?? (values.small || values.remote !== undefined ? undefined : join(projectFolder, 'bench/results.md'));
  const load = loadavg();
  const servers = new Map<string, S3Server>([['minio', await startMinio()]]);
  try {
    if (remotes.includes('rgw')) servers.set('rgw', await startRgw());
    const rows = await play(servers, set, { rounds, remotes, isFar });
    const lines = report(rows, [...facts(load), `The set: ${describeSet(set)}; ${rounds === 1 ? 'one round' : `${rounds} rounds`}. To servers ${DISTANCES.join(' and ')} ms away, there and back by a proxy of ours on this machine: ${describeSet(values.small ? SMALL_FAR : FAR)}.`]);
    process.stdout.write(`\n${lines.join('\n')}\n`);
    if (file !== undefined) writeFileSync(file, `${lines.join('\n')}\n`);
  } finally {
    // Last, because removing so many files takes its time.
    for (const server of servers.values()) await server.stop();
  }
}

async function play(servers: Servers, set: DataSet, { rounds, remotes, isFar }: { readonly rounds: number; readonly remotes: readonly Remote[]; readonly isFar: boolean }): Promise<readonly Row[]> {
  const rows = new Map<string, { scenario: Row['scenario']; pairs: Row['pairs'][number][] }>();
  const take: Take = (scenario, measured) => {
    const title = titleOf(scenario);
    const row = rows.get(title) ?? { scenario, pairs: [] };
    rows.set(title, row);
    row.pairs.push(measured);
    process.stdout.write(`${title.padEnd(20)} ${Object.entries(measured).map(([name, { wallSeconds, cpuSeconds, peakMegabytes }]) => `${name} ${wallSeconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s, ${peakMegabytes.toFixed(0)} MB`).join('; ')}\n`);
  };
  for (const server of servers.values()) await makeBucket(server, BUCKET);
  const contestants = createContestants();
  const folder = temporaryFolder('bench-data');
  const made = (name: string, wanted: DataSet): string => {
    makeDataSet(join(folder, name), wanted);
    return join(folder, name);
  };
  const data = remotes.length === 0 ? '' : made('data', set);
  const small = isFar ? made('far', set === SMALL ? SMALL_FAR : FAR) : '';
  for (let number = 1; number <= rounds; number += 1) {
    const near = servers.get('minio');
    if (isFar && near) await playFar({ number, data: small, server: near, contestants, take });
    if (remotes.length > 0) await playRound({ number, data, servers, contestants, remotes, take, repeats: set === SMALL ? 1 : 3 });
  }
  if (remotes.length > 0) await playVersion({ contestants, take });
  return [...rows.values()];
}

function facts(load: readonly number[]): readonly string[] {
  const versionOf = (program: string, argument: string): string => spawnSync(program, [argument], { encoding: 'utf8' }).stdout.trim().split('\n')[0] ?? '';
  return [
    `${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}, Node ${process.version}, DVC ${versionOf(judgeProgram('dvc'), '--version')}, s5cmd ${versionOf(judgeProgram('s5cmd'), 'version')}; MinIO and Ceph RGW on the same cores.`,
    `The machine's load was ${load.map((value) => value.toFixed(1)).join(', ')} at the start: above the number of cores, trust the CPU and the ratios, not the seconds.`,
  ];
}

function report(rows: readonly Row[], about: readonly string[]): readonly string[] {
  return [
    '# Towline beside DVC and s5cmd', '', 'Written by `bench/run`. Medians; ratios are taken pair by pair. CPU and memory are the client\'s alone, its children included. Before whatever moves data, 4 GiB of memory are touched and given back: on a virtual machine the first touch costs a second of system time a GiB, whoever comes first.', '',
    ...about.flatMap((line) => [line, '']), '## What is promised', '', ...verdictTable(verdicts(rows)), '', '## What was measured', '', ...ratioTable(rows),
  ];
}

await main();
