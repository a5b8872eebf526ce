import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Crash, crashing } from '../disk/crashing.ts';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node.ts';
import { createLocalDriver } from '../drivers/local/driver.ts';
import type { LocalSettings } from '../drivers/local/folder.ts';
import { hasCode, TowlineError } from '../errors.ts';
import type { Driver } from '../storage/driver.ts';
import { quickOf, withQuick } from '../storage/quick.ts';
import { Storage } from '../storage/storage.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { createLooseObjects } from './loose.ts';
import { type Moved, moveObjects } from './move-objects.ts';
import type { ObjectDb } from './object-db.ts';
import { createOidSetBuilder, oidSet, type OidSet } from './oid-set.ts';

const root = mkdtempSync(join(tmpdir(), 'towline-move-files-'));
after(() => { rmSync(root, { recursive: true }); });
let count = 0;

interface Place {
  readonly folder: string;
  readonly objects: ObjectDb;
  /** What went by the verbs with all their layers. */
  readonly plain: string[];
}

function place(settings: Partial<LocalSettings> = {}, name: HashName = 'md5'): Place {
  const folder = join(root, String(count += 1));
  mkdirSync(folder);
  const driver = createLocalDriver(folder, { disk: nodeDisk, platform: 'linux', ...settings });
  const plain: string[] = [];
  const watched: Driver = { ...driver, write: async (path, source, options) => {
    plain.push(path);
    return await driver.write(path, source, options);
  } };
  const { fileOf, copyFiles } = quickOf(driver);
  assert.ok(fileOf && copyFiles);
  return { folder, plain, objects: createLooseObjects(new Storage(withQuick(watched, { fileOf, copyFiles })), name, {}) };
}

const oidOf = (bytes: Uint8Array): Oid => createHash('md5').update(bytes).digest('hex') as Oid;
const fileIn = ({ folder }: Place, oid: Oid, name: HashName = 'md5'): string => join(folder, objectPath(name, oid));

function put(to: Place, oid: Oid, bytes: Uint8Array): void {
  mkdirSync(dirname(fileIn(to, oid)), { recursive: true });
  writeFileSync(fileIn(to, oid), bytes);
}

const contents = [Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(70_000, 'b'), Buffer.alloc(1 << 20, 'c'), Buffer.alloc((1 << 20) + 1, 'd'), Buffer.alloc(3_000_001, 'xyz')];
const many = Array.from({ length: 300 }, (_, at) => Buffer.from(`${at} `.repeat(at)));
const all = [...contents, ...many.slice(1)];

function sized(some: readonly Uint8Array[]): OidSet {
  const builder = createOidSetBuilder();
  for (const bytes of some) builder.add(oidOf(bytes), bytes.byteLength);
  return builder.build();
}

function filled(some: readonly Uint8Array[]): Place {
  const made = place();
  for (const bytes of some) put(made, oidOf(bytes), bytes);
  return made;
}

interface Heard { readonly moved: Moved; readonly settled: readonly Oid[]; readonly bytes: number }

async function move(from: Place, to: Place, { wanted, ...options }: { readonly wanted: OidSet; readonly jobs?: number; readonly signal?: AbortSignal }): Promise<Heard> {
  const settled: Oid[] = [];
  let bytes = 0;
  const moved = await moveObjects(from.objects, to.objects, { ...options, move: { wanted, held: oidSet([]), trees: [] }, onSettled: (oid) => settled.push(oid), onBytes: (some) => { bytes += some; } });
  return { moved, settled, bytes };
}

const temporaries = ({ folder }: Place): string[] => (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith('.tmp'));
const sum = (some: readonly Uint8Array[]): number => some.reduce((bytes, { byteLength }) => bytes + byteLength, 0);

