import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import changeable from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hasCode } from '../errors.ts';
import type { Disk } from './disk.ts';
import { hashBytes } from './hasher.ts';
import { nodeDisk } from './node.ts';
import { type Stored, storeFiles, type StoreOptions } from './store.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-store-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;
interface Place { readonly cache: string; readonly file: string; objectOf(bytes: Buffer | string): string; store(options?: Partial<StoreOptions>, size?: number): Promise<Stored> }
function place(bytes: Buffer | string): Place {
  const folder = join(root, String(count += 1));
  fs.mkdirSync(folder);
  const [cache, file] = [join(folder, 'cache'), join(folder, 'file')];
  fs.writeFileSync(file, bytes);
  return {
    cache, file,
    objectOf(some) { const digest = hashBytes('md5', Buffer.from(some)); return join(cache, digest.slice(0, 2), digest.slice(2)); },
    store: async (options = {}, size = fs.statSync(file).size) => await storeFiles(nodeDisk, [{ path: file, size }], { name: 'md5', folder: cache, how: 'copy', links: ['reflink', 'copy'], processors: 1, ...options }),
  };
}
const modeOf = (path: string): number => fs.statSync(path).mode & 0o7777;
const temporaries = (folder: string): string[] => (fs.readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith('.tmp'));

describe('storeFiles', () => {
  for (const { what, bytes } of [{ what: 'an empty file', bytes: Buffer.alloc(0) }, { what: 'a small file', bytes: Buffer.from('hello') }, { what: 'a file of exactly a MiB', bytes: Buffer.alloc(1 << 20, 'm') }, { what: 'a large file', bytes: Buffer.alloc(3_000_001, 'xyz') }]) {
    it(`puts ${what} under its hash, read-only, and leaves it where it is`, async () => {
      const { file, cache, objectOf, store } = place(bytes);

      const stored = await store();

      assert.deepEqual([...stored.errors], []);
      assert.deepEqual([stored.digests[0], stored.sizes[0]], [hashBytes('md5', bytes), bytes.byteLength]);
      assert.ok(fs.readFileSync(objectOf(bytes)).equals(bytes));
      assert.equal(modeOf(objectOf(bytes)), 0o444);
      assert.ok(fs.readFileSync(file).equals(bytes));
      assert.deepEqual(temporaries(cache), []);
      assert.equal((await store()).how[0], 'present');
    });
  }

  it('stores into a folder whose names nobody can read, and finds what is there', { skip: process.platform === 'linux' ? false : 'names are text here' }, async () => {
    const { cache, store } = place('beside a strange name');
    fs.mkdirSync(cache);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${cache}/`), Buffer.from([0xff, 0x41])]), '');

    assert.equal((await store()).how[0], 'copied');
    assert.equal((await store()).how[0], 'present');
  });

  it('takes files to a drive that knows no modes (#3477, #5255)', async () => {
    const { objectOf, store } = place('on a share');
    const real = { chmodSync: changeable.chmodSync, fchmodSync: changeable.fchmodSync };
    const refuse = (): never => { throw Object.assign(new Error('EPERM: not permitted'), { code: 'EPERM', syscall: 'chmod' }); };
    try {
      Object.assign(changeable, { chmodSync: refuse, fchmodSync: refuse });
      syncBuiltinESMExports();

      assert.deepEqual([...(await store()).errors], []);
      assert.equal((await store()).how[0], 'present');
    } finally {
      Object.assign(changeable, real);
      syncBuiltinESMExports();
    }
    assert.equal(fs.readFileSync(objectOf('on a share'), 'utf8'), 'on a share');
  });

  it('keeps an object that DVC would trust as it is', async () => {
    const { objectOf, store } = place('hello');
    await store();
    const { ino } = fs.statSync(objectOf('hello'));

    await store();

    assert.equal(fs.statSync(objectOf('hello')).ino, ino);
  });

  it('verifies an object of another mode and makes it read-only', async () => {
    const { objectOf, store } = place('hello');
    await store();
    fs.chmodSync(objectOf('hello'), 0o644);

    assert.equal((await store()).how[0], 'present');

    assert.equal(modeOf(objectOf('hello')), 0o444);
  });

  for (const { what, bytes, mode } of [{ what: 'of another size', bytes: 'hell', mode: 0o444 }, { what: 'that is writable and damaged', bytes: 'jello', mode: 0o644 }]) {
    for (const links of [['copy'], ['hardlink']] as const) {
      it(`replaces an object ${what}, by ${links[0]}`, async () => {
        const { objectOf, store, cache } = place('hello');
        fs.mkdirSync(join(objectOf('hello'), '..'), { recursive: true });
        fs.writeFileSync(objectOf('hello'), bytes, { mode });

        const stored = await store({ links });

        assert.deepEqual([...stored.errors], []);
        assert.equal(fs.readFileSync(objectOf('hello'), 'utf8'), 'hello');
        assert.equal(modeOf(objectOf('hello')), 0o444);
        assert.deepEqual(temporaries(cache), []);
      });
    }
  }

  it('hard-links when it may: the file and the object are one', async () => {
    const { file, objectOf, store } = place('hello');

    const stored = await store({ links: ['hardlink', 'copy'] });

    assert.equal(stored.how[0], 'linked');
    assert.equal(fs.statSync(file).ino, fs.statSync(objectOf('hello')).ino);
  });

  const later = Date.now() + 3_600_000;
  for (const { what, prepare, options } of [
    { what: 'was just written', prepare: () => undefined, options: { linkBefore: 0 } },
    { what: 'has another name', prepare: (file: string) => { fs.linkSync(file, `${file}-too`); }, options: { linkBefore: later } },
  ]) {
    it(`copies a file that ${what}: whoever has it open would write to the object`, async () => {
      const { file, objectOf, store } = place('hello');
      prepare(file);

      const stored = await store({ links: ['hardlink', 'copy'], ...options });

      assert.equal(stored.how[0], 'copied');
      assert.notEqual(fs.statSync(file).ino, fs.statSync(objectOf('hello')).ino);
    });
  }

  it('copies a file that is to stay as it is, and makes any other the object', async () => {
    const { file, objectOf, cache } = place('hello');
    fs.writeFileSync(`${file}2`, 'world');
    const jobs = [{ path: file, size: 5, isKept: true }, { path: `${file}2`, size: 5 }];

    const stored = await storeFiles(nodeDisk, jobs, { name: 'md5', folder: cache, how: 'copy', links: ['hardlink', 'copy'], linkBefore: later, processors: 1 });

    assert.deepEqual(stored.how, ['copied', 'linked']);
    assert.equal(fs.statSync(`${file}2`).ino, fs.statSync(objectOf('world')).ino);
  });

  for (const mode of [0o644, 0o444]) {
    it(`makes no object of another file that took the name after it was hashed (mode ${mode.toString(8)})`, async () => {
      const { file, objectOf, cache } = place('hello');
      fs.chmodSync(file, mode);
      const disk: Disk = { ...nodeDisk, link(from, to, how) {
        fs.writeFileSync(`${file}-new`, 'jello', { mode });
        fs.renameSync(`${file}-new`, file);
        nodeDisk.link(from, to, how);
      } };

      const stored = await storeFiles(disk, [{ path: file, size: 5 }], { name: 'md5', folder: cache, how: 'copy', links: ['hardlink', 'copy'], linkBefore: later, processors: 1 });

      assert.ok(hasCode(stored.errors.get(0), 'PRECONDITION_FAILED'));
      assert.equal(fs.existsSync(objectOf('hello')), false);
      assert.deepEqual([fs.readFileSync(file, 'utf8'), modeOf(file)], ['jello', mode]);
    });
  }

  it('refuses a file that was written to since it was chosen, whatever its size', async () => {
    const { file, cache } = place('hello');
    const { size, mtimeMs } = fs.statSync(file);
    fs.writeFileSync(file, 'jello');
    fs.utimesSync(file, 1, 1);

    const { errors } = await storeFiles(nodeDisk, [{ path: file, size, mtimeMs }], { name: 'md5', folder: cache, how: 'copy', links: ['copy'], processors: 1 });

    assert.ok(hasCode(errors.get(0), 'PRECONDITION_FAILED'));
    assert.deepEqual(fs.readdirSync(cache).flatMap((name) => fs.readdirSync(join(cache, name))), []);
  });

  it('copies where the file system refuses a link, and asks it only once', async () => {
    const { file, objectOf, cache } = place('hello');
    fs.writeFileSync(`${file}2`, 'world');
    let asked = 0;
    const disk = { ...nodeDisk, link: () => { asked += 1; throw Object.assign(new Error('EXDEV: cross-device link'), { code: 'EXDEV', syscall: 'link' }); } };

    const stored = await storeFiles(disk, [{ path: file, size: 5 }, { path: `${file}2`, size: 5 }], { name: 'md5', folder: cache, how: 'copy', links: ['hardlink'], processors: 1 });

    assert.deepEqual([stored.how, asked], [['copied', 'copied'], 1]);
    assert.equal(fs.readFileSync(objectOf('world'), 'utf8'), 'world');
  });

  for (const size of [5, 2_000_000]) {
    it(`takes a file of ${size} bytes away when it is to be moved`, async () => {
      const bytes = Buffer.alloc(size, 'b');
      const { file, objectOf, store } = place(bytes);

      const stored = await store({ how: 'move' });

      assert.deepEqual([stored.how[0], fs.existsSync(file), modeOf(objectOf(bytes))], ['moved', false, 0o444]);
      fs.writeFileSync(file, bytes);
      assert.deepEqual([(await store({ how: 'move' })).how[0], fs.existsSync(file)], ['present', false]);
    });
  }

  it('refuses a file that is not as it was chosen, and stores nothing of it', async () => {
    const { cache, store } = place('hello');

    const { errors, digests } = await store({}, 6);

    assert.ok(hasCode(errors.get(0), 'PRECONDITION_FAILED'));
    assert.deepEqual([digests, fs.readdirSync(cache)], [[undefined], []]);
  });

  it('refuses a file that changes while it is read, and stores nothing of it', async () => {
    const { cache, file, store } = place(Buffer.alloc(9_000_000, 'a'));

    const { errors } = await store({ onAdvance: () => { fs.appendFileSync(file, 'more'); } });

    assert.ok(hasCode(errors.get(0), 'PRECONDITION_FAILED'));
    assert.deepEqual((fs.readdirSync(cache, { recursive: true }) as string[]).filter((name) => name.length > 2), []);
  });

  it('goes on after a file that cannot be read', async () => {
    const { file, cache } = place('hello');
    const files = [{ path: `${file}-absent`, size: 1 }, { path: file, size: 5 }];

    const stored = await storeFiles(nodeDisk, files, { name: 'md5', folder: cache, how: 'copy', links: [], processors: 1 });

    assert.ok(hasCode(stored.errors.get(0), 'NOT_FOUND'));
    assert.equal(stored.digests[1], hashBytes('md5', Buffer.from('hello')));
  });

  it('makes folders the group may write to where the cache is shared', async () => {
    const { objectOf, store, cache } = place('hello');

    await store({ shared: true });

    assert.deepEqual([modeOf(cache), modeOf(join(objectOf('hello'), '..')), modeOf(objectOf('hello'))], [0o2775, 0o2775, 0o444]);
  });

  it('keeps both line ends of a legacy text, which share one hash', async () => {
    const { cache, store } = place('a\r\nb\r\n');

    const stored = await store({ name: 'md5-dos2unix' });

    const digest = hashBytes('md5', Buffer.from('a\nb\n'));
    assert.equal(stored.digests[0], digest);
    assert.equal(fs.readFileSync(join(cache, digest.slice(0, 2), digest.slice(2)), 'utf8'), 'a\r\nb\r\n');
  });
});
