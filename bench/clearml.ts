/** Our StorageManager beside ClearML's own, step by step in turn: `node dist/bench/clearml.js [--small] [--rounds N] [--out FILE]`. Only the ratios of one run are judged: whole minutes of it are the SDK's, so what takes long is measured once. */
import { randomFillSync } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeProgram, whyMissing } from '../test/judges.ts';
import { projectFolder } from '../test/project.ts';
import { startMinio } from '../test/servers/minio.ts';
import { makeBucket } from '../test/servers/s3-bucket.ts';
import { createSandbox, type Sandbox } from '../test/servers/sandbox.ts';
import { type S3Server, temporaryFolder } from '../test/servers/server.ts';
import { measure, type Measured } from './measure.ts';
import { settle } from './settle.ts';
import { median, ratioOf, ratioTable, type Rival, type Row, verdict, verdictTable } from './report.ts';

interface Amounts { readonly small: number; readonly large: number; readonly largeMiB: number; readonly keys: number; readonly passes: number }
const WHOLE: Amounts = { small: 2000, large: 5, largeMiB: 1024, keys: 100_000, passes: 5 };
const SMALL: Amounts = { small: 500, large: 2, largeMiB: 128, keys: 5000, passes: 20 };
const SMALL_BYTES = 100_000;
/** What is promised: so many times faster than the SDK. */
const PROMISED: Readonly<Record<string, number>> = { 'small files, one after the other': 5, 'small files, 16 at once': 5, 'large files': 1, hits: 5, list: 1, 'import': 1 };
/** No round begins after so long. */
const LATEST_ROUND_MS = 400_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { small: { type: 'boolean', default: false }, rounds: { type: 'string', default: '2' }, out: { type: 'string' } } });
  const missing = whyMissing('clearml', 'minio', 's5cmd', 'python');
  if (missing !== undefined) throw new Error(`${missing}. 'test/judges/install' installs it.`);
  const amounts = values.small ? SMALL : WHOLE;
  const rounds = Math.max(1, Math.floor(Number(values.rounds)) || 1);
  const load = loadavg().map((one) => one.toFixed(1)).join(', ');
  const server = await startMinio();
  try {
    await fill(server, amounts);
    const rows = await play(server, { ...amounts, rounds });
    const promises = rows.flatMap((row) => [
      ...verdict(row, ratioOf(row, 'sdk', 'wallSeconds'), { what: "wall, times faster than ClearML's SDK", least: PROMISED[row.scenario.name] ?? 1 }),
      ...verdict(row, ratioOf(row, 'sdk', 'cpuSeconds'), { what: "CPU, times less than ClearML's SDK", least: PROMISED[row.scenario.name] ?? 1 }),
    ]);
    const lines = [
      "# Our StorageManager beside ClearML's own", '', `${availableParallelism()} cores, Node ${process.version}, MinIO on the same cores; the load was ${load} at the start.`, '',
      `${amounts.small} files of 100 KB, ${amounts.large} of ${amounts.largeMiB} MiB, ${amounts.keys} keys, ${amounts.small * amounts.passes} hits. Whole processes, their start included.`, '',
      'Both run the same step right after each other, on the same server, and only the ratios within such a pair count. Others use the machine at the same time, so seconds of different steps cannot be compared, and CPU says more than wall does.', '',
      ...verdictTable(promises), '', ...ratioTable(rows), '', ...rates(rows, amounts),
    ];
    process.stdout.write(`\n${lines.join('\n')}\n`);
    if (values.out !== undefined) writeFileSync(values.out, `${lines.join('\n')}\n`);
  } finally {
    await server.stop();
  }
}

/** How much of each step is done in a second, the start of the process included. */
function rates(rows: readonly Row[], { small, large, largeMiB, keys, passes }: Amounts): readonly string[] {
  const counts: Readonly<Record<string, readonly [count: number, what: string]>> = {
    'small files, one after the other': [small, 'files'], 'small files, 16 at once': [small, 'files'], hits: [small * passes, 'hits'], list: [keys, 'keys'], 'large files': [large * largeMiB, 'MiB'],
  };
  const lines = ['| a second | measured | tow, wall | SDK, wall | tow, CPU | SDK, CPU |', '|---|---|---|---|---|---|'];
  for (const { scenario: { name }, pairs } of rows) {
    const [count, what] = counts[name] ?? [];
    if (count === undefined) continue;
    const rate = (rival: Rival, figure: 'wallSeconds' | 'cpuSeconds'): string => (count / median(pairs.flatMap(({ [rival]: one }) => (one ? [one[figure]] : [])))).toFixed(0);
    lines.push(`| ${name}: ${what} | ${pairs.length === 1 ? 'once' : `${pairs.length} times`} | ${rate('tow', 'wallSeconds')} | ${rate('sdk', 'wallSeconds')} | ${rate('tow', 'cpuSeconds')} | ${rate('sdk', 'cpuSeconds')} |`);
  }
  return lines;
}

