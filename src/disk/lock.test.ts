import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findJudge, whyMissing } from '../../test/judges.ts';
import { hasCode } from '../errors.ts';
import { lockFile } from './lock.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-lock-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => join(root, `${count += 1}`, 'lock');
/** No waiting: the tries follow each other at once. */
function lent(env: NodeJS.ProcessEnv = process.env, onWait: () => void = () => undefined) {
  const waits: number[] = [];
  return { waits, runtime: { env, wait: async (milliseconds: number) => { waits.push(milliseconds); onWait(); } }, pidText: '4711' };
}
const python = findJudge('python') ?? '';
const judge = { skip: whyMissing('python') ?? false };

describe('lockFile', () => {
  it('keeps others out until it is released, and tells who holds it', async () => {
    const path = fresh();
    const lock = await lockFile(path, lent());
    const second = lent();

    await assert.rejects(lockFile(path, second), (error) => hasCode(error, 'LOCKED') && error.message.includes('4711'));
    assert.deepEqual(second.waits, [500, 500, 500, 500, 500]);
    assert.equal(fs.readFileSync(path, 'utf8'), ' 4711\n');

    lock.release();
    lock.release();
    (await lockFile(path, lent())).release();
    assert.ok(fs.existsSync(path));
  });

  it('waits as long as it takes when it is told to', async () => {
    const path = fresh();
    const lock = await lockFile(path, lent());
    let tries = 0;

    const second = await lockFile(path, { ...lent(process.env, () => { if ((tries += 1) === 20) lock.release(); }), waitForever: true });

    assert.equal(tries, 20);
    second.release();
  });

  for (const program of ['perl', 'python3']) {
    it(`locks the same way by ${program} where there is no flock program`, { skip: spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0 && `no ${program} here` }, async () => {
      const path = fresh();
      const real = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
      const bin = join(root, `bin-${program}`);
      fs.mkdirSync(bin);
      fs.writeFileSync(join(bin, program), `#!/bin/sh\nPATH='${process.env['PATH'] ?? ''}' exec '${real}' "$@"\n`, { mode: 0o755 });
      const lock = await lockFile(path, lent({ PATH: bin }));

      await assert.rejects(lockFile(path, lent()), (error) => hasCode(error, 'LOCKED'));
      await assert.rejects(lockFile(path, lent({ PATH: bin })), (error) => hasCode(error, 'LOCKED'));

      lock.release();
      (await lockFile(path, lent({ PATH: bin }))).release();
    });
  }

  it('falls back to a file only one can make, and takes over that of a dead process', async () => {
    const path = fresh();
    const nothing = lent({ PATH: join(root, 'empty') });
    await lockFile(path, nothing);

    await assert.rejects(lockFile(path, { ...nothing, isAlive: () => true }), (error) => hasCode(error, 'LOCKED'));
    await assert.rejects(lockFile(path, nothing), (error) => hasCode(error, 'LOCKED'));
    const lock = await lockFile(path, { ...nothing, isAlive: (pid) => pid !== '4711' });

    lock.release();
    (await lockFile(path, nothing)).release();
  });

  for (const program of ['flock', 'perl', 'python3']) {
    it(`is held together by those who share it, and by nobody else, with ${program}`, { skip: spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0 && `no ${program} here` }, async () => {
      const path = fresh();
      const bin = join(root, `shared-${program}`);
      fs.mkdirSync(bin);
      const real = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
      fs.writeFileSync(join(bin, program), `#!/bin/sh\nPATH='${process.env['PATH'] ?? ''}' exec '${real}' "$@"\n`, { mode: 0o755 });
      const sharing = { ...lent({ PATH: bin }), isShared: true };
      const [one, two] = [await lockFile(path, sharing), await lockFile(path, sharing)];

      await assert.rejects(lockFile(path, lent()), (error) => hasCode(error, 'LOCKED'));
      one.release();
      await assert.rejects(lockFile(path, lent()), (error) => hasCode(error, 'LOCKED'));
      two.release();

      const alone = await lockFile(path, lent());
      await assert.rejects(lockFile(path, sharing), (error) => hasCode(error, 'LOCKED'));
      alone.release();
    });
  }

  it("keeps DVC's own lock out, and is kept out by it", judge, async () => {
    const path = fresh();
    const take = 'import sys, zc.lockfile\ntry:\n  lock = zc.lockfile.LockFile(sys.argv[1])\nexcept zc.lockfile.LockError:\n  print("refused", flush=True)\nelse:\n  print("taken", flush=True)\n  sys.stdin.read()\n';
    const lock = await lockFile(path, lent());
    assert.equal(spawnSync(python, ['-c', take, path], { encoding: 'utf8', input: '' }).stdout, 'refused\n');
    lock.release();

    const child = spawn(python, ['-c', take, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      assert.match(String(await new Promise((resolve) => child.stdout.once('data', resolve))), /^taken/);
      await assert.rejects(lockFile(path, lent()), (error) => hasCode(error, 'LOCKED') && error.message.includes(String(child.pid)));
    } finally {
      child.stdin.end();
    }
    await new Promise((resolve) => child.on('close', resolve));
    (await lockFile(path, lent())).release();
  });
});
