/** The commands on one directory of very many files: what memory they take, and how long the shortest of them takes beside a walk by `find`. See bench/million. */
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtProgram } from '../test/project.ts';
import { createSandbox, type Sandbox } from '../test/servers/sandbox.ts';
import { measure, type Measured } from './measure.ts';
import { startStub } from './stub/start.ts';
import { addRemote } from './table/files.ts';

const LIMIT_MEGABYTES = 600;
/** `status` holds least and is asked most. */
const STATUS_MEGABYTES = 250;
const FIND_RATIO = 1.2;
const PAIRS = 3;
const PER_FOLDER = 1000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { files: { type: 'string', default: '1000000' } } });
  const files = Number(values.files);
  if (!Number.isInteger(files) || files < PER_FOLDER) throw new Error(`'--files ${values.files}' is no number of files, of which there are ${PER_FOLDER} in each folder`);
  const sandbox = createSandbox('bench-million');
  try {
    process.stdout.write(`${files} files, no two the same, in folders of ${PER_FOLDER}\n`);
    const failed = await play(sandbox, files);
    if (failed > 0) process.exitCode = 1;
  } finally {
    // Last, because removing so many files takes its time.
    sandbox.remove();
  }
}

/** Gives back how many limits were passed. */
async function play(sandbox: Sandbox, files: number): Promise<number> {
  const work = join(sandbox.folder, 'work');
  makeFiles(join(work, 'data'), files);
  let failed = 0;
  const tow = async (args: string, { cwd = work, most = LIMIT_MEGABYTES }: { readonly cwd?: string; readonly most?: number } = {}): Promise<Measured> => {
    const found = await measure(sandbox, [process.execPath, builtProgram, ...args.split(' ')], { cwd });
    const holds = found.peakMegabytes <= most;
    if (!holds) failed += 1;
    process.stdout.write(`${args.padEnd(28)} ${found.peakMegabytes.toFixed(0).padStart(5)} MB of ${most}${holds ? '' : ', TOO MUCH'}; CPU ${found.cpuSeconds.toFixed(1)} s, wall ${found.wallSeconds.toFixed(1)} s\n`);
    return found;
  };
  const commit = async (message: string): Promise<void> => {
    await sandbox.git(['add', '-A'], { cwd: work });
    await sandbox.git(['commit', '-q', '-m', message], { cwd: work });
  };
  await sandbox.git(['init', '-q'], { cwd: work });
  await tow('init -q');
  await tow('add -q data');
  await commit('data');
  await tow('status', { most: STATUS_MEGABYTES });
  failed += await besideFind(sandbox, work, async () => await tow('status', { most: STATUS_MEGABYTES }));
  for (const command of ['data status', 'data status --granular', 'checkout', 'diff', 'gc -w --dry -f']) await tow(command);
  appendFileSync(join(work, 'data/0000/000000'), 'changed\n');
  for (const command of ['status', 'diff', 'data status --granular', 'add -q data']) await tow(command);
  await commit('one file changed');
  for (const command of ['diff HEAD~1 HEAD', 'diff HEAD~1']) await tow(command);
  await checkoutWhole(sandbox, work, async (args, cwd) => await tow(args, { cwd }));
  await tow(`remote add -q -d disk ${join(sandbox.folder, 'remote')}`);
  for (const command of ['push -q', 'push -q', 'status -c']) await tow(command);
  const stub = await startStub();
  try {
    addRemote(work, 's3', { server: stub, prefix: 'million' });
    await commit('another remote');
    for (const command of ['push -q -r s3', 'push -q -r s3', 'status -c -r s3']) await tow(command);
    const clone = join(sandbox.folder, 'from-s3');
    await sandbox.git(['clone', '-q', work, clone]);
    // The stub keeps no more than the size of what came in parts, as the listing of a million does.
    const [, folder = '', name = ''] = /md5: ([0-9a-f]{2})([0-9a-f]{30}\.dir)/.exec(readFileSync(join(work, 'data.dvc'), 'utf8')) ?? [];
    cpSync(join(work, '.dvc/cache/files/md5', folder, name), join(clone, '.dvc/cache/files/md5', folder, name));
    for (const command of ['fetch -q -r s3', 'fetch -q -r s3']) await tow(command, { cwd: clone });
  } finally {
    await stub.stop();
  }
  return failed;
}

/** Another work tree with the same cache, linked so that the files take no room. */
async function checkoutWhole(sandbox: Sandbox, work: string, tow: (args: string, cwd: string) => Promise<unknown>): Promise<void> {
  const clone = join(sandbox.folder, 'clone');
  await sandbox.git(['clone', '-q', work, clone]);
  await tow(`cache dir --local ${join(work, '.dvc/cache')}`, clone);
  await tow('config --local cache.type hardlink', clone);
  await tow('checkout -q', clone);
}

/** Gives back 1 when `status` took too long, else 0; the pairs are taken in turn, the middle one counts. */
async function besideFind(sandbox: Sandbox, work: string, status: () => Promise<Measured>): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const ours = await status();
    const theirs = await measure(sandbox, ['/usr/bin/find', 'data', '-type', 'f', '-printf', '%T@ %s %i\\n'], { cwd: work });
    ratios.push(ours.wallSeconds / theirs.wallSeconds);
  }
  const middle = ratios.sort((a, b) => a - b)[Math.floor(PAIRS / 2)] ?? Infinity;
  process.stdout.write(`status / find -printf: wall ${middle.toFixed(2)} (${ratios.map((one) => one.toFixed(2)).join(', ')}), wanted ${FIND_RATIO}\n`);
  return middle <= FIND_RATIO ? 0 : 1;
}

function makeFiles(folder: string, files: number): void {
  for (let first = 0; first < files; first += PER_FOLDER) {
    const below = join(folder, String(first / PER_FOLDER).padStart(4, '0'));
    mkdirSync(below, { recursive: true });
    for (let file = first; file < Math.min(files, first + PER_FOLDER); file += 1) writeFileSync(join(below, String(file - first).padStart(6, '0')), `${file}\n`);
  }
}

await main();
