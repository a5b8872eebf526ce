/** The table P1 to P16, what is promised beside what the machine and other programs do; see bench/run --table. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeProgram, whyMissing } from '../test/judges.ts';
import { projectFolder } from '../test/project.ts';
import { makeCertificates } from '../test/servers/certificates.ts';
import { createSandbox } from '../test/servers/sandbox.ts';
import { temporaryFolder } from '../test/servers/server.ts';
import { startStub } from './stub/start.ts';
import { playAdding } from './table/adding.ts';
import { makeFiles, makeLarge } from './table/files.ts';
import { playHashing } from './table/hashing.ts';
import { playLargeObjects } from './table/large-objects.ts';
import { type Amounts, type Bench, FAR_MS } from './table/place.ts';
import { playRequests } from './table/requests.ts';
import { isMet, tableLines, type TableRow } from './table/row.ts';
import { playSmallObjects } from './table/small-objects.ts';
import { playSizes, sizesOf } from './table/sizes.ts';
import { playStarting } from './table/starting.ts';
import { playTinyObjects } from './table/tiny-objects.ts';

const WHOLE: Amounts = { files: 100_000, objects: 10_000, largeMiB: 4096, sentMiB: 1024, tiny: 70_000, tinyFar: 5000, keys: 1_000_000, manyKeys: 10_000_000, rounds: 3, moments: 7 };
/** Enough to see that the table itself is right. */
const SMALL: Amounts = { files: 5000, objects: 2000, largeMiB: 256, sentMiB: 128, tiny: 3000, tinyFar: 500, keys: 100_000, manyKeys: 200_000, rounds: 1, moments: 3 };
const GROUPS = ['hashing', 'adding', 'starting', 'requests', 'small', 'large', 'tiny', 'sizes'] as const;
type Group = (typeof GROUPS)[number];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { table: { type: 'boolean' }, small: { type: 'boolean', default: false }, only: { type: 'string' }, rounds: { type: 'string' }, out: { type: 'string' } } });
  const missing = whyMissing('python', 'openssl');
  if (missing !== undefined) throw new Error(`${missing}. 'test/judges/install' installs it.`);
  const chosen = values.only === undefined ? GROUPS : GROUPS.filter((group) => values.only?.split(',').includes(group) === true);
  if (chosen.length === 0) throw new Error(`'--only ${values.only ?? ''}' is none of ${GROUPS.join(', ')}`);
  const amounts = { ...(values.small ? SMALL : WHOLE), ...(values.rounds !== undefined && { rounds: Number(values.rounds) }) };
  const about = facts(loadavg());
  const begun = Date.now();
  const rows = await play(amounts, chosen);
  const lines = report(rows, [...about, `${values.small ? 'A quick look with little data: it says nothing of the goals. ' : ''}${amounts.rounds} pairs of what takes long, ${amounts.moments} of what is short; ${((Date.now() - begun) / 60_000).toFixed(0)} minutes in all.`]);
  process.stdout.write(`\n${lines.join('\n')}\n`);
  const file = values.out ?? (values.small || values.only !== undefined ? undefined : join(projectFolder, 'bench/table.md'));
  if (file !== undefined) writeFileSync(file, `${lines.join('\n')}\n`);
}

async function play(amounts: Amounts, chosen: readonly Group[]): Promise<readonly TableRow[]> {
  const rows: TableRow[] = [];
  const certificates = makeCertificates();
  const [stub, secureStub, farStub] = [await startStub(), await startStub({ certificates }), await startStub({ lagMs: FAR_MS })];
  const bench: Bench = {
    amounts, folder: temporaryFolder('bench-table'), sandbox: createSandbox('bench-tow'), dvcSandbox: createSandbox('bench-dvc'), authority: certificates.ca, stub, secureStub, farStub,
    take(row) {
      rows.push(row);
      process.stdout.write(`${tableLines([row]).at(-1) ?? ''}\n`);
    },
  };
  try {
    const needs = (...groups: readonly Group[]): boolean => groups.some((group) => chosen.includes(group));
    const files = needs('hashing', 'adding') ? makeFiles(join(bench.folder, 'files'), amounts.files, (index) => 1024 + ((index * 7919) % 15_360)) : '';
    const large = join(bench.folder, 'large');
    const made = needs('hashing', 'large') ? makeLarge(large, amounts.largeMiB) : undefined;
    const groups: Readonly<Record<Group, () => Promise<void>>> = {
      starting: async () => { await playStarting(bench); },
      hashing: async () => { await playHashing(bench, { large, files }); },
      adding: async () => { await playAdding(bench, files); },
      requests: async () => { await playRequests(bench); },
      small: async () => { await playSmallObjects(bench); },
      large: async () => { if (made) await playLargeObjects(bench, { ...made, large }); },
      tiny: async () => { await playTinyObjects(bench); },
      sizes: async () => { await playSizes(bench, sizesOf(amounts.files < WHOLE.files)); },
    };
    for (const group of chosen) await groups[group]();
  } finally {
    for (const server of [stub, secureStub, farStub]) await server.stop();
    certificates.remove();
  }
  return rows;
}

function facts(load: readonly number[]): readonly string[] {
  const first = (program: string, ...words: readonly string[]): string => {
    const { stdout, stderr, status } = spawnSync(program, words, { encoding: 'utf8' });
    return status === null ? `no ${program}` : /\d+\.\d+(?:\.\d+)?[\w.-]*/.exec(stdout || stderr)?.[0] ?? 'of an unknown version';
  };
  const versions = [['DVC', judgeProgram('dvc'), '--version'], ['rclone', judgeProgram('rclone'), 'version'], ['s5cmd', judgeProgram('s5cmd'), 'version'], ['git', 'git', '--version'], ['curl', 'curl', '--version'], ['OpenSSL', 'openssl', 'version'], ['wrk', 'wrk', '-v']] as const;
  return [
    `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}, Node ${process.version}; ${versions.map(([name, program, ...words]) => `${name} ${first(program, ...words)}`).join(', ')}.`,
    `The machine's load was ${load.map((value) => value.toFixed(1)).join(', ')} at the start: above the number of cores, trust the CPU and the ratios, not the seconds. The server is a stub of ours on the same cores.`,
  ];
}

function report(rows: readonly TableRow[], about: readonly string[]): readonly string[] {
  const judged = rows.filter(({ most, least, seen }) => seen.length > 0 && (most ?? least) !== undefined);
  return [
    '# The table of performance', '', 'Written by `bench/run --table`. Each pair was run one right after the other; a ratio is taken pair by pair, and its median is judged. CPU and memory are those of the program alone, its children included.', '',
    ...about.flatMap((text) => [text, '']), `${judged.filter(isMet).length} of ${judged.length} goals are met. P6, a million files, takes long and has its own: \`bench/million\`.`, '', ...tableLines(rows),
  ];
}

await main();
