import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { fromBytes } from '../storage/source.ts';
import type { Oid } from './hash-info.ts';
import { isEtagInParts } from './parted-etag.ts';

const MIB = 1 << 20;
const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();
const hex = (bytes: Uint8Array): Oid => md5(bytes).toString('hex') as Oid;

function etagOf(bytes: Uint8Array, partSize: number): string {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; at += partSize) parts.push(md5(bytes.subarray(at, at + partSize)));
  return `${hex(Buffer.concat(parts))}-${parts.length}`;
}

describe('an ETag of an upload in parts', () => {
  const bytes = Buffer.alloc(21 * MIB + 5, 'some of it');
  const source = { ...fromBytes(bytes), size: bytes.byteLength };
  const asked = (etag: string | undefined, oid = hex(bytes)): Promise<boolean> => isEtagInParts(etag, source, { oid });

  it('is recognised whatever usual size the parts had', async () => {
    for (const partSize of [5 * MIB, 8 * MIB, 16 * MIB, 50 * MIB]) assert.equal(await asked(etagOf(bytes, partSize)), true, String(partSize));
  });

  it('of other bytes, or of a part size nobody has, is not', async () => {
    const others = Buffer.from(bytes);
    others[others.byteLength - 1] = 1;
    assert.deepEqual([await asked(etagOf(others, 8 * MIB)), await asked(etagOf(bytes, 8 * MIB + 1)), await asked(hex(bytes)), await asked(undefined)], [false, false, false, false]);
  });

  it('proves nothing where the bytes here are not what they should be', async () => {
    assert.equal(await asked(etagOf(bytes, 8 * MIB), hex(Buffer.from('other'))), false);
  });
});