/** Objects are stored by a third program. */
async function fill(server: S3Server, { small, large, largeMiB, keys }: Amounts): Promise<void> {
  await makeBucket(server, 'bench');
  const folder = temporaryFolder('bench-clearml');
  for (const [name, count, size] of [['small', small, SMALL_BYTES], ['keys', keys, 1], ['large', large, largeMiB << 20]] as const) {
    mkdirSync(join(folder, name));
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < count; at += 1) writeFileSync(join(folder, name, String(at)), size > 1 ? randomFillSync(bytes) : bytes);
  }
  const sandbox = createSandbox('bench-fill');
  const env = { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey, AWS_REGION: server.region };
  await measure(sandbox, [judgeProgram('s5cmd'), '--log', 'error', '--endpoint-url', server.url, 'cp', `${folder}/`, 's3://bench/'], { cwd: folder, env });
  rmSync(folder, { recursive: true });
}

interface Rivals { readonly tow: Sandbox; readonly sdk: Sandbox }

async function play(server: S3Server, { small, large, keys, passes, rounds }: Amounts & { readonly rounds: number }): Promise<readonly Row[]> {
  const rivals: Rivals = { tow: contestant(server, 'tow'), sdk: contestant(server, 'sdk') };
  const base = `s3://127.0.0.1:${server.port}/bench`;
  const rows = new Map<string, { readonly scenario: Row['scenario']; readonly pairs: Partial<Record<Rival, Measured>>[] }>();
  const step = async (name: string, args: readonly string[], isCold = false): Promise<void> => {
    const pair: Partial<Record<Rival, Measured>> = {};
    for (const who of ['tow', 'sdk'] as const) {
      if (isCold) rmSync(join(rivals[who].home, 'cache'), { recursive: true, force: true });
      settle();
      pair[who] = await measure(rivals[who], [...PROGRAMS[who], ...args], { cwd: rivals[who].folder, env: { CLEARML_CONFIG_FILE: join(rivals[who].home, 'clearml.conf') } });
    }
    const row = rows.get(name) ?? { scenario: { name }, pairs: [] };
    rows.set(name, row);
    row.pairs.push(pair);
    process.stdout.write(`${name.padEnd(34)} ${Object.entries(pair).map(([who, { wallSeconds, cpuSeconds }]) => `${who} ${wallSeconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s`).join('; ')}\n`);
  };
  const begun = Date.now();
  for (let round = 0; round < rounds && Date.now() - begun < LATEST_ROUND_MS; round += 1) {
    await step('import', ['none', '1']);
    await step('small files, one after the other', ['copies', '1', `${base}/small`, String(small), '1'], true);
    await step('hits', ['copies', '1', `${base}/small`, String(small), String(passes)]);
    if (round > 0) continue;
    await step('small files, 16 at once', ['copies', '16', `${base}/small`, String(small), '1'], true);
    await step('list', ['list', '1', `${base}/keys/`, String(keys)]);
    await step('large files', ['copies', '1', `${base}/large`, String(large), '1'], true);
  }
  return [...rows.values()];
}

const PROGRAMS = { tow: [process.execPath, join(projectFolder, 'dist/bench/clearml-tow.js')], sdk: [judgeProgram('clearml'), join(projectFolder, 'bench/clearml-sdk.py')] } as const;

function contestant(server: S3Server, name: string): Sandbox {
  const sandbox = createSandbox(`bench-${name}`);
  writeFileSync(join(sandbox.home, 'clearml.conf'), `sdk.storage.cache { default_base_dir: "${sandbox.home}/cache", default_cache_manager_size: 1000000 }
sdk.aws.s3.credentials: [{ host: "127.0.0.1:${server.port}", key: "${server.accessKeyId}", secret: "${server.secretAccessKey}", secure: false, region: "${server.region}" }]\n`);
  return sandbox;
}

await main();
