import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hasCode } from '../errors.ts';
import { plainLook } from './look.ts';
import { createQuickLook } from './quick-look.ts';
import { type Scan, scan as scanWith, type ScanOptions } from './scan.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-scan-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;
function fresh(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(count += 1));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(join(folder, name, '..'), { recursive: true });
    fs.writeFileSync(join(folder, name), text);
  }
  return folder;
}

const looks = { 'the documented call': () => plainLook, 'the quick look': createQuickLook };
for (const [name, lookIn] of Object.entries(looks)) describe(`scan, by ${name}`, () => {
  const scan = (folder: string, options: ScanOptions = {}): Scan => {
    const look = lookIn(folder);
    assert.ok(look, 'this version of Node.js is not known to the quick look');
    return scanWith(folder, { ...options, look });
  };

  it('gives every file with what the file system says of it', () => {
    const folder = fresh({ 'a': '1', 'sub/b': '22', 'sub/deep/c': '', '\u00e9 \u{1f6a2}': '4444' });

    const rows = scan(folder);

    assert.deepEqual([...rows.names].sort(), ['a', 'sub/b', 'sub/deep/c', '\u00e9 \u{1f6a2}'].sort());
    [...rows.names].forEach((name, row) => {
      const stats = fs.statSync(join(folder, name));
      assert.deepEqual([rows.size[row], rows.mtimeMs[row], rows.inode[row], rows.mode[row]], [stats.size, stats.mtimeMs, stats.ino, stats.mode & 0o7777]);
    });
  });

  it('gives the names in the order of a tree, by code point, a folder where its files belong', () => {
    const names = ['a', 'b!', 'b-c', 'b.txt', 'b/a', 'b/z/1', 'b/z0', 'b0', '\uffee', '\u{1f6a2}'];
    const folder = fresh(Object.fromEntries(names.toReversed().map((name) => [name, ''])));

    const rows = scan(folder);

    assert.deepEqual([...rows.names], names);
    assert.ok(rows.names.isInOrder());
  });

  it('counts a linked file as the file, and passes over a linked folder as DVC does, but says so', () => {
    const folder = fresh({ 'data/a': 'abc', 'other/b': 'x' });
    fs.symlinkSync('a', join(folder, 'data/link'));
    fs.symlinkSync('../other', join(folder, 'data/folder'));

    const rows = scan(join(folder, 'data'));

    assert.deepEqual([...rows.names].sort(), ['a', 'link']);
    assert.deepEqual([...rows.size], [3, 3]);
    assert.deepEqual(rows.linkedFolders, ['folder']);
  });

  it('refuses a link that leads nowhere, naming it', () => {
    const folder = fresh({ a: '' });
    fs.symlinkSync('nowhere', join(folder, 'broken'));

    assert.throws(() => scan(folder), (error) => hasCode(error, 'NOT_FOUND') && error.message.includes('broken'));
  });

  it('refuses a pipe, on which DVC waits for ever', { skip: process.platform === 'win32' && 'no pipes here' }, () => {
    const folder = fresh({ a: '' });
    execFileSync('mkfifo', [join(folder, 'pipe')]);

    assert.throws(() => scan(folder), (error) => hasCode(error, 'UNSUPPORTED') && error.message.includes('pipe'));
  });

  it('does not enter what it is told to pass over', () => {
    const folder = fresh({ 'a': '', 'skip/b': '', 'sub/skip': '', 'sub/c': '' });
    const asked: string[] = [];

    const rows = scan(folder, { within: (below) => (name, isFolder) => { asked.push(`${below}:${name}${isFolder ? '/' : ''}`); return name !== 'skip'; } });

    assert.deepEqual([...rows.names].sort(), ['a', 'sub/c']);
    assert.deepEqual(asked.sort(), [':a', ':skip/', ':sub/', 'sub:c', 'sub:skip']);
  });

  it('gives back the very columns of an earlier scan while nothing has changed', () => {
    const folder = fresh({ 'a': '1', 'b-c': '', 'b/d': '', 'b/e/f': '22' });
    const known = scan(folder);

    const rows = scan(folder, { known });

    assert.deepEqual(rows, known);
    for (const column of ['names', 'size', 'mtimeMs', 'inode'] as const) assert.equal(rows[column], known[column]);
  });

  const changes: Readonly<Record<string, (folder: string) => void>> = {
    'a file that has grown': (folder) => fs.appendFileSync(join(folder, 'b/d'), 'x'),
    'a file of another time': (folder) => fs.utimesSync(join(folder, 'b/e/f'), 1, 1),
    'a file put in place of another': (folder) => { fs.writeFileSync(join(folder, 'new'), '1'); fs.renameSync(join(folder, 'new'), join(folder, 'a')); },
    'a file more, the first': (folder) => fs.writeFileSync(join(folder, 'A'), ''),
    'a file more, the last': (folder) => fs.writeFileSync(join(folder, 'z'), ''),
    'a file less': (folder) => fs.rmSync(join(folder, 'b/d')),
    'the last file less': (folder) => fs.rmSync(join(folder, 'c')),
    'a file under another name': (folder) => fs.renameSync(join(folder, 'b/d'), join(folder, 'b/d2')),
    'a folder in place of a file': (folder) => { fs.rmSync(join(folder, 'a')); fs.mkdirSync(join(folder, 'a')); },
    'nothing left': (folder) => { for (const one of fs.readdirSync(folder)) fs.rmSync(join(folder, one), { recursive: true }); },
  };
  for (const [what, change] of Object.entries(changes)) it(`sees beside an earlier scan what one without it sees: ${what}`, () => {
    const folder = fresh({ 'a': '1', 'b-c': '', 'b/d': '', 'b/e/f': '22', 'c': '3' });
    const known = scan(folder);
    change(folder);

    const rows = scan(folder, { known });

    const afresh = scan(folder);
    assert.deepEqual({ ...rows, names: [...rows.names] }, { ...afresh, names: [...afresh.names] });
    assert.notDeepEqual([[...rows.names], rows.size, rows.mtimeMs, rows.inode], [[...known.names], known.size, known.mtimeMs, known.inode]);
  });
});

describe('a quick look', () => {
  it('says of every kind of name what the documented call says', { skip: process.platform === 'win32' && 'no pipes here' }, () => {
    const folder = fresh({ file: 'abc' });
    fs.symlinkSync('file', join(folder, 'link'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    fs.utimesSync(join(folder, 'file'), -1.5, -1_000_000_000.123);

    const look = createQuickLook(folder);

    for (const name of ['', 'file', 'link', 'pipe', 'absent', '\u00e9']) {
      const { mode, size, mtimeMs, ino } = plainLook(join(folder, name)) ?? {};
      const found = look?.(join(folder, name));
      assert.deepEqual(found && { ...found }, mode === undefined ? undefined : { mode, size, mtimeMs, ino }, name);
    }
    assert.throws(() => look?.(join(folder, 'file/below')), { code: 'ENOTDIR', syscall: 'lstat' });
  });

  it('is not taken where somebody wants to be warned of what may go one day', () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--pending-deprecation', '-e', `import(${JSON.stringify(new URL('./quick-look.js', import.meta.url).href)}).then(({ createQuickLook }) => console.log(createQuickLook('/')))`], { encoding: 'utf8' });

    assert.deepEqual([stdout.trim(), stderr], ['undefined', '']);
  });
});
