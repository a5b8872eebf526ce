import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createMemoryDriver, createMemoryStore } from '../../../src/drivers/memory/index.ts';
import { hasCode } from '../../../src/errors.ts';
import { gather } from '../../../src/storage/content.ts';
import { type Driver, supports } from '../../../src/storage/driver.ts';
import { joinPath, parsePath, type Path } from '../../../src/storage/path.ts';
import { fromBytes } from '../../../src/storage/source.ts';
import { Storage } from '../../../src/storage/storage.ts';
import { transfer } from '../../../src/storage/transfer/transfer.ts';

/** What is done while something goes wrong. */
export type OperationName = 'stat' | 'fetch' | 'push' | 'list' | 'delete';
export interface Operation {
  /** Requests the fault may strike. */
  readonly method: RegExp;
  /** Verbs it needs. */
  readonly needs: readonly ('write' | 'list' | 'delete')[];
  /** Does it; throws what the user would see. */
  run(driver: Driver, folder: Path): Promise<void>;
  /** What must hold on the storage afterwards, seen past every fault; `failed` when `run` threw. */
  check?(driver: Driver, folder: Path, failed: boolean): Promise<void>;
}

const SIZE = 200_000;
const bytes = randomBytes(SIZE);
const md5 = createHash('md5').update(bytes).digest('hex');
const expected = { name: 'md5', value: md5 } as const;
const [kept, pushed, doomed] = ['kept', 'pushed', 'doomed'].map(parsePath);
const at = (folder: Path, name: Path | undefined): Path => joinPath(folder, name ?? '');

/** Puts there what the operations need. */
export async function prepare(driver: Driver, folder: Path): Promise<void> {
  const storage = new Storage(driver);
  for (const name of [kept, doomed]) await storage.require('write').write(at(folder, name), fromBytes(bytes));
}

export const operations: Readonly<Record<OperationName, Operation>> = {
  stat: {
    method: /./, needs: [],
    async run(driver, folder) {
      assert.equal((await driver.stat(at(folder, kept))).size, SIZE);
    },
  },
  fetch: {
    method: /^(GET|POST)$/, needs: [],
    async run(driver, folder) {
      const here = createMemoryDriver('memory://here', { store: createMemoryStore('memory://here', { now: Date.now }) });
      const source = new Storage(driver).source({ path: at(folder, kept), kind: 'file', size: SIZE });
      await moved(here, { source: { ...source, checksum: expected }, to: parsePath('copy') });
      assert.ok(bytes.equals(await gather((await here.read(parsePath('copy'))).body, SIZE + 1)), 'a wrong byte was accepted');
    },
  },
  push: {
    method: /^(PUT|POST|PATCH)$/, needs: ['write'],
    run: async (driver, folder) => { await moved(driver, { source: { ...fromBytes(bytes), checksum: expected }, to: at(folder, pushed) }); },
    async check(driver, folder, failed) {
      const content = await driver.read(at(folder, pushed)).catch((error: unknown) => {
        if (failed && hasCode(error, 'NOT_FOUND')) return undefined;
        throw error;
      });
      if (!content) return;
      const there = await gather(content.body, SIZE + 1);
      // Where the protocol cannot place an object in one step a short one may be in sight; it is known by its size.
      const isShort = failed && driver.traits.writes === 'partial' && bytes.subarray(0, there.length).equals(there);
      assert.ok(bytes.equals(there) || isShort, `${there.length} of ${SIZE} bytes are there`);
    },
  },
  list: {
    method: /./, needs: ['list'],
    async run(driver, folder) {
      const names: string[] = [];
      for await (const page of new Storage(driver).walk(folder)) names.push(...page.map(({ path }) => path));
      assert.ok(names.includes(at(folder, kept)), `${at(folder, kept)} is not among ${names.join(', ')}`);
    },
  },
  delete: {
    method: /./, needs: ['delete'],
    async run(driver, folder) {
      assert.ok(supports(driver, 'delete'));
      const [result] = await driver.delete([{ path: at(folder, doomed) }]);
      if (result?.error) throw result.error;
    },
    async check(driver, folder, failed) {
      if (!failed) await assert.rejects(driver.stat(at(folder, doomed)), (error) => hasCode(error, 'NOT_FOUND'));
      assert.equal((await driver.stat(at(folder, kept))).size, SIZE);
    },
  },
};

async function moved(target: Driver, task: { readonly source: ReturnType<Storage['source']>; readonly to: Path }): Promise<void> {
  for await (const outcome of transfer(new Storage(target), [{ ...task, expected }])) if (outcome.error) throw outcome.error;
}
