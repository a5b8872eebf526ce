import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { nodeDisk } from '../disk/node.ts';
import type { Oid } from './hash-info.ts';
import { takeStamp } from './folder-stamp.ts';
import { createWholeMemory, type WholeMemory } from './whole-memory.ts';

const HOUR = 3600_000;
const oid = 'abababababababababababababababab.dir' as Oid;
const other = 'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd' as Oid;
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'towline-whole-'));
  mkdirSync(join(root, 'objects/ab'), { recursive: true });
});
afterEach(() => { rmSync(root, { recursive: true }); });

/** As the next program would open it; an hour later, so that no folder has just changed. */
const open = (now = Date.now() + HOUR): WholeMemory => createWholeMemory(join(root, 'objects'), { folder: join(root, 'state'), disk: nodeDisk, stamp: () => takeStamp(join(root, 'objects'), () => now) });

function remember(memory: WholeMemory = open()): void {
  memory.has(oid);
  memory.add([oid]);
  memory.save();
}
const memoryFile = (): string => join(root, 'state', readdirSync(join(root, 'state'))[0] ?? '');

test('what was whole is remembered by the next program, and nothing else', () => {
  assert.equal(open().has(oid), false);

  remember();

  assert.equal(open().has(oid), true);
  assert.equal(open().has(other), false);
});

test('a file that comes or goes ends the memory, in an old folder and in a new one', () => {
  for (const change of [() => { writeFileSync(join(root, 'objects/ab/x'), '1'); }, () => { rmSync(join(root, 'objects/ab/x')); }, () => { mkdirSync(join(root, 'objects/cd')); }]) {
    remember();
    assert.equal(open().has(oid), true);

    change();

    assert.equal(open().has(oid), false, String(change));
  }
});

test('a folder whose time was set back by a program is seen by its other time', () => {
  remember();
  const { atimeMs, mtimeMs } = { atimeMs: 1000, mtimeMs: 1000 };
  utimesSync(join(root, 'objects/ab'), atimeMs, mtimeMs);

  assert.equal(open().has(oid), false);
});

test('folders that changed a moment ago are not trusted: they may change again within one tick of their clock', () => {
  remember(open(Date.now()));

  assert.equal(open().has(oid), false);
});

test('a change between the look and the end of the check is noticed', () => {
  const memory = open();
  memory.has(oid);
  rmSync(join(root, 'objects/ab'), { recursive: true });
  memory.add([oid]);
  memory.save();

  assert.equal(open().has(oid), false);
});

test('without a look before the check nothing is remembered', () => {
  const memory = open();
  memory.add([oid]);
  memory.save();

  assert.equal(open().has(oid), false);
});

test('a damaged memory is none', () => {
  remember();
  const whole = readFileSync(memoryFile(), 'latin1');
  for (const text of [whole.slice(0, -1), whole.replace('TOWW0001', 'TOWW0000'), whole.replace('abab', 'zzzz'), '', '\n\n']) {
    writeFileSync(memoryFile(), text);
    assert.equal(open().has(oid), false, JSON.stringify(text));
  }
});
