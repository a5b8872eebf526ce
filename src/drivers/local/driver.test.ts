import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { crashing } from '../../disk/crashing.ts';
import type { Disk } from '../../disk/disk.ts';
import { nodeDisk } from '../../disk/node.ts';
import { hasCode } from '../../errors.ts';
import { cases, runCase } from '../../storage/conformance/index.ts';
import { fromFile } from '../../storage/file-source.ts';
import { parsePath } from '../../storage/path.ts';
import { fromBytes } from '../../storage/source.ts';
import { createLocalDriver } from './driver.ts';
import { local } from './index.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-local-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => join(root, String(count += 1));
const open = (folder: string, disk: Disk = nodeDisk) => createLocalDriver(folder, { disk, platform: 'linux' });
const filesOf = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => one.name) : []);
const path = parsePath('files/md5/ab/cd');

describe('the driver contract, on a folder', () => {
  for (const one of cases) {
    it(one.name, async (test) => {
      const folder = fresh();

      const result = await runCase(open(folder), one, { now: () => Date.now(), reopen: async () => open(folder), folder: parsePath('scratch') });

      if (result.outcome === 'skipped') test.skip(result.reason);
      if (result.outcome === 'failed') throw result.error;
    });
  }
});

describe('a folder as a remote', () => {
  it('keeps objects read-only, as DVC wants them to trust them', async () => {
    const folder = fresh();
    const was = process.umask(0o077);
    try {
      await open(folder).write(path, fromBytes(Buffer.from('hello')));
      const upload = await open(folder).upload(parsePath('files/md5/ab/ef'), { size: 2 });
      assert.ok(upload);
      await upload.complete([await upload.send({ number: 1, start: 0, end: 2 }, fromBytes(Buffer.from('hi')))]);
    } finally {
      process.umask(was);
    }

    for (const name of ['cd', 'ef']) assert.equal(fs.statSync(join(folder, 'files/md5/ab', name)).mode & 0o777, 0o444);
  });

  it('lets the group write where the cache is shared', async () => {
    const folder = fresh();

    await createLocalDriver(folder, { disk: nodeDisk, platform: 'linux', isShared: true }).write(path, fromBytes(Buffer.from('hello')));

    assert.equal(fs.statSync(join(folder, 'files/md5/ab')).mode & 0o7777, 0o2775);
    assert.equal(fs.statSync(join(folder, 'files/md5/ab/cd')).mode & 0o777, 0o444);
  });

  it('takes a file of this machine without reading it through the source', async () => {
    const folder = fresh();
    const file = join(fs.mkdtempSync(join(root, 'from-')), 'file');
    fs.writeFileSync(file, Buffer.alloc(300_000, 'x'));

    const written = await open(folder).write(path, fromFile(file, 300_000));

    assert.match(written.how, /^(copied|linked)$/);
    assert.deepEqual([written.entry.size, fs.statSync(file).nlink], [300_000, 1]);
  });

  it('hides what is unfinished, and leaves nothing unfinished behind when a write fails', async () => {
    const folder = fresh();
    const driver = open(folder);
    const upload = await driver.upload(path, { size: 100 });
    await assert.rejects(driver.write(path, { size: 10, open: () => fromBytes(Buffer.from('short')).open() }), (error) => hasCode(error, 'CORRUPT'));

    assert.equal(filesOf(folder).length, 1);
    assert.deepEqual((await driver.list(parsePath('files/md5/ab')))?.entries, []);

    await upload?.abort();
    assert.deepEqual(filesOf(folder), []);
  });

  it('leaves nothing beside an object whose upload was cut at any change of a file, and taken up', async () => {
    const [one, other] = [{ number: 1, start: 0, end: 5 }, { number: 2, start: 5, end: 10 }];
    const bytes = (text: string) => fromBytes(Buffer.from(text));
    for (let at = 0, isOver = false; !isOver; at++) {
      const folder = fresh();
      const { token } = (await open(folder).upload(path, { size: 10 })) ?? {};
      assert.ok(token);
      const disk = crashing(nodeDisk, at);
      await Promise.resolve(open(folder, disk).upload(path, { size: 10, resume: token })).then((upload) => upload?.send(one, bytes('hello'))).catch((error: unknown) => { if (!disk.crashed) throw error; });
      isOver = !disk.crashed;

      const upload = await open(folder).upload(path, { size: 10, resume: token });
      await upload?.complete([await upload.send(one, bytes('hello')), await upload.send(other, bytes('world'))]);

      assert.deepEqual([filesOf(folder), fs.readFileSync(join(folder, path), 'utf8')], [['cd'], 'helloworld'], `cut at point ${at}`);
    }
  });

  it('takes up an upload only by a name that is one of its own', async () => {
    const folder = fresh();
    fs.mkdirSync(join(folder, 'files/md5/ab'), { recursive: true });
    fs.writeFileSync(join(folder, 'secret'), '');

    for (const resume of ['../../../secret', 'secret', '/etc/passwd', '']) {
      await assert.rejects(open(folder).upload(path, { resume }), (error) => hasCode(error, 'INVALID_ARGUMENT'), resume);
    }
  });

  it('does not make an upload visible that lacks a part', async () => {
    const folder = fresh();
    const upload = await open(folder).upload(path, { size: 10 });
    assert.ok(upload);
    const part = await upload.send({ number: 2, start: 5, end: 10 }, fromBytes(Buffer.from('world')));

    await assert.rejects(upload.complete([part]), (error) => hasCode(error, 'INVALID_ARGUMENT'));

    assert.equal(fs.existsSync(join(folder, path)), false);
  });

  it('does not delete folders with anything in them, nor those that become empty, nor what a link leads to', async () => {
    const folder = fresh();
    for (const name of ['empty', 'full', 'emptied']) fs.mkdirSync(join(folder, name), { recursive: true });
    for (const name of ['kept', 'full/inner', 'emptied/inner']) fs.writeFileSync(join(folder, name), 'kept');
    fs.symlinkSync('kept', join(folder, 'link'));

    const results = await open(folder).delete(['empty', 'full', 'emptied/inner', 'link'].map((name) => ({ path: parsePath(name) })));

    assert.deepEqual(results?.map(({ error }) => error), [undefined, undefined, undefined, undefined]);
    assert.deepEqual(fs.readdirSync(folder).sort(), ['emptied', 'full', 'kept']);
  });

  it('refuses names that Windows would change, there', async () => {
    const driver = createLocalDriver(fresh(), { disk: nodeDisk, platform: 'win32' });

    for (const name of ['a\\b', 'nul.txt', 'a/COM1', 'ends.', 'a:b']) {
      await assert.rejects(driver.write(parsePath(name), fromBytes(Buffer.from(''))), (error) => hasCode(error, 'INVALID_ARGUMENT'), name);
    }
  });

  it('shows the old object or the new, whenever the machine goes off', async () => {
    const bytes = Buffer.alloc(1_200_000, 'new');
    for (let at = 0; ; at += 1) {
      const folder = fresh();
      await open(folder).write(path, fromBytes(Buffer.from('old')));
      const disk = crashing(nodeDisk, at);

      const failed = await open(folder, disk).write(path, { size: bytes.byteLength, open: () => fromBytes(bytes).open() }).then(() => undefined, (error: unknown) => error);

      const found = fs.readFileSync(join(folder, path));
      assert.ok(found.equals(bytes) || (disk.crashed && found.toString() === 'old'), `point ${at}`);
      assert.equal(failed !== undefined, disk.crashed);
      if (!disk.crashed) break;
    }
  });
});

describe('the address of a folder', () => {
  it('is the path as it is typed', () => {
    assert.deepEqual(local.parse('/data/100% #1?'), { displayUrl: '/data/100% #1?', path: '/data/100% #1?' });
  });

  it('may be a file URL of this machine', () => {
    assert.equal(local.parse('file:///data/a%20b').path, '/data/a b');
    assert.equal(local.parse('file://localhost/data').path, '/data');
    assert.throws(() => local.parse('file://server/data'), (error) => hasCode(error, 'INVALID_CONFIG'));
    assert.throws(() => local.parse('file:///100%'), (error) => hasCode(error, 'INVALID_CONFIG'));
  });
});
