import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createHasher, type FileHash, hashBytes } from './hasher.ts';

interface Vector { readonly hex: string | null; readonly desc: string | null; readonly md5: string; readonly md5_dos2unix: string }
const file = new URL('../../test/golden/dvc-3.67.1/vectors.json', import.meta.url);
const { hashes } = JSON.parse(fs.readFileSync(file, 'utf8')) as { readonly hashes: readonly Vector[] };
/** The one vector too long to be written out is described in words. */
const bytesOf = ({ hex }: Vector): Buffer => (hex === null ? Buffer.from('text\r\n'.repeat(200_000)) : Buffer.from(hex, 'hex'));

describe('hashes', () => {
  it('are those DVC computed', () => {
    assert.ok(hashes.length >= 9);
    for (const vector of hashes) {
      assert.equal(hashBytes('md5', bytesOf(vector)), vector.md5);
      assert.equal(hashBytes('md5-dos2unix', bytesOf(vector)), vector.md5_dos2unix);
    }
  });

  it('of a legacy text keep a line end that lies across the border of a MiB', () => {
    const half = 'x'.repeat(1024 * 1024 - 1);

    assert.equal(hashBytes('md5-dos2unix', Buffer.from(`${half}\r\ny\r\n`)), hashBytes('md5', Buffer.from(`${half}\r\ny\n`)));
  });

  it('do not depend on how the bytes are cut', () => {
    const letters = fc.constantFrom(0, 10, 13, 13, 65, 66, 200);
    fc.assert(fc.property(fc.array(letters, { maxLength: 4000 }), fc.array(fc.nat(500), { maxLength: 20 }), fc.constantFrom<FileHash>('md5', 'md5-dos2unix'), (values, cuts, name) => {
      const bytes = Uint8Array.from(values);
      const hasher = createHasher(name);
      let at = 0;
      for (const cut of cuts) hasher.update(bytes.subarray(at, (at += cut)));
      hasher.update(bytes.subarray(at));

      assert.equal(hasher.digest(), hashBytes(name, bytes));
    }), { numRuns: 200 });
  });
});
