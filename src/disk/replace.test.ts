import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hasCode } from '../errors.ts';
import { makeFolders, removeTree } from './folders.ts';
import { moveOver } from './move-over.ts';
import { nodeDisk } from './node.ts';
import { replaceFile } from './replace.ts';
import { isTemporaryName, temporaryPath } from './temporary.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-replace-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => fs.mkdtempSync(join(root, `${count += 1}-`));
const modeOf = (path: string): number => fs.statSync(path).mode & 0o777;

describe('replaceFile', () => {
  it('keeps the mode of the old file, or gives the one asked for', () => {
    const path = join(fresh(), 'file');
    fs.writeFileSync(path, 'old', { mode: 0o600 });

    replaceFile(nodeDisk, path, 'new');
    assert.deepEqual([fs.readFileSync(path, 'utf8'), modeOf(path)], ['new', 0o600]);
    replaceFile(nodeDisk, path, 'newer', { mode: 0o640, durable: false });
    assert.deepEqual([fs.readFileSync(path, 'utf8'), modeOf(path)], ['newer', 0o640]);
  });

  it('makes a secret file secret from its first moment', () => {
    const folder = fresh();
    const modes: number[] = [];
    const disk = { ...nodeDisk, rename: (from: string, to: string) => { modes.push(modeOf(from)); nodeDisk.rename(from, to); } };

    replaceFile(disk, join(folder, 'secret'), 's', { mode: 0o600 });

    assert.deepEqual([modes, modeOf(join(folder, 'secret'))], [[0o600], 0o600]);
  });

  it('replaces what a link leads to, also when that is not there yet', () => {
    const folder = fresh();
    fs.mkdirSync(join(folder, 'dotfiles'));
    fs.symlinkSync('two', join(folder, 'one'));
    fs.symlinkSync('dotfiles/real', join(folder, 'two'));

    replaceFile(nodeDisk, join(folder, 'one'), 'text');

    assert.ok(fs.lstatSync(join(folder, 'one')).isSymbolicLink());
    assert.equal(fs.readFileSync(join(folder, 'dotfiles/real'), 'utf8'), 'text');
  });

  it('grows the new file in another folder, where it can be moved from there', () => {
    const [folder, unfinished] = [fresh(), fresh()];
    const growing: string[] = [];
    const disk = { ...nodeDisk, create: (path: string) => { growing.push(dirname(path)); return nodeDisk.create(path); } };
    const mounted = { ...disk, rename: (from: string, to: string) => {
      if (dirname(from) !== dirname(to)) throw Object.assign(new Error('EXDEV: cross-device link'), { code: 'EXDEV', syscall: 'rename' });
      nodeDisk.rename(from, to);
    } };

    replaceFile(disk, join(folder, 'a'), 'text', { unfinished });
    replaceFile(mounted, join(folder, 'b'), 'text', { unfinished });
    replaceFile(disk, join(folder, 'c'), 'text', { unfinished: join(unfinished, 'absent') });
    fs.chmodSync(folder, 0o2775);
    replaceFile(disk, join(folder, 'd'), 'text', { unfinished });

    assert.deepEqual(growing, [unfinished, unfinished, folder, folder, folder]);
    assert.deepEqual([fs.readdirSync(folder), fs.readdirSync(unfinished)], [['a', 'b', 'c', 'd'], []]);
  });

  it('refuses a link to itself', () => {
    const folder = fresh();
    fs.symlinkSync('loop', join(folder, 'loop'));

    assert.throws(() => replaceFile(nodeDisk, join(folder, 'loop'), ''), (error) => hasCode(error, 'INVALID_ARGUMENT'));
  });

  it('leaves the old file and nothing else when the disk is full', () => {
    const folder = fresh();
    fs.writeFileSync(join(folder, 'file'), 'old');
    const full = { ...nodeDisk, create: (path: string) => ({ ...nodeDisk.create(path), write: () => { throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' }); } }) };

    assert.throws(() => replaceFile(full, join(folder, 'file'), 'new'), /ENOSPC/);

    assert.deepEqual([fs.readdirSync(folder), fs.readFileSync(join(folder, 'file'), 'utf8')], [['file'], 'old']);
  });
});

describe('the disk', () => {
  it('says what it could not do, with which file, and why', () => {
    const folder = fresh();
    fs.writeFileSync(join(folder, 'file'), '');

    assert.throws(() => nodeDisk.create(join(folder, 'file')), (error) => hasCode(error, 'ALREADY_EXISTS') && error.message === `cannot create '${folder}/file': it exists already`);
    assert.throws(() => nodeDisk.create(join(folder, 'x'.repeat(300))), (error) => hasCode(error, 'INVALID_ARGUMENT'));
    assert.throws(() => nodeDisk.rename(join(folder, 'absent'), join(folder, 'b')), (error) => hasCode(error, 'NOT_FOUND'));
    assert.throws(() => nodeDisk.makeFolder(join(folder, 'file')), (error) => hasCode(error, 'ALREADY_EXISTS'));
    assert.throws(() => makeFolders(nodeDisk, join(folder, 'file/sub')), (error) => hasCode(error, 'INVALID_ARGUMENT'));
    fs.mkdirSync(join(folder, 'full/sub'), { recursive: true });
    assert.throws(() => nodeDisk.remove(join(folder, 'full')), (error) => hasCode(error, 'ALREADY_EXISTS'));
  });

  it('removes what is there and does not mind what is not', () => {
    const folder = fresh();
    fs.mkdirSync(join(folder, 'tree/sub'), { recursive: true });
    fs.writeFileSync(join(folder, 'tree/sub/file'), '', { mode: 0o444 });
    fs.writeFileSync(join(folder, 'kept'), '');
    fs.symlinkSync('..', join(folder, 'tree/up'));

    nodeDisk.remove(join(folder, 'absent'));
    nodeDisk.remove(join(folder, 'kept/below'));
    removeTree(nodeDisk, join(folder, 'tree'));
    removeTree(nodeDisk, join(folder, 'tree'));

    assert.deepEqual(fs.readdirSync(folder), ['kept']);
  });

  it('replaces a file step by step where a drive refuses to do it at once, and loses it in no case (dvc-objects#306)', () => {
    const folder = fresh();
    const [from, to] = [join(folder, 'new'), join(folder, 'old')];
    const refuse = (): never => { throw Object.assign(new Error('EPERM: not permitted'), { code: 'EPERM', syscall: 'rename' }); };
    const ifFree = (one: string, other: string): void => { if (fs.existsSync(other)) refuse(); else fs.renameSync(one, other); };
    const notTheNewOne = (one: string, other: string): void => { if (one === from) refuse(); else fs.renameSync(one, other); };
    fs.writeFileSync(from, 'new');
    fs.writeFileSync(to, 'old', { mode: 0o444 });

    assert.throws(() => moveOver(from, to, refuse), /EPERM/);
    assert.throws(() => moveOver(from, to, notTheNewOne), /EPERM/);
    assert.deepEqual([fs.readFileSync(to, 'utf8'), fs.readFileSync(from, 'utf8')], ['old', 'new']);

    moveOver(from, to, ifFree);
    assert.deepEqual([fs.readdirSync(folder), fs.readFileSync(to, 'utf8')], [['old'], 'new']);
  });

  it('gives unfinished files names that DVC gives them too', () => {
    const names = [temporaryPath('folder'), temporaryPath('folder')].map((path) => basename(path));

    assert.notEqual(names[0], names[1]);
    for (const name of [...names, '.Ab3_-fGh1JkLmNoPqRsTuV.tmp']) assert.ok(isTemporaryName(name), name);
    for (const name of ['.tmp', 'a.tmp', '.x.tmp', 'file', '.gitignore']) assert.ok(!isTemporaryName(name), name);
  });
});
