import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createMemoryDriver } from '../../drivers/memory/index.ts';
import { TowlineError } from '../../errors.ts';
import { pattern } from '../conformance/material.ts';
import type { Driver } from '../driver.ts';
import { fromFile } from '../file-source.ts';
import { parsePath } from '../path.ts';
import type { Source } from '../source.ts';
import { Storage } from '../storage.ts';
import { transfer } from './transfer.ts';

const folder = mkdtempSync(join(tmpdir(), 'towline-whole-'));
after(() => rmSync(folder, { recursive: true }));

/** A service that is told what the bytes must be, and finds others. */
function refusing(): Driver {
  const driver = createMemoryDriver('memory://test');
  return { ...driver, traits: { ...driver.traits, checks: ['md5'] }, async write(_path, source) {
    for await (const _chunk of source.open());
    throw new TowlineError('CORRUPT', 'the bytes that arrived are not those that were sent');
  } };
}

for (const size of [10, 3_000_000]) {
  for (const isDamaged of [true, false]) {
    test(`where a service refuses ${size} bytes, ${isDamaged ? 'a file that was damaged before is named as the cause' : 'and the file is whole, the service has the word'}`, async () => {
      const path = join(folder, `${size}-${isDamaged}`);
      const bytes = pattern(size);
      const md5 = createHash('md5').update(bytes).digest('hex');
      if (isDamaged) bytes[5] = (bytes[5] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      const found = createHash('md5').update(bytes).digest('hex');
      let moved = 0;
      for await (const { error } of transfer(new Storage(refusing()), [{ source: fromFile(path, size), to: parsePath('object'), expected: { name: 'md5', value: md5 } }], { onBytes: (_task, count) => { moved += count; } })) {
        assert.equal(error?.message, isDamaged ? `the bytes should have md5 ${md5}, but they have md5 ${found}` : 'the bytes that arrived are not those that were sent');
      }
      assert.equal(moved, 0);
    });
  }
}

test('where the source cannot be read again, the service has the word', async () => {
  const bytes = pattern(3_000_000);
  let readings = 0;
  const source: Source = { size: bytes.byteLength, async *open() {
    readings += 1;
    if (readings > 1) throw new TowlineError('UNAVAILABLE', 'the source is gone', { retryable: true });
    yield bytes;
  } };
  for await (const { error } of transfer(new Storage(refusing()), [{ source, to: parsePath('object'), expected: { name: 'md5', value: createHash('md5').update(bytes).digest('hex') } }])) {
    assert.equal(error?.message, 'the bytes that arrived are not those that were sent');
  }
  assert.equal(readings, 2);
});
