import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hasCode } from '../errors.ts';
import { scan } from './scan.ts';

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

describe('scan', () => {
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

    const rows = scan(folder, { enter: (name, isFolder) => { asked.push(`${name}${isFolder ? '/' : ''}`); return !name.endsWith('skip'); } });

    assert.deepEqual([...rows.names].sort(), ['a', 'sub/c']);
    assert.deepEqual(asked.sort(), ['a', 'skip/', 'sub/', 'sub/c', 'sub/skip']);
  });
});
