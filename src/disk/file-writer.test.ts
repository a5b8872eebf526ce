import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Disk } from './disk.ts';
import { createFileWriter, type FileWriter } from './file-writer.ts';
import { nodeDisk } from './node.ts';
import { isTemporaryName } from './temporary.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-file-writer-'));
after(() => { fs.rmSync(root, { recursive: true }); });
const fresh = (): string => fs.mkdtempSync(join(root, 'case-'));
const rules = { mode: 0o444, isShared: false };
/** As if each file that is made here took so long. */
function taking(fileMs: number, onFile: () => void = () => undefined): () => number {
  let [calls, spent] = [0, 0];
  return () => {
    // Asked before and after it.
    if (++calls % 2 === 1) return spent;
    onFile();
    return (spent += fileMs);
  };
}

/** What this file holds: all lengths, none of them like another. */
const bytesOf = (number: number): Buffer => Buffer.alloc((number * 977) % 40_000, `${number} `);

/** Puts files, in one memory that is written over at once, until `enough`; which of them are there, by what was told. */
async function putMany(writer: FileWriter, folder: string, { enough, pathOf = (number) => `${folder}/${number % 7}/${number}` }: { readonly enough: (number: number) => boolean; readonly pathOf?: (number: number) => string }): Promise<readonly boolean[]> {
  const told: boolean[] = [];
  const memory = Buffer.alloc(40_000);
  let count = 0;
  for (; !enough(count); count += 1) {
    const number = count;
    const bytes = memory.subarray(0, bytesOf(number).copy(memory));
    writer.put(pathOf(number), bytes, (isThere) => {
      assert.equal(told[number], undefined, `${number} is told of once`);
      told[number] = isThere;
    });
    memory.fill(0);
    // Threads start, and answer, between the turns.
    if (number % 50 === 49) await wait(1);
  }
  await writer.end();
  assert.equal(Object.keys(told).length, count, 'all are told of');
  return told;
}

describe('files of bytes in memory', () => {
  for (const [disk, fileMs] of [['good', 0.1], ['slow', 1]] as const) {
    it(`are there as a whole, on a ${disk} disk`, async () => {
      const folder = fresh();
      // Threads take their time to start, and then some more is made.
      const until = performance.now() + 600;

      const told = await putMany(createFileWriter(nodeDisk, { ...rules, busyMs: taking(fileMs) }), folder, { enough: (number) => number >= 500 && performance.now() > until });

      assert.ok(told.every(Boolean));
      for (const number of told.keys()) {
        const path = `${folder}/${number % 7}/${number}`;
        assert.ok(fs.readFileSync(path).equals(bytesOf(number)), path);
        assert.equal(fs.statSync(path).mode & 0o777, 0o444);
      }
      assert.equal(fs.readdirSync(folder, { recursive: true }).length, told.length + 7, 'and nothing else is');
    });
  }

  it('take the place of others, and what cannot be made is told of and leaves nothing', async () => {
    const folder = fresh();
    fs.mkdirSync(join(folder, 'there'));
    fs.writeFileSync(join(folder, 'there/0'), 'old');
    fs.writeFileSync(join(folder, 'file'), 'no folder');
    const until = performance.now() + 600;

    const told = await putMany(createFileWriter(nodeDisk, { ...rules, busyMs: taking(5) }), folder, {
      enough: (number) => number >= 500 && performance.now() > until,
      pathOf: (number) => `${folder}/${number % 10 === 3 ? 'file' : 'there'}/${number}`,
    });

    assert.ok(told.every((isThere, number) => isThere === (number % 10 !== 3)));
    assert.ok(fs.readFileSync(join(folder, 'there/0')).equals(bytesOf(0)));
    assert.equal(fs.readFileSync(join(folder, 'file'), 'utf8'), 'no folder');
    assert.deepEqual(fs.readdirSync(folder, { recursive: true }).filter((name) => isTemporaryName(String(name))), []);
  });

  it('are made by other threads as well where one takes long, and by this one alone where none does', async () => {
    const folder = fresh();
    for (const [fileMs, areOthers] of [[0.4, false], [0.6, true]] as const) {
      const until = performance.now() + 600;
      let here = 0;
      const busyMs = taking(fileMs, () => { here += 1; });

      const told = await putMany(createFileWriter(nodeDisk, { ...rules, busyMs }), folder, { enough: (number) => number >= 1500 && performance.now() > until });

      assert.equal(here < told.length, areOthers, `${here} of ${told.length} here, ${fileMs} ms each`);
    }
  });

  it('on another disk are made here alone', async () => {
    const folder = fresh();
    let made = 0;
    const disk: Disk = { ...nodeDisk, create(path, options) {
      made += 1;
      return nodeDisk.create(path, options);
    } };
    const until = performance.now() + 200;

    const told = await putMany(createFileWriter(disk, { ...rules, busyMs: taking(5) }), folder, { enough: () => performance.now() > until });

    // The first in each folder is tried twice.
    assert.equal(made, told.length + 7);
  });
});
