import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';

import { createMemoryDriver } from '../drivers/memory/driver.ts';
import { TowlineError } from '../errors.ts';
import { parsePath } from '../storage/path.ts';
import { fromBytes } from '../storage/source.ts';
import { Storage } from '../storage/storage.ts';
import { checkObjects } from './check-objects.ts';
import type { Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { createLooseObjects } from './loose.ts';
import { createOidSetBuilder } from './oid-set.ts';

const oidOf = (text: string): Oid => createHash('md5').update(text).digest('hex') as Oid;

async function withObjects(contents: Readonly<Record<string, string>>): Promise<{ readonly storage: Storage; readonly db: ReturnType<typeof createLooseObjects>; readonly all: ReturnType<ReturnType<typeof createOidSetBuilder>['build']> }> {
  const storage = new Storage(createMemoryDriver('memory://objects'));
  const builder = createOidSetBuilder();
  for (const [text, stored] of Object.entries(contents)) {
    await storage.writeBytes(objectPath('md5', oidOf(text)), Buffer.from(stored));
    builder.add(oidOf(text), stored.length);
  }
  return { storage, db: createLooseObjects(storage, 'md5', {}), all: builder.build() };
}

describe('checkObjects', () => {
  it('tells the damaged from the good and the absent', async () => {
    const { db, all } = await withObjects({ good: 'good', bad: 'bat' });
    const builder = createOidSetBuilder();
    for (const oid of [...all.oids(), oidOf('nowhere')]) builder.add(oid);
    const found = new Map<Oid, string | undefined>();
    for await (const { oid, problem } of checkObjects(db, builder.build())) found.set(oid, problem?.kind);
    assert.deepEqual(['good', 'bad', 'nowhere'].map((text) => found.get(oidOf(text))), [undefined, 'damaged', 'absent']);
  });

  it('ends with a failure that is of all objects', async () => {
    const { storage, all } = await withObjects({ good: 'good' });
    const gone = new Storage({ ...storage.driver, read: () => Promise.reject(new TowlineError('UNAVAILABLE', 'the server is gone', { retryable: true })) });
    await assert.rejects(async () => { for await (const _one of checkObjects(createLooseObjects(gone, 'md5', {}), all)); }, /the server is gone/);
  });

  it('attested: what the service has the right checksum of, and no other', async () => {
    const { storage, db, all } = await withObjects({ good: 'good', bad: 'bat' });
    await storage.require('write').write(parsePath('files/md5/readme'), fromBytes(Buffer.from('foreign')));
    assert.deepEqual([...(await db.attested?.(all))?.oids() ?? []], [oidOf('good')]);
  });
});
