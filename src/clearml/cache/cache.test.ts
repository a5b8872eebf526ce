import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { clock } from '../../../test/lent.ts';
import { projectFolder } from '../../../test/project.ts';
import { removeFolder, temporaryFolder } from '../../../test/servers/server.ts';
import { nodeDisk } from '../../disk/node.ts';
import { createClaims } from './claims.ts';
import { countLayout } from './count-layout.ts';
import { archiveFolderName, archiveSuffix, cacheName } from './names.ts';
import { spaceLayout, spacePath } from './space-layout.ts';

const top = temporaryFolder('clearml-cache');
after(() => { removeFolder(top); });
const vectors = JSON.parse(readFileSync(join(projectFolder, 'test/golden/clearml-2.1.7/vectors.json'), 'utf8')) as { readonly cache_name: Readonly<Record<string, { readonly hashed: string; readonly on_disk: string | object }>> };

test('names in the cache are those of ClearML, but for the long ones it gives to several URLs or fails at', () => {
  for (const [url, { hashed, on_disk: onDisk }] of Object.entries(vectors.cache_name)) {
    // The folder of this one was replaced after its md5 was taken.
    if (url.startsWith('/')) continue;
    const name = cacheName(url);
    if (typeof onDisk === 'string' && onDisk.startsWith(hashed.slice(0, 33))) assert.equal(name, onDisk, url);
    else assert.equal(name.slice(0, 33), hashed.slice(0, 33));
    assert.ok(Buffer.byteLength(name) <= 223);
  }
});

test('archives are known by their suffix, those of signed URLs as well', () => {
  assert.deepEqual(archiveSuffix('m.a.TAR.GZ', 's3://b/a.TAR.GZ'), { stem: 'm.a', kind: 'tar' });
  assert.deepEqual(archiveSuffix('m.f.zip?sig=1', 'https://h/f.zip?sig=1'), { stem: 'm.f', kind: 'zip' });
  for (const name of ['a.tar', 'a.gz', 'a.zip.txt']) assert.equal(archiveSuffix(name, `s3://b/${name}`), undefined);
  assert.equal(archiveFolderName('m.a', { context: 'global', name: undefined }), 'm.a_artifacts_archive_None');
  assert.equal(archiveFolderName('m.a', { context: 'global', name: 'a/b c?é' }), 'm.a_artifacts_archive_a%2Fb c%3F%C3%A9');
});

test('the space mode places URLs where ClearML does', () => {
  assert.equal(spacePath('http://127.0.0.1:8081/ev/f0.txt?a=1&b=2'), 'https/127.0.0.1.8081/ev/ed04c91cf6f6ab5a01a31c0295c5da34.f0.txt');
  assert.equal(spacePath('/t/a/x'), 't/a/x');
  assert.equal(spacePath('file:///t/a/x'), 'file/t/a/x');
  assert.equal(spacePath('s3://b/../../x'), 's3/b/x');
});

test('a full context loses what was not used for longest, never what is kept, and counts locks out', () => {
  const layout = countLayout({ root: join(top, 'count'), disk: nodeDisk, limit: 3, now: Date.now });
  const folder = join(top, 'count/storage_manager/global');
  mkdirSync(folder, { recursive: true });
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    writeFileSync(join(folder, name), 'xx');
    utimesSync(join(folder, name), 1000 + index, 1000 + index);
  }
  layout.touch(join(folder, 'a'));

  assert.deepEqual(layout.makeRoom('global', (path) => path.endsWith('b')), { removed: 1, bytes: 2 });
  assert.deepEqual(readdirSync(folder).sort(), ['a', 'b', 'd', 'e']);
  writeFileSync(join(folder, '.lock.000.gone.clearml'), '');
  utimesSync(join(folder, '.lock.000.gone.clearml'), 1000, 1000);
  const asked: string[] = [];
  layout.makeRoom('global', (path) => asked.push(path) > 0);
  assert.ok(asked.includes(join(folder, 'gone')), 'locks of entries that never came are looked at');
  unlinkSync(join(folder, '.lock.000.gone.clearml'));
  assert.equal(layout.setLimit(1, 'global'), 1);
  layout.makeRoom('global', () => false);
  assert.deepEqual(readdirSync(folder), ['a']);
});

