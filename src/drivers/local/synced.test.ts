import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Disk } from '../../disk/disk.ts';
import { nodeDisk } from '../../disk/node.ts';
import { TowlineError } from '../../errors.ts';
import { openFolder } from '../../odb/open.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Driver } from '../../storage/driver.ts';
import { readOptions } from '../../storage/options.ts';
import { parsePath } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { local } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'towline-synced-'));
after(() => rmSync(root, { recursive: true }));

/** A disk that tells what became of its files, in order. */
function told(): { readonly opening: Opening; readonly events: string[] } {
  const events: string[] = [];
  const disk: Disk = {
    ...nodeDisk,
    create(path, options) {
      const file = nodeDisk.create(path, options);
      return { ...file, sync: () => { events.push('saved'); file.sync(); }, settle: async () => { await file.settle(); events.push('saved'); } };
    },
    rename(from, to) {
      nodeDisk.rename(from, to);
      events.push('named');
    },
    async settleFolder(path) {
      await nodeDisk.settleFolder(path);
      events.push('folder saved');
    },
  };
  return { opening: { disk, platform: 'linux' } as unknown as Opening, events };
}

async function store(driver: Driver, size: number): Promise<void> {
  const source: Source = { size, async *open() { yield new Uint8Array(size); } };
  await driver.write?.(parsePath(`of-${size}`), source);
}

const LARGE = 2 ** 20;
const SAVED = ['saved', 'named', 'folder saved'];

test('a large file is on the disk before it has its name, a small one only with `fsync = true`', async () => {
  for (const [value, small] of [[undefined, ['named']], ['false', ['named']], ['true', SAVED]] as const) {
    const { opening, events } = told();
    const options = readOptions(local.options, new Map(value === undefined ? [] : [['fsync', { value, place: 'test' }]]));
    const driver = await local.open({ displayUrl: root, path: join(root, String(value)) }, options, opening);

    await store(driver, LARGE);
    assert.deepEqual(events.splice(0), SAVED);
    await store(driver, 10);
    assert.deepEqual(events, small, `fsync = ${value}`);
  }
});

test('so it is in the cache, and in an upload in parts', async () => {
  const { opening, events } = told();
  const { driver } = await openFolder(join(root, 'cache'), opening, { isShared: false, links: [] });

  await store(driver, LARGE);
  assert.deepEqual(events.splice(0), SAVED);
  const upload = await driver.upload?.(parsePath('in-parts'), { size: LARGE });
  const part = await upload?.send({ number: 1, start: 0, end: LARGE }, { size: LARGE, async *open() { yield new Uint8Array(LARGE); } });
  assert.ok(part);
  await upload?.complete([part]);
  assert.deepEqual(events.filter((event) => event !== 'named'), ['saved', 'folder saved']);
  assert.equal(events.indexOf('saved'), 0);
});

test('what was saved on the way and failed is told, and nothing has the name', async () => {
  const { opening } = told();
  let calls = 0;
  const disk: Disk = {
    ...nodeDisk,
    create(path, options) {
      const file = nodeDisk.create(path, options);
      // The system tells a failure once: the next call is as if nothing had been.
      return { ...file, settle: async () => { if (++calls === 1) throw new TowlineError('UNAVAILABLE', 'the medium is broken'); await file.settle(); } };
    },
  };
  const driver = await local.open({ displayUrl: root, path: join(root, 'failing') }, readOptions(local.options, new Map()), { ...opening, disk });
  const chunk = new Uint8Array(LARGE);
  const source: Source = { size: 20 * LARGE, async *open() { for (let at = 0; at < 20; at += 1) { yield chunk; await new Promise(setImmediate); } } };

  await assert.rejects(async () => { await driver.write?.(parsePath('large'), source); }, /the medium is broken/);
  assert.equal(calls, 1);
  assert.deepEqual(readdirSync(join(root, 'failing')), []);
});
