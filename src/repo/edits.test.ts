import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node.ts';
import { TowlineError, hasCode } from '../errors.ts';
import { applyEdits } from './edits.ts';
import { findRoot } from './find-root.ts';
import { lockRepo } from './locks.ts';

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'tow-edits-')));
  folders.push(made);
  return made;
}

test('files are made, changed and removed, folders are made where they are missing', () => {
  const root = folder();
  writeFileSync(join(root, 'old'), 'old');
  writeFileSync(join(root, 'gone'), 'gone');

  applyEdits(nodeDisk, root, [
    { file: 'old', before: 'old', after: 'new' },
    { file: 'gone', before: 'gone', after: undefined },
    { file: 'a/b/c', before: undefined, after: 'made' },
    { file: 'same', before: undefined, after: undefined },
  ]);

  assert.equal(readFileSync(join(root, 'old'), 'utf8'), 'new');
  assert.equal(existsSync(join(root, 'gone')), false);
  assert.equal(readFileSync(join(root, 'a/b/c'), 'utf8'), 'made');
});

test('when a file is not what it was, nothing at all is changed', () => {
  const root = folder();
  writeFileSync(join(root, 'a'), 'a');
  writeFileSync(join(root, 'b'), 'someone else was here');

  assert.throws(() => applyEdits(nodeDisk, root, [{ file: 'a', before: 'a', after: 'x' }, { file: 'b', before: 'b', after: 'y' }]), (error) => hasCode(error, 'PRECONDITION_FAILED') && error.message.startsWith("'b' was changed"));

  assert.equal(readFileSync(join(root, 'a'), 'utf8'), 'a');
});

test('a change that fails takes back those before it, and leaves no temporary file', () => {
  const root = folder();
  writeFileSync(join(root, 'a'), 'a');
  writeFileSync(join(root, 'b'), 'b');
  let renames = 0;
  const failing: Disk = {
    ...nodeDisk,
    rename: (from, to) => {
      renames += 1;
      if (renames === 2) throw new TowlineError('UNAVAILABLE', 'the disk is full');
      nodeDisk.rename(from, to);
    },
  };

  assert.throws(() => applyEdits(failing, root, [{ file: 'a', before: 'a', after: 'x' }, { file: 'b', before: 'b', after: 'y' }]), /the disk is full/);

  assert.deepEqual(readdirSync(root).map((name) => `${name}=${readFileSync(join(root, name), 'utf8')}`), ['a=a', 'b=b']);
});

test('what cannot be put back is named', () => {
  const root = folder();
  writeFileSync(join(root, 'a'), 'a');
  let renames = 0;
  const dying: Disk = {
    ...nodeDisk,
    rename: (from, to) => {
      renames += 1;
      if (renames > 1) throw new TowlineError('UNAVAILABLE', 'the disk is gone');
      nodeDisk.rename(from, to);
    },
  };

  assert.throws(() => applyEdits(dying, root, [{ file: 'a', before: 'a', after: 'x' }, { file: 'b', before: undefined, after: 'y' }]), /could not be put back as they were: a: the disk is gone/);
});

test('the repository is found from any folder in it, and only there', () => {
  const root = folder();
  mkdirSync(join(root, 'repo/.dvc'), { recursive: true });
  mkdirSync(join(root, 'repo/sub/deep'), { recursive: true });
  mkdirSync(join(root, 'repo/sub/inner/.dvc'), { recursive: true });

  assert.equal(findRoot(join(root, 'repo/sub/deep')), join(root, 'repo'));
  assert.equal(findRoot(join(root, 'repo/sub/inner')), join(root, 'repo/sub/inner'));
  assert.throws(() => findRoot(root), (error) => hasCode(error, 'NO_REPOSITORY') && /^you are not inside of a DVC repository \(checked up to mount point '\/.*'\)$/.test(error.message));
});

test('the lock of the repository keeps a second command out, in the words of DVC', async () => {
  const root = folder();
  const waits: number[] = [];
  const runtime = { env: { PATH: process.env['PATH'] ?? '' }, wait: (milliseconds: number) => Promise.resolve(void waits.push(milliseconds)) };
  const lock = await lockRepo(root, { runtime, pid: process.pid });

  await assert.rejects(lockRepo(root, { runtime, pid: process.pid }), (error) => hasCode(error, 'LOCKED') && error.message.startsWith('Unable to acquire lock. Most likely another DVC process is running'));
  lock.release();
  (await lockRepo(root, { runtime, pid: process.pid })).release();

  assert.equal(waits.length, 5);
  assert.equal(readFileSync(join(root, '.dvc/tmp/lock'), 'utf8'), ` ${process.pid}\n`);
});
