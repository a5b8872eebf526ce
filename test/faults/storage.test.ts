import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nodeDisk } from '../../src/disk/node.ts';
import { createLocalDriver } from '../../src/drivers/local/driver.ts';
import { createMemoryDriver } from '../../src/drivers/memory/index.ts';
import { hasCode } from '../../src/errors.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { parsePath, type Path } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { Storage } from '../../src/storage/storage.ts';
import { temporaryFolder } from '../servers/server.ts';
import { counting, faulty } from './faulty-driver.ts';
import type { Call } from '../../src/storage/layer.ts';

const NAMES = ['a', 'b/c', 'b/d', 'b/e/f', 'b/e/g', 'h/i/j/k'].map((name) => parsePath(name));

async function filled(driver: Driver): Promise<Storage> {
  for (const path of NAMES) await driver.write?.(path, fromBytes(Buffer.from(path)));
  return new Storage(driver);
}
const local = (): Driver => {
  const folder = join(temporaryFolder('storage'), 'data');
  mkdirSync(folder);
  return createLocalDriver(folder, { disk: nodeDisk, platform: process.platform });
};
async function walked(storage: Storage, folder: Path): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of storage.walk(folder)) found.push(...page.map((entry) => entry.path));
  return found.sort();
}

for (const [name, open] of Object.entries({ memory: () => createMemoryDriver('memory://test', { pageSize: 2 }), local })) {
  describe(`a storage over ${name}`, () => {
    it('walks everything below a folder, each path once, however it is listed', async () => {
      const storage = await filled(open());

      assert.deepEqual(await walked(storage, parsePath('')), NAMES);
      assert.deepEqual(await walked(storage, parsePath('b')), ['b/c', 'b/d', 'b/e/f', 'b/e/g']);
      assert.deepEqual(await walked(storage, parsePath('absent')), []);
    });

    it('finds many at once and says which are absent', async () => {
      const storage = await filled(open());
      const absent = parsePath('b/absent');

      const found = new Map<string, number | undefined>();
      for await (const { path, entry } of storage.findMany([...NAMES, absent])) found.set(path, entry?.size);

      assert.deepEqual(Object.fromEntries(found), Object.fromEntries([...NAMES.map((path) => [path, path.length] as const), [absent, undefined]]));
      assert.equal(await storage.find(absent), undefined);
    });

    it('copies, removes in batches, and reads what is small', async () => {
      const storage = await filled(open());

      await storage.copy(parsePath('a'), parsePath('copied/a'));
      assert.equal(Buffer.from(await storage.readBytes(parsePath('copied/a'), { limit: 1 })).toString(), 'a');
      await assert.rejects(storage.readBytes(parsePath('b/c'), { limit: 2 }), (error) => hasCode(error, 'INVALID_ARGUMENT'));
      const removed: string[] = [];
      for await (const result of storage.remove(NAMES.map((path) => ({ path })))) removed.push(result.path);

      assert.deepEqual(removed.sort(), NAMES);
      assert.deepEqual(await walked(storage, parsePath('')), ['copied/a']);
    });

    it('does not read another object than the entry says', async () => {
      const storage = await filled(open());
      const source = storage.source(await storage.driver.stat(parsePath('a')));
      await storage.writeBytes(parsePath('a'), Buffer.from('another'));

      await assert.rejects(async () => { for await (const _chunk of source.open()); }, (error) => hasCode(error, 'PRECONDITION_FAILED'));
    });
  });
}

describe('a storage', () => {
  it('does not take an error for absence', async () => {
    const storage = new Storage(faulty([{ at: 'stat', do: 'refuse', on: ({ path }) => path === 'b/c' }])((await filled(createMemoryDriver('memory://test'))).driver));

    await assert.rejects(async () => { for await (const _found of storage.findMany(NAMES)); }, (error) => hasCode(error, 'PERMISSION_DENIED'));
  });

  it('asks for batches as large as the service takes', async () => {
    const counts = new Map<Call['verb'], number>();
    const { driver } = await filled(createMemoryDriver('memory://test'));
    const storage = new Storage(counting(counts)({ ...driver, traits: { ...driver.traits, deleteBatch: 4 } }));

    for await (const result of storage.remove(NAMES.map((path) => ({ path })))) assert.equal(result.error, undefined);

    assert.equal(counts.get('delete'), 2);
  });

  it('names the verb that is missing', () => {
    const { list: _list, ...driver } = createMemoryDriver('memory://test');
    assert.throws(() => new Storage(driver).walk(parsePath('')), (error) => hasCode(error, 'UNSUPPORTED') && /memory:\/\/test cannot list/.test(error.message));
  });
});
