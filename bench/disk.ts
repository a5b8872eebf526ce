/**
 * Hashing and adding many small files beside `md5sum` and `cp -r`, in pairs, as ratios: the files lie in the page cache, so
 * this is processor and kernel. Run it on a quiet machine: `node dist/bench/disk.js [files] [pairs]`. Removing files comes last,
 * because ext4 makes new ones slower for half a minute after many were removed.
 */
import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import * as fs from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFiles } from '../src/disk/hash.ts';
import { nodeDisk } from '../src/disk/node.ts';
import { placeFiles } from '../src/disk/place.ts';
import { scan } from '../src/disk/scan.ts';
import { storeFiles } from '../src/disk/store.ts';

const count = Number(process.argv[2] ?? 30_000);
const pairs = Number(process.argv[3] ?? 5);
const processors = availableParallelism();
const root = fs.mkdtempSync(join(tmpdir(), 'towline-bench-'));
const source = join(root, 'source');
let runs = 0;
const fresh = (): string => join(root, `run-${runs += 1}`);

function fill(): void {
  const bytes = randomFillSync(Buffer.alloc(1 << 20));
  for (let index = 0; index < count; index += 1) {
    const folder = join(source, String(Math.floor(index / 1000)));
    if (index % 1000 === 0) fs.mkdirSync(folder, { recursive: true });
    const start = (index * 13) % (1 << 19);
    bytes.writeUInt32LE(index, start);
    fs.writeFileSync(join(folder, String(index)), bytes.subarray(start, start + 1024 + ((index * 7919) % 15_360)));
  }
}
const shell = (command: string): void => {
  if (spawnSync('sh', ['-c', command], { stdio: 'ignore' }).status !== 0) throw new Error(`'${command}' failed`);
};
const md5sum = (): void => { shell(`find '${source}' -type f -print0 | xargs -0 -P${processors} -n 2000 md5sum`); };
const md5sumOne = (): void => { shell(`find '${source}' -type f -print0 | xargs -0 md5sum`); };

async function hash(): Promise<void> {
  const { names, size } = scan(source);
  await hashFiles(Array.from(names, (name) => `${source}/${name}`), { name: 'md5', sizes: size, processors });
}
async function add(links: readonly ('hardlink' | 'copy')[]): Promise<{ readonly cache: string; readonly names: readonly string[]; readonly digests: readonly (string | undefined)[] }> {
  const { names, size } = scan(source);
  const cache = fresh();
  const files = Array.from(names, (name, row) => ({ path: `${source}/${name}`, size: size[row] ?? 0 }));
  const { digests, errors } = await storeFiles(nodeDisk, files, { name: 'md5', folder: cache, how: 'copy', links, processors });
  for (const error of errors.values()) throw error;
  return { cache, names: [...names], digests };
}

async function ratio(title: string, ours: () => Promise<unknown>, theirs: () => void): Promise<void> {
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const begun = performance.now();
    await ours();
    const between = performance.now();
    theirs();
    ratios.push((between - begun) / (performance.now() - between));
  }
  ratios.sort((a, b) => a - b);
  console.log(`${title.padEnd(66)} ${ratios[Math.floor(pairs / 2)]?.toFixed(2)}  (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`);
}

fill();
console.log(`${count} files of 1 to 16 KiB, ${processors} cores; wall time as a ratio, the median of ${pairs} pairs`);
await ratio('walk and hash / find and md5sum on all cores', hash, md5sum);
await ratio('add, copying to the cache / cp -r and md5sum', async () => await add(['copy']), () => { shell(`cp -r '${source}' '${fresh()}'`); md5sumOne(); });
const { cache, names, digests } = await add(['copy']);
const jobs = (work: string) => Array.from(names, (name, row) => ({ from: `${cache}/${digests[row]?.slice(0, 2)}/${digests[row]?.slice(2)}`, to: `${work}/${name}` }));
for (const link of ['copy', 'hardlink'] as const) {
  await ratio(`checkout by ${link} / cp -r`, async () => { const work = fresh(); await placeFiles(nodeDisk, jobs(work), { root: work, links: [link], processors }); }, () => { shell(`cp -r '${source}' '${fresh()}'`); });
}
await ratio('add, hard-linking to the cache / find and md5sum on one core', async () => await add(['hardlink']), md5sumOne);
fs.rmSync(root, { recursive: true });
