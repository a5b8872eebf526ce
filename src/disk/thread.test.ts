import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-thread-'));
after(() => fs.rmSync(root, { recursive: true }));
const moduleUrl = (path: string): string => JSON.stringify(new URL(`../${path}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href);

/** So many bytes that threads are worth it; they take no room. */
const SIZES = Array.from({ length: 10 }, (_, index) => 30_000_000 + index);
const paths = SIZES.map((size, index) => {
  const path = join(root, String(index));
  fs.writeFileSync(path, `file ${index}`);
  fs.truncateSync(path, size);
  return path;
});
const md5 = (path: string): string => createHash('md5').update(fs.readFileSync(path)).digest('hex');

/** What another Node, started by these words, says of `expression`. */
function said(words: readonly string[], imports: Readonly<Record<string, string>>, expression: string): unknown {
  const program = join(root, 'program.mjs');
  const lines = Object.entries(imports).map(([names, path]) => `import { ${names} } from ${moduleUrl(path)};`);
  fs.writeFileSync(program, `${lines.join('\n')}\nprocess.stdout.write(JSON.stringify(${expression}));`);
  const { stdout, stderr, status, signal } = spawnSync(words[0] ?? '', [...words.slice(1), program], { encoding: 'utf8' });
  assert.equal(status, 0, `${signal ?? ''} ${stderr}`);
  return JSON.parse(stdout);
}
const hashed = `(await hashFiles(${JSON.stringify(paths)}, { name: 'md5', sizes: ${JSON.stringify(SIZES)}, processors: 2 })).digests`;
const digests = (): readonly string[] => paths.map(md5);

describe('where the address space is limited', { skip: process.platform === 'linux' ? false : 'only on Linux can it be' }, () => {
  /** In KiB, what Node needs for itself and 220 MB: with the engine's own measure two threads take more than that. */
  const limit = Number(/VmPeak:\s+(\d+)/.exec(spawnSync(process.execPath, ['-p', 'fs.readFileSync("/proc/self/status", "utf8")'], { encoding: 'utf8', env: { MALLOC_ARENA_MAX: '1' } }).stdout)?.[1]) + 220_000;
  const limited = ['bash', '-c', `export MALLOC_ARENA_MAX=1; ulimit -v ${limit}; exec "$@"`, 'bash', process.execPath];

  it('there is no vector code, as its memory has no place, and files have their hashes all the same', () => {
    assert.equal(said(limited, { openMd5Lanes: 'disk/md5-lanes' }, `openMd5Lanes(1000) ?? 'none'`), 'none');
    assert.deepEqual(said(limited, { hashFiles: 'disk/hash' }, hashed), digests());
  });

  it('a thread is started as ever', () => {
    const path = paths[3] ?? '';
    assert.deepEqual(said(limited, { startFollower: 'disk/follow' }, `await startFollower({ path: ${JSON.stringify(path)}, name: 'md5' }).then(async (follower) => {
      follower.follow(${SIZES[3]});
      return [await follower.digest(), follower.stop()];
    })`), [md5(path), null]);
  });
});

describe('where no thread may be started', () => {
  const flag = ['--permission', '--experimental-permission'].find((one) => process.allowedNodeEnvironmentFlags.has(one)) ?? '';
  const forbidden = [process.execPath, '--no-warnings', flag, '--allow-fs-read=*', '--allow-fs-write=*'];

  it('the work is done without: files are hashed', () => {
    assert.equal(said(forbidden, { startThread: 'disk/thread' }, `await startThread('worker', {}) ?? 'none'`), 'none');
    assert.deepEqual(said(forbidden, { hashFiles: 'disk/hash' }, hashed), digests());
  });

  it('one large object that comes alone, too', () => {
    const [path = '', size = 0] = [paths[9], SIZES[9]];
    const plan = [{ number: 1, start: 0, end: 10_000_000 }, { number: 2, start: 10_000_000, end: size }];

    const digest = said(forbidden, { 'hashInOrder, createArrivals': 'storage/transfer/digest', fromFile: 'storage/file-source', followers: 'disk/follow' },
      `[await hashInOrder(fromFile(${JSON.stringify(path)}, ${size}), ${JSON.stringify(plan)}, { name: 'md5', signal: new AbortController().signal, reached: createArrivals(${JSON.stringify(plan)}).reached, processors: 2 }), followers()]`);

    assert.deepEqual(digest, [md5(path), 0]);
  });

  it('folders are confirmed', () => {
    const folder = join(root, 'many');
    fs.mkdirSync(join(folder, 'a'), { recursive: true });
    for (let file = 0; file < 100; file += 1) fs.writeFileSync(join(folder, 'a', String(file)), '');

    assert.equal(said(forbidden, { scan: 'disk/scan', confirmInThreads: 'disk/confirm-in-threads' }, `(await confirmInThreads(${JSON.stringify(folder)}, scan(${JSON.stringify(folder)}), { processors: 2 })).rowsIn('a') !== undefined`), true);
  });
});
