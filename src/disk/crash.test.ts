import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Crash, crashing, type CrashingDisk } from './crashing.ts';
import type { Disk } from './disk.ts';
import { hashBytes } from './hasher.ts';
import { nodeDisk } from './node.ts';
import { placeFiles } from './place.ts';
import { replaceFile } from './replace.ts';
import { storeFiles } from './store.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-crash-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;

/** Lets `act` crash in every change it makes, before and after it, and looks at what is left; then lets it do its work over that. */
async function atEveryPoint(prepare: (folder: string) => void, act: (folder: string, disk: Disk) => Promise<void> | void, check: (folder: string, isDone: boolean) => void): Promise<number> {
  for (let at = 0; ; at += 1) {
    const folder = join(root, String(count += 1));
    fs.mkdirSync(folder);
    prepare(folder);
    const disk: CrashingDisk = crashing(nodeDisk, at);
    const outcome = await Promise.resolve().then(() => act(folder, disk)).catch((error: unknown) => error);
    if (!disk.crashed) {
      assert.equal(outcome, undefined);
      check(folder, true);
      return at;
    }
    assert.ok(outcome instanceof Crash, `point ${at}: ${String(outcome)}`);
    check(folder, false);

    await act(folder, nodeDisk);

    check(folder, true);
  }
}

const small = 'hello, small';
const large = Buffer.alloc(1_300_000, 'a large one ');
const options = { processors: 1, name: 'md5' } as const;

/** Whatever bears the name of an object is whole; DVC would take it on trust if it is read-only. */
function checkObjects(folder: string): void {
  for (const prefix of fs.readdirSync(folder).filter((name) => name.length === 2)) {
    for (const name of fs.readdirSync(join(folder, prefix)).filter((one) => !one.startsWith('.'))) {
      assert.equal(hashBytes('md5', fs.readFileSync(join(folder, prefix, name))), prefix + name);
    }
  }
}

describe('a crash after any change', () => {
  it('of replaceFile leaves the old bytes or the new', async () => {
    const points = await atEveryPoint(
      (folder) => { fs.writeFileSync(join(folder, 'config'), 'old'); },
      (folder, disk) => { replaceFile(disk, join(folder, 'config'), 'new bytes'); },
      (folder, isDone) => {
        const text = fs.readFileSync(join(folder, 'config'), 'utf8');
        assert.ok(text === 'new bytes' || (!isDone && text === 'old'), text);
      },
    );
    assert.ok(points >= 8);
  });

  for (const { title, how, links } of [
    { title: 'copying', how: 'copy', links: ['copy'] },
    { title: 'linking', how: 'copy', links: ['hardlink', 'copy'] },
    { title: 'moving', how: 'move', links: [] },
  ] as const) {
    it(`of storeFiles, ${title}, leaves no object that is not whole, and no file lost`, async () => {
      const points = await atEveryPoint(
        (folder) => {
          fs.writeFileSync(join(folder, 'small'), small);
          fs.writeFileSync(join(folder, 'large'), large);
          // A damaged object that DVC would trust, and a whole one that it would not.
          const objects = join(folder, 'md5');
          for (const [bytes, kept, mode] of [[small, 'damaged and of another size', 0o444], [large, large, 0o644]] as const) {
            const digest = hashBytes('md5', Buffer.from(bytes));
            if (mode === 0o444 && how === 'move') continue;
            fs.mkdirSync(join(objects, digest.slice(0, 2)), { recursive: true });
            fs.writeFileSync(join(objects, digest.slice(0, 2), digest.slice(2)), mode === 0o444 ? '' : kept, { mode });
          }
        },
        async (folder, disk) => {
          const names = ['small', 'large'].filter((name) => fs.existsSync(join(folder, name)));
          const files = names.map((name) => ({ path: join(folder, name), size: fs.statSync(join(folder, name)).size }));
          const stored = await storeFiles(disk, files, { ...options, folder: join(folder, 'md5'), how, links });
          assert.deepEqual([...stored.errors], []);
        },
        (folder, isDone) => {
          const objects = join(folder, 'md5');
          const paths = [Buffer.from(small), large].map((bytes) => { const digest = hashBytes('md5', bytes); return join(objects, digest.slice(0, 2), digest.slice(2)); });
          for (const [index, [name, bytes]] of ([['small', Buffer.from(small)], ['large', large]] as const).entries()) {
            const object = paths[index] ?? '';
            // The damaged object we put there ourselves has no bytes.
            const isStored = fs.existsSync(object) && fs.statSync(object).size > 0;
            if (isStored) assert.ok(fs.readFileSync(object).equals(bytes), `the object of ${name} is not whole`);
            const isThere = fs.existsSync(join(folder, name));
            if (isThere) assert.ok(fs.readFileSync(join(folder, name)).equals(bytes), `${name} was changed`);
            assert.ok(isStored || isThere, `${name} is lost`);
            if (isDone) assert.ok(isStored && (fs.statSync(object).mode & 0o777) === 0o444, `${name} is not stored`);
            if (isDone && how === 'move') assert.ok(!isThere, `${name} is still there`);
          }
          if (isDone) checkObjects(objects);
        },
      );
      assert.ok(points >= 8);
    });
  }

  for (const links of [['copy'], ['hardlink'], ['symlink']] as const) {
    it(`of placeFiles by ${links[0]} leaves the old file or the new, and the objects as they are`, async () => {
      const points = await atEveryPoint(
        (folder) => {
          fs.mkdirSync(join(folder, 'cache'));
          fs.mkdirSync(join(folder, 'work'));
          fs.writeFileSync(join(folder, 'cache/small'), small, { mode: 0o444 });
          fs.writeFileSync(join(folder, 'cache/large'), large, { mode: 0o444 });
          fs.writeFileSync(join(folder, 'work/small'), 'old');
        },
        async (folder, disk) => {
          const jobs = [{ from: 'cache/small', to: 'work/small' }, { from: 'cache/large', to: 'work/new/large' }, { from: 'cache/small', to: 'work/run', executable: true }];
          const all = jobs.map((job) => ({ ...job, from: join(folder, job.from), to: join(folder, job.to) }));
          const placed = await placeFiles(disk, all, { processors: 1, root: join(folder, 'work'), links });
          assert.deepEqual([...placed.errors], []);
        },
        (folder, isDone) => {
          assert.equal(fs.readFileSync(join(folder, 'cache/small'), 'utf8'), small);
          assert.equal(fs.statSync(join(folder, 'cache/small')).mode & 0o777, 0o444);
          const text = fs.readFileSync(join(folder, 'work/small'), 'utf8');
          assert.ok(text === small || (!isDone && text === 'old'));
          for (const [name, bytes] of [['work/new/large', large], ['work/run', Buffer.from(small)]] as const) {
            const path = join(folder, name);
            if (isDone || fs.existsSync(path)) assert.ok(fs.readFileSync(path).equals(bytes), `${name} is not whole`);
          }
          if (isDone) assert.ok((fs.statSync(join(folder, 'work/run')).mode & 0o100) !== 0);
        },
      );
      assert.ok(points >= 8);
    });
  }
});
