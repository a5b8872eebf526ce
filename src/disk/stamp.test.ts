import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { deviceOf, isSettled, keepsTimes, type Stamp, stampOf } from './stamp.ts';

const root = mkdtempSync(join(tmpdir(), 'towline-stamp-'));
after(() => rmSync(root, { recursive: true }));
const [file, folder, link] = [join(root, 'work/file'), join(root, 'work/folder'), join(root, 'work/link')];
beforeEach(() => {
  rmSync(join(root, 'work'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, 'text');
  symlinkSync('file', link);
});

/** Whether a change shows in the stamp of a path. */
function shows(path: string, isListed: boolean, change: () => void): boolean {
  const before = stampOf(path, isListed);
  // A tick of the file system's clock.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  change();
  return JSON.stringify(before) !== JSON.stringify(stampOf(path, isListed));
}

const restored = (path: string, change: () => void): void => {
  const { mtimeMs } = statSync(path);
  change();
  utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
};

describe('stampOf', () => {
  it('is nothing for what is not there, nor below a file', () => {
    assert.deepEqual(stampOf(join(root, 'absent'), false), []);
    assert.deepEqual(stampOf(join(file, 'below'), false), []);
    assert.equal(deviceOf([]), undefined);
  });

  it('changes with the content, mode, and kind of a file, also when its time is set back', () => {
    assert.ok(shows(file, false, () => { writeFileSync(file, 'TEXT'); }));
    assert.ok(shows(file, false, () => { restored(file, () => { writeFileSync(file, 'text'); }); }));
    assert.ok(shows(file, false, () => { chmodSync(file, 0o600); }));
    assert.ok(shows(file, false, () => { unlinkSync(file); mkdirSync(file); }));
    assert.ok(!shows(file, false, () => { writeFileSync(join(folder, 'other'), ''); }));
  });

  it('changes with the names in a folder only where they were asked for', () => {
    const add = (name: string) => () => { writeFileSync(join(folder, name), ''); };
    assert.ok(!shows(folder, false, add('one')));
    assert.ok(shows(folder, true, add('two')));
    assert.ok(shows(folder, true, () => { renameSync(join(folder, 'one'), join(folder, 'three')); }));
    assert.ok(shows(folder, false, () => { renameSync(folder, `${folder}-old`); mkdirSync(folder); }));
  });

  it('changes with a link, and with what it leads to', () => {
    assert.ok(shows(link, false, () => { writeFileSync(file, 'more text'); }));
    assert.ok(shows(link, false, () => { unlinkSync(link); symlinkSync('./file', link); }));
    assert.ok(shows(link, false, () => { unlinkSync(file); }));
    assert.equal(stampOf(link, false)?.length, 6);
  });
});

describe('isSettled', () => {
  it('is false where anything changed since', () => {
    const changed = (modified: number, altered: number): Stamp => [0o100644, 1, 1, 4, modified, altered];
    assert.ok(isSettled([], 10));
    assert.ok(isSettled(changed(9, 9), 10));
    assert.ok(!isSettled(changed(9, 10), 10));
    assert.ok(!isSettled(changed(11, 9), 10));
    assert.ok(!isSettled([...changed(1, 1), ...changed(1, 11)], 10));
  });
});

describe('keepsTimes', () => {
  it('is not said of what is not there, nor of a link that leads nowhere', () => {
    unlinkSync(file);
    assert.equal(keepsTimes(file), false);
    assert.equal(keepsTimes(link), false);
  });

  it('is not said of /proc, whose folders have no times of their own', { skip: process.platform === 'linux' ? false : 'there is no /proc' }, () => {
    assert.equal(keepsTimes('/proc'), false);
  });
});
