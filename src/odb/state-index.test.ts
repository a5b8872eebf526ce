import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import fc from 'fast-check';

import { packNames } from '../disk/names.ts';
import { nodeDisk } from '../disk/node.ts';
import type { Oid } from './hash-info.ts';
import { createOidColumn, packOids } from './oid-column.ts';
import { parseStateBlock, serializeStateBlock, type StateBlock } from './state-block.ts';
import type { FileRows } from '../disk/scan-rows.ts';
import { createStateIndex } from './state-index.ts';

const rows = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !name.includes('\0')), { maxLength: 20 }).chain((names) =>
  fc.record({
    names: fc.constant(packNames(names)),
    summary: fc.constantFrom('', 'd41d8cd98f00b204e9800998ecf8427e'),
    size: fc.constant(Float64Array.from(names, (_, at) => at * 1000)),
    mtimeMs: fc.constant(Float64Array.from(names, (_, at) => 1.7e12 + at / 3)),
    inode: fc.constant(Float64Array.from(names, (_, at) => 2 ** 40 + at)),
    digests: fc.uint8Array({ minLength: names.length * 16, maxLength: names.length * 16 }).map(createOidColumn),
  }));

const plain = (block: StateBlock | undefined): unknown => block && { ...block, names: [...block.names], digests: [...block.digests] };

test('a block is read as it was written', () => {
  fc.assert(fc.property(rows, (block) => assert.deepEqual(plain(parseStateBlock(serializeStateBlock(block))), plain(block))));
});

test('a block with one flipped bit, or cut anywhere, is no block', () => {
  const block = { summary: '', names: packNames(['a', 'b/c']), size: Float64Array.of(1, 2), mtimeMs: Float64Array.of(3, 4), inode: Float64Array.of(5, 6), digests: packOids(['d41d8cd98f00b204e9800998ecf8427e' as Oid, '' as Oid]) };
  const bytes = serializeStateBlock(block);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 4;

    assert.equal(parseStateBlock(damaged), undefined);
    assert.equal(parseStateBlock(bytes.subarray(0, at)), undefined);
  }
});

for (const [what, sort] of [['in order', true], ['in any order', false]] as const) {
  test(`what is remembered of names ${what} is found again beside new and gone ones`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'towline-state-'));
    try {
      const state = createStateIndex(folder, { disk: nodeDisk, name: 'md5', now: () => 1e9 });
      const rowsOf = (...names: readonly string[]): FileRows => ({ names: packNames(names), size: Float64Array.from(names, (name) => name.length), mtimeMs: Float64Array.from(names, () => 1), inode: Float64Array.from(names, (name) => name.charCodeAt(0)) });
      const arranged = (names: readonly string[]): readonly string[] => (sort ? names : names.toReversed());
      const names = arranged(['a', 'b', 'c', 'd']);
      const oidOf = (name: string): Oid => createHash('md5').update(name).digest('hex') as Oid;
      state.remember('data', rowsOf(...names), { digests: packOids(names.map(oidOf)), summary: 'd41d8cd98f00b204e9800998ecf8427e' });

      const other = arranged(['a', 'aa', 'c', 'd', 'e']);
      const found = state.match('data', rowsOf(...other));

      assert.deepEqual([[...found.digests], found.summary], [other.map((name) => (names.includes(name) ? oidOf(name) : '')), '']);
      assert.deepEqual([...state.match('data', rowsOf(...names)).digests], names.map(oidOf));
      assert.equal(state.match('data', rowsOf(...names)).summary, 'd41d8cd98f00b204e9800998ecf8427e');
      assert.deepEqual([...state.match('other', rowsOf('a')).digests], ['']);
      state.update('data', rowsOf('b', 'z'), { digests: packOids([oidOf('B'), oidOf('z')]), summary: '' });
      assert.deepEqual([...state.match('data', rowsOf('a', 'b', 'z')).digests], [oidOf('a'), oidOf('B'), oidOf('z')]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
