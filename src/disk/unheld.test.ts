import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findJudge, whyMissing } from '../../test/judges.ts';
import { lockFile } from './lock.ts';
import { unheldText } from './unheld.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-unheld-'));
after(() => fs.rmSync(root, { recursive: true }));
const path = join(root, 'lock');
const [alive, gone] = [() => true, () => false];
const told = (text: string, isRunning: (pid: number) => boolean): string | undefined => {
  fs.writeFileSync(path, text);
  return unheldText(path, isRunning);
};

describe('unheldText', () => {
  it('is nothing where there is no file, or an empty one', () => {
    assert.equal(unheldText(join(root, 'none'), alive), '');
    assert.equal(told('', alive), '');
  });

  it('is what the last holder wrote when that process is gone, and tells two of them apart', () => {
    const asked: number[] = [];
    assert.equal(told(' 4711\n', (pid) => { asked.push(pid); return false; }), ' 4711\n');
    assert.deepEqual(asked, [4711]);
    assert.notEqual(told(' 4712\n', gone), ' 4711\n');
  });

  it('is not known while that process lives', () => {
    assert.equal(told(' 4711\n', alive), undefined);
  });

  for (const text of ['4711\n', ' 4711', ' 4711\n ', ' 0\n', ' -1\n', ' 471\n1\n', ' 99999999999\n', 'host|4711|1234', '\xff\0']) {
    it(`is not known from ${JSON.stringify(text)}, which no lock of DVC's leaves`, () => {
      assert.equal(told(text, gone), undefined);
    });
  }

  it('is not known where a file stands in for the lock', () => {
    fs.writeFileSync(`${path}.towline`, '4711');
    assert.equal(told(' 4711\n', gone), undefined);
    fs.rmSync(`${path}.towline`);
  });

  it('is another one after the lock was taken, by us', async () => {
    const before = told(' 4711\n', gone);
    (await lockFile(path, { runtime: { env: process.env, wait: async () => undefined }, pidText: '4712' })).release();
    assert.equal(before, ' 4711\n');
    assert.equal(unheldText(path, gone), ' 4712\n');
  });

  it('is another one after the lock was taken, by DVC', { skip: whyMissing('python') ?? false }, () => {
    const before = told(' 4711\n', gone);
    const { status, stdout, stderr } = spawnSync(findJudge('python') ?? '', ['-c', 'import os, sys, zc.lockfile; zc.lockfile.LockFile(sys.argv[1]); print(os.getpid())', path], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(before, ' 4711\n');
    assert.equal(unheldText(path, gone), ` ${stdout.trim()}\n`);
  });
});
