import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hashFiles } from './hash.ts';
import { exists, listFolder, readFile, statFile } from './read.ts';
import { scan } from './scan.ts';
import { noteRead, noteSame, watchReads } from './watch.ts';

const root = mkdtempSync(join(tmpdir(), 'towline-watch-'));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'folder/below'), { recursive: true });
const file = join(root, 'folder/file');
writeFileSync(file, 'text');

describe('watchReads', () => {
  it('notes every path that is looked at, and whether its names were', () => {
    const watch = watchReads();
    readFile(file);
    exists(join(root, 'absent'));
    statFile(join(root, 'folder'));
    listFolder(join(root, 'folder'));
    statFile(file);
    statFile(join(root, 'folder'));
    watch.end();
    readFile(join(root, 'later'));

    assert.deepEqual([...watch.paths], [[file, false], [join(root, 'absent'), false], [join(root, 'folder'), true]]);
    assert.ok(!watch.isIncomplete());
  });

  it('is complete after a scan only when all it found is what a memory has', () => {
    const folder = join(root, 'folder');
    const watch = watchReads();
    scan(folder);
    assert.ok(watch.isIncomplete());

    noteSame(folder, 'memory');
    assert.deepEqual([...watch.same], [[folder, 'memory']]);
    assert.ok(!watch.isIncomplete());

    scan(folder);
    assert.ok(watch.isIncomplete());
    watch.end();
  });

  it('is incomplete once the content of a file is hashed', async () => {
    const watch = watchReads();
    await hashFiles([file], { name: 'md5', processors: 1 });
    watch.end();

    assert.ok(watch.isIncomplete());
  });

  it('is incomplete, and keeps nothing, after very many paths', () => {
    const watch = watchReads();
    for (let number = 0; number <= 100_000; number += 1) noteRead(`/${number}`);
    noteRead('/one more');
    watch.end();

    assert.ok(watch.isIncomplete());
    assert.equal(watch.paths.size, 0);
  });

  it('leaves others alone', () => {
    const [first, second] = [watchReads(), watchReads()];
    first.end();
    readFile(file);
    second.end();

    assert.deepEqual([first.paths.size, second.paths.size], [0, 1]);
  });
});
