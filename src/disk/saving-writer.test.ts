import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Disk, OpenFile } from './disk.ts';
import { nodeDisk } from './node.ts';
import { createSavingWriter, type SavingWriter } from './saving-writer.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-saving-writer-'));
after(() => { fs.rmSync(root, { recursive: true }); });
const fresh = (): string => fs.mkdtempSync(join(root, 'case-'));
const rules = { mode: 0o444, isShared: false, syncFrom: 100 };
const MIB = 1024 * 1024;

/** A disk that tells what becomes of its files, and whose files may be others. */
function told(fileOf: (file: OpenFile) => Partial<OpenFile> = () => ({}), of: Partial<Disk> = {}): { readonly disk: Disk; readonly events: string[] } {
  const events: string[] = [];
  return { events, disk: {
    ...nodeDisk,
    create(path, options) {
      const file = nodeDisk.create(path, options);
      return { ...file, sync: () => { file.sync(); events.push('saved'); }, settle: async () => { await file.settle(); events.push('saved'); }, ...fileOf(file) };
    },
    rename(from, to) {
      nodeDisk.rename(from, to);
      events.push('named');
    },
    async settleFolder(path) {
      await nodeDisk.settleFolder(path);
      events.push('folder saved');
    },
    ...of,
  } };
}

/** Resolves with what is told of a file of these pieces. */
async function put(writer: SavingWriter, path: string, pieces: readonly Uint8Array[]): Promise<boolean> {
  const file = writer.begin(path, pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  if (file === undefined) return false;
  for (const piece of pieces) {
    const memory = Buffer.from(piece);
    file.write(memory);
    memory.fill(0);
  }
  return await new Promise((resolve) => { file.end(resolve); });
}

const failing = (): never => { throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' }); };

describe('files that come in pieces', () => {
  it('are there as a whole, with their mode, in folders that are made', async () => {
    const folder = fresh();
    const writer = createSavingWriter(nodeDisk, rules);
    // More than may wait for the medium at once.
    const files = Array.from({ length: 100 }, (_, at) => [Buffer.alloc((at * 977) % 70_000, `${at} `), Buffer.alloc(at, 'end')]);

    const areThere = await Promise.all(files.map((pieces, at) => put(writer, join(folder, String(at % 7), String(at)), pieces)));
    await writer.end();

    assert.ok(areThere.every(Boolean));
    for (const [at, pieces] of files.entries()) {
      const path = join(folder, String(at % 7), String(at));
      assert.ok(fs.readFileSync(path).equals(Buffer.concat(pieces)), path);
      assert.equal(fs.statSync(path).mode & 0o777, 0o444);
    }
    assert.equal(fs.readdirSync(folder, { recursive: true }).length, 107, 'and nothing else is');
  });

  it('are on the medium before they have their names, and the names at the end; small ones need not', async () => {
    for (const [size, expected] of [[99, ['named']], [100, ['saved', 'named', 'folder saved']], [20 * MIB, ['saved', 'saved', 'saved', 'named', 'folder saved']]] as const) {
      const { disk, events } = told();
      const writer = createSavingWriter(disk, rules);
      const pieces = Array.from({ length: Math.ceil(size / MIB) }, (_, at) => Buffer.alloc(Math.min(MIB, size - at * MIB), 'x'));
      // What is large is saved on its way as well.
      const file = writer.begin(join(fresh(), 'file'), size);
      for (const piece of pieces) {
        file?.write(piece);
        await new Promise((resolve) => { setTimeout(resolve, 20); });
      }
      assert.ok(await new Promise((resolve) => { file?.end(resolve); }));
      await writer.end();

      assert.deepEqual(events.slice(events.indexOf('named')), expected.slice(expected.indexOf('named')), `${size} bytes`);
      assert.equal(events.includes('saved'), size >= 100);
    }
  });

  it('are told of, and leave nothing, where one cannot be made, written, saved or named', async () => {
    const cases: readonly (readonly [string, ReturnType<typeof told>])[] = [
      ['made', told(undefined, { create: failing })], ['written', told(() => ({ write: failing }))], ['extended', told(() => ({ resize: failing }))],
      ['saved', told(() => ({ settle: async () => failing() }))], ['named', told(undefined, { rename: failing })],
    ];
    for (const [name, { disk }] of cases) {
      const folder = fresh();
      const writer = createSavingWriter(disk, rules);

      assert.equal(await put(writer, join(folder, 'file'), [Buffer.alloc(9 * MIB, 'x'), Buffer.alloc(9 * MIB, 'y')]), false, name);
      await writer.end();
      assert.deepEqual(fs.readdirSync(folder), [], name);
    }
  });

  it('leave nothing where nobody wants them any more', async () => {
    const folder = fresh();
    const writer = createSavingWriter(nodeDisk, rules);
    const file = writer.begin(join(folder, 'file'), 20 * MIB);
    file?.write(Buffer.alloc(10 * MIB));

    file?.drop();
    await writer.end();

    assert.deepEqual(fs.readdirSync(folder), []);
  });

  it('a name that cannot be saved is told at the end', async () => {
    const { disk } = told(undefined, { settleFolder: async () => failing() });
    const writer = createSavingWriter(disk, rules);

    assert.ok(await put(writer, join(fresh(), 'file'), [Buffer.alloc(200)]));
    await assert.rejects(writer.end(), /full/);
  });
});
