import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node.ts';
import { TowlineError } from '../errors.ts';
import { keepMemory } from './keep-memory.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-memory-'));
after(() => { fs.rmSync(root, { recursive: true }); });
const file = join(root, 'state/deep/one');

const failing = (errno: string): Disk => ({
  ...nodeDisk,
  create() { throw new TowlineError('UNAVAILABLE', `cannot create: ${errno}`, { context: { errno } }); },
  makeFolder() { throw new TowlineError('UNAVAILABLE', `cannot make the folder: ${errno}`, { context: { errno } }); },
});

test('a memory is kept, and the next takes its place', () => {
  for (const text of ['one', 'another']) {
    keepMemory(nodeDisk, file, text);
    assert.equal(fs.readFileSync(file, 'utf8'), text);
  }
});

test('where it cannot be kept the last one stays, and nothing fails', () => {
  keepMemory(nodeDisk, file, 'kept');
  for (const errno of ['EACCES', 'EROFS', 'ENOSPC']) {
    keepMemory(failing(errno), file, 'new');
    keepMemory(failing(errno), join(root, errno, 'one'), 'new');
  }
  assert.equal(fs.readFileSync(file, 'utf8'), 'kept');
  assert.deepEqual(fs.readdirSync(root), ['state']);
});

test('a fault of another kind is no secret', () => {
  assert.throws(() => { keepMemory(failing('EIO'), file, 'new'); }, /EIO/);
});