describe('objects between two folders', () => {
  for (const processors of [1, 2]) {
    for (const isSized of [true, false]) {
      it(`come as they are, read-only, without the plain verbs (${processors} at once, sizes ${isSized ? '' : 'not '}known)`, async () => {
        const [from, to] = [filled(all), place({ processors })];

        const { moved, settled, bytes } = await move(from, to, { wanted: isSized ? sized(all) : oidSet(all.map(oidOf)) });

        assert.deepEqual(moved, { done: all.length, bytes: sum(all), failed: [], keptBack: [] });
        assert.deepEqual([settled.length, new Set(settled).size, bytes], [all.length, all.length, sum(all)]);
        assert.deepEqual(to.plain, []);
        for (const content of all) {
          assert.ok(readFileSync(fileIn(to, oidOf(content))).equals(content));
          assert.equal(statSync(fileIn(to, oidOf(content))).mode & 0o7777, 0o444);
        }
        assert.deepEqual(temporaries(to), []);
      });
    }
  }

  it('are worked off by threads where they are many bytes: one is damaged, one is gone, all others come', async () => {
    const large = Array.from({ length: 36 }, (_, at) => Buffer.alloc(8 << 20, `${at} `));
    const [damaged, absent] = [large[7], large[30]] as [Buffer, Buffer];
    const from = filled(large);
    put(from, oidOf(damaged), Buffer.from(damaged).fill('!', 5_000_000, 5_000_001));
    rmSync(fileIn(from, oidOf(absent)));
    const to = place({ processors: 2 });

    const { moved, settled, bytes } = await move(from, to, { wanted: sized(large) });

    assert.deepEqual([moved.done, moved.bytes, settled.length, bytes], [34, sum(large) - 2 * (8 << 20), 36, moved.bytes]);
    assert.deepEqual(new Map(moved.failed.map(({ oid, error }) => [oid, hasCode(error, 'CORRUPT') ? 'damaged' : hasCode(error, 'NOT_FOUND') ? 'absent' : error])), new Map([[oidOf(damaged), 'damaged'], [oidOf(absent), 'absent']]));
    for (const content of large) {
      if (content === damaged || content === absent) assert.equal(existsSync(fileIn(to, oidOf(content))), false);
      else assert.ok(readFileSync(fileIn(to, oidOf(content))).equals(content));
    }
    assert.deepEqual(temporaries(to), []);
  });

  it('are refused by the plain verbs, which say why, when they are damaged or of another size; nothing of them is left', async () => {
    const from = filled(all);
    const wrong = [contents[2], contents[5], many[40]] as Buffer[];
    for (const content of wrong) put(from, oidOf(content), Buffer.from(content).fill('?', 10, 11));
    put(from, oidOf(many[50] as Buffer), Buffer.from('short'));
    const to = place();

    const { moved } = await move(from, to, { wanted: sized(all) });

    assert.equal(moved.done, all.length - 4);
    assert.deepEqual(moved.failed.map(({ oid }) => oid).sort(), [...wrong, many[50] as Buffer].map(oidOf).sort());
    for (const { error } of moved.failed) assert.ok(hasCode(error, 'CORRUPT'), String(error));
    for (const content of [...wrong, many[50] as Buffer]) assert.equal(existsSync(fileIn(to, oidOf(content))), false);
    assert.deepEqual(temporaries(to), []);
  });

  it('of DVC 2 are compared by their own hash', async () => {
    const text = Buffer.from('one\r\ntwo\r\n');
    const oid = oidOf(Buffer.from('one\ntwo\n'));
    const [from, to] = [place({}, 'md5-dos2unix'), place({}, 'md5-dos2unix')];
    mkdirSync(dirname(fileIn(from, oid, 'md5-dos2unix')), { recursive: true });
    writeFileSync(fileIn(from, oid, 'md5-dos2unix'), text);

    assert.equal((await move(from, to, { wanted: oidSet([oid]) })).moved.done, 1);

    assert.deepEqual(to.plain, []);
    assert.ok(readFileSync(fileIn(to, oid, 'md5-dos2unix')).equals(text));
  });

  it('are saved on the medium before they get their names, from the size on that is asked for', async () => {
    const steps: string[] = [];
    const disk: Disk = {
      ...nodeDisk,
      create: (path, options) => {
        const file = nodeDisk.create(path, options);
        return { ...file, sync() { steps.push('file'); file.sync(); } };
      },
      rename(from, to) { steps.push('name'); nodeDisk.rename(from, to); },
      syncFolder(path) { steps.push('folder'); nodeDisk.syncFolder(path); },
    };
    for (const { content, syncFrom, expected } of [
      { content: contents[3] as Buffer, syncFrom: (1 << 20) + 1, expected: ['name'] },
      { content: contents[3] as Buffer, syncFrom: 1 << 20, expected: ['file', 'name', 'folder'] },
      { content: contents[5] as Buffer, syncFrom: 1 << 20, expected: ['file', 'name', 'folder'] },
    ]) {
      steps.length = 0;
      const [from, to] = [filled([content]), place({ disk, syncFrom })];
      assert.equal((await move(from, to, { wanted: sized([content]) })).moved.done, 1);
      assert.deepEqual(steps, expected);
    }
  });

  it('are cloned where the file system makes clones, from 64 KiB on, and what is hashed is the clone', async () => {
    const cloned: number[] = [];
    const spoiled = contents[5] as Buffer;
    const disk: Disk = { ...nodeDisk, link(from, to, how) {
      assert.equal(how, 'reflink');
      const bytes = readFileSync(from);
      cloned.push(bytes.byteLength);
      // The file is changed just before it is cloned, and is as it was when it is looked at again.
      writeFileSync(to, bytes.equals(spoiled) && cloned.filter((size) => size === spoiled.byteLength).length === 1 ? Buffer.from(bytes).fill('!', 7, 8) : bytes);
    } };
    const [from, to] = [filled(all), place({ disk })];

    const { moved, bytes } = await move(from, to, { wanted: sized(all) });

    assert.deepEqual([moved.done, moved.failed, bytes], [all.length, [], sum(all)]);
    assert.deepEqual([...cloned].sort((a, b) => a - b), [70_000, 1 << 20, (1 << 20) + 1, 3_000_001, 3_000_001]);
    assert.deepEqual(to.plain, [objectPath('md5', oidOf(spoiled))]);
    for (const content of all) {
      assert.ok(readFileSync(fileIn(to, oidOf(content))).equals(content));
      assert.equal(statSync(fileIn(to, oidOf(content))).mode & 0o7777, 0o444);
    }
    assert.deepEqual(temporaries(to), []);
  });

  it('of a group have the modes it needs', async () => {
    const [from, to] = [filled(many.slice(1, 9)), place({ isShared: true, mode: 0o664 })];

    await move(from, to, { wanted: sized(many.slice(1, 9)) });

    const file = fileIn(to, oidOf(many[3] as Buffer));
    assert.deepEqual([statSync(file).mode & 0o7777, statSync(dirname(file)).mode & 0o7777], [0o664, 0o2775]);
  });

  it('may be links to other files where they come from', async () => {
    const from = place();
    const content = many[20] as Buffer;
    const elsewhere = join(from.folder, 'elsewhere');
    writeFileSync(elsewhere, content);
    mkdirSync(dirname(fileIn(from, oidOf(content))), { recursive: true });
    symlinkSync(elsewhere, fileIn(from, oidOf(content)));
    const to = place();

    assert.equal((await move(from, to, { wanted: sized([content]) })).moved.done, 1);
    assert.ok(readFileSync(fileIn(to, oidOf(content))).equals(content));
  });

  it('go by the plain verbs where somebody said how many at once', async () => {
    const [from, to] = [filled(many.slice(1, 9)), place()];

    assert.equal((await move(from, to, { wanted: sized(many.slice(1, 9)), jobs: 2 })).moved.done, 8);
    assert.equal(to.plain.length, 8);
  });

  it('are given up with the call', async () => {
    const stop = new AbortController();
    const [from, to] = [filled(all), place()];
    const moving = moveObjects(from.objects, to.objects, { signal: stop.signal, move: { wanted: sized(all), held: oidSet([]), trees: [] }, onSettled: () => { stop.abort(); } });

    await assert.rejects(moving, (error) => hasCode(error, 'ABORTED'));

    assert.deepEqual(temporaries(to), []);
  });

  it('are whole or absent after a crash at any point', async () => {
    const some = [contents[1], contents[4], many[30]] as Buffer[];
    for (let at = 0, crashed = true; crashed; at += 1) {
      const disk = crashing(nodeDisk, at);
      const [from, to] = [filled(some), place({ disk })];
      const error = await move(from, to, { wanted: sized(some) }).then(() => undefined, (thrown: unknown) => thrown);
      crashed = disk.crashed;
      assert.equal(error instanceof Crash, crashed, String(error));
      for (const content of some) {
        const file = fileIn(to, oidOf(content));
        if (existsSync(file)) assert.ok(readFileSync(file).equals(content));
        else assert.ok(crashed);
      }
    }
  });

  it('that cannot be stored are said so by the plain verbs', async () => {
    const refuse = (path: string): never => { throw new TowlineError('PERMISSION_DENIED', `cannot write '${path}': permission denied`); };
    const [from, to] = [filled(many.slice(1, 9)), place({ disk: { ...nodeDisk, create: refuse } })];

    const { moved } = await move(from, to, { wanted: sized(many.slice(1, 9)) });

    assert.equal(moved.failed.length, 8);
    for (const { error } of moved.failed) assert.ok(hasCode(error, 'PERMISSION_DENIED'));
    assert.equal(to.plain.length, 8);
  });
});
