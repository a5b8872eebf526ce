import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Context } from './command.ts';
import { withRepository } from './open-repository.ts';
import { openOutput } from './output.ts';
import { createProcessRuntime } from './process-runtime.ts';
import { createBandwidth } from '../storage/bandwidth.ts';

const root = mkdtempSync(join(tmpdir(), 'towline-looks-'));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, '.dvc/tmp'), { recursive: true });
writeFileSync(join(root, '.dvc/config'), '[core]\n    no_scm = true\n');
const lock = join(root, '.dvc/tmp/lock');
const [NOBODY, ANOTHER] = [' 999999998\n', ' 999999999\n'];

const runtime = createProcessRuntime(openOutput());
const context: Context = { ...runtime, cwd: root, pid: process.pid, signal: new AbortController().signal, verbosity: 0, bandwidth: createBandwidth(runtime, undefined), write: async () => undefined };
const look = async <T>(work: (call: number) => T): Promise<T> => {
  let calls = 0;
  return withRepository(context, { waitForLock: false, isShared: true, onlyLooks: true }, async () => work(calls += 1));
};
const text = (): string => readFileSync(lock, 'utf8');

describe('what only looks', () => {
  it('takes no lock where nobody holds it', async () => {
    writeFileSync(lock, NOBODY);

    assert.deepEqual(await look((call) => [call, text()]), [1, NOBODY]);
  });

  it('takes it where somebody may hold it', async () => {
    writeFileSync(lock, ` ${process.ppid}\n`);

    assert.deepEqual(await look((call) => [call, text()]), [1, ` ${process.pid}\n`]);
  });

  it('takes it and looks again when somebody has taken it meanwhile, whatever it saw', async () => {
    for (const first of [() => 'half of it', () => { throw new Error('the middle of it'); }]) {
      writeFileSync(lock, NOBODY);

      const seen = await look((call) => {
        if (call > 1) return [call, text()];
        writeFileSync(lock, ANOTHER);
        return first();
      });

      assert.deepEqual(seen, [2, ` ${process.pid}\n`]);
    }
  });

  it('fails once, when it fails by itself', async () => {
    writeFileSync(lock, NOBODY);
    let calls = 0;

    await assert.rejects(look((call) => { calls = call; throw new Error('by itself'); }), /by itself/);
    assert.equal(calls, 1);
  });
});