test('a large context is listed once a second and looked through seldom; what goes is always the oldest', () => {
  let time = 5_000_000;
  const layout = countLayout({ root: join(top, 'room'), disk: nodeDisk, limit: 600, now: () => time });
  const folder = join(top, 'room/storage_manager/global');
  mkdirSync(folder, { recursive: true });
  const add = (name: string, second: number): void => {
    writeFileSync(join(folder, name), 'xx');
    utimesSync(join(folder, name), second, second);
  };
  const room = (): number => layout.makeRoom('global', (path) => path.endsWith('kept')).removed;
  for (let count = 0; count < 600; count++) add(`old-${count}`, 1000 + count);
  add('kept', 999);
  let removed = room();
  assert.deepEqual([removed, readdirSync(folder).length], [0, 601]);

  // The oldest but one is used meanwhile: it is passed over.
  layout.touch(join(folder, 'old-1'));
  for (let count = 0; count < 100; count++) {
    add(`ours-${count}`, 4000);
    removed += room();
    assert.ok(readdirSync(folder).length <= 602, 'what was added here counts at once');
  }
  assert.equal(removed, 100);
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('old-')).map((name) => Number(name.slice(4))).sort((a, b) => a - b), [1, ...Array.from({ length: 499 }, (_, at) => 101 + at)]);
  for (let count = 0; count < 1000; count++) add(`theirs-${count}`, 4500);
  assert.ok(room() <= 1);
  time += 1000;
  assert.ok(room() > 990);
  const left = readdirSync(folder);
  assert.equal(left.length, 601);
  assert.deepEqual(left.filter((name) => !name.startsWith('theirs-')).sort(), ['kept', 'old-1']);
});

test('the space mode measures its files only where their size counts, and once a second', () => {
  let time = 5_000_000;
  const make = (mostUsedBytes: number): ReturnType<typeof spaceLayout> => spaceLayout({ root: join(top, 'measured'), disk: nodeDisk, now: () => time, mostUsedBytes, leastFreeBytes: 1, margin: 0, graceSeconds: 0 });
  const folder = join(top, 'measured/storage/s3/b');
  mkdirSync(folder, { recursive: true });
  const add = (name: string, bytes: number): void => {
    writeFileSync(join(folder, name), Buffer.alloc(bytes));
    utimesSync(join(folder, name), 1000, 1000);
  };
  const [unlimited, limited] = [make(-1), make(1_000_000)];
  add('a', 100_000);

  assert.equal(limited.makeRoom('', () => false).removed, 0);
  add('b', 950_000);
  assert.equal(unlimited.makeRoom('', () => false).removed, 0);
  time += 1000;
  assert.ok(limited.makeRoom('', () => false).removed > 0);
});

test('the space mode cleans down to its margin, the longest unread first, and leaves what was just read', () => {
  const layout = spaceLayout({ root: join(top, 'space'), disk: nodeDisk, now: Date.now, mostUsedBytes: 100, leastFreeBytes: -1, margin: 0.5, graceSeconds: 20 });
  const folder = join(top, 'space/storage/s3/b');
  mkdirSync(folder, { recursive: true });
  for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
    writeFileSync(join(folder, name), 'x'.repeat(30));
    utimesSync(join(folder, name), 1000 + index, 1000);
  }
  layout.touch(join(folder, 'a'));

  assert.deepEqual(layout.makeRoom('', () => false), { removed: 3, bytes: 90 });
  assert.deepEqual(readdirSync(folder), ['a']);
});

test('a claim keeps others out, and ends with its work', async () => {
  const folder = join(top, 'claims');
  mkdirSync(folder);
  const runtime = { ...clock, env: { PATH: process.env['PATH'] } };
  const [one, other] = [0, 1].map(() => createClaims({ folder: join(folder, 'sessions'), disk: nodeDisk, runtime }));
  assert.ok(one && other);
  const steps: string[] = [];
  const first = one.whileMine(join(folder, 'x'), undefined, async () => {
    assert.equal(other.isHeld(join(folder, 'x')), true);
    await clock.wait(30);
    steps.push('first');
  });
  await clock.wait(10);
  const second = other.whileMine(join(folder, 'x'), undefined, async () => { steps.push('second'); });
  await Promise.all([first, second]);

  assert.deepEqual(steps, ['first', 'second']);
  assert.equal(one.isHeld(join(folder, 'x')), false);
  writeFileSync(join(folder, '.lock.003.x.clearml'), '');
  assert.equal(one.isHeld(join(folder, 'x')), false);
  assert.equal(existsSync(join(folder, '.lock.003.x.clearml')), false);
  one.close();
  other.close();
});
