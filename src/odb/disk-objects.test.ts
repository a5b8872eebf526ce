import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { nodeDisk } from '../disk/node.ts';
import { createLocalDriver } from '../drivers/local/driver.ts';
import { Storage } from '../storage/storage.ts';
import { createDiskObjects, type DiskObjects } from './disk-objects.ts';
import type { Oid } from './hash-info.ts';
import { oidSet } from './oid-set.ts';

const root = mkdtempSync(join(tmpdir(), 'towline-disk-objects-'));
after(() => { rmSync(root, { recursive: true }); });

function objectsIn(name: string): DiskObjects {
  const folder = join(root, name);
  return createDiskObjects(folder, new Storage(createLocalDriver(folder, { disk: nodeDisk, platform: process.platform })), { name: 'md5', defaults: {}, memory: { folder: join(root, 'state'), disk: nodeDisk, now: () => Date.now() } });
}

test('of many objects as of few those are found that are there, in whatever folders there are', async () => {
  const oids = Array.from({ length: 5000 }, (_, at) => `${createHash('md5').update(String(at)).digest('hex')}${at % 500 === 1 ? '.dir' : ''}` as Oid);
  const objects = objectsIn('some');
  const isThere = (oid: Oid): boolean => /^[03a]/.test(oid) && oid.charCodeAt(9) % 2 === 0;
  for (const oid of oids.filter(isThere)) {
    const file = objects.fileOf(oid);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, oid);
  }

  for (const wanted of [oids, oids.slice(0, 500)]) {
    assert.deepEqual([...(await objects.present(oidSet(wanted))).oids()], [...oidSet(wanted.filter(isThere)).oids()]);
    assert.equal((await objectsIn('none').present(oidSet(wanted))).count, 0);
  }
});
