import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { nodeDisk } from '../disk/node.ts';
import { takeStamp } from './folder-stamp.ts';
import type { Oid } from './hash-info.ts';
import { createLookMemory, type LookMemory } from './look-memory.ts';
import { createOidSetBuilder, haveSameOids, type OidSet, oidSet } from './oid-set.ts';

const HOUR = 3600_000;
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const key = md5('a selection');
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'towline-look-'));
  mkdirSync(join(root, 'objects/ab'), { recursive: true });
});
afterEach(() => { rmSync(root, { recursive: true }); });

/** As the next program would open it; an hour later, so that no folder has just changed. */
const open = (now = Date.now() + HOUR): LookMemory => createLookMemory(join(root, 'objects'), { folder: join(root, 'state'), disk: nodeDisk, stamp: () => takeStamp(join(root, 'objects'), () => now) });
const file = (): string => join(root, 'state', readdirSync(join(root, 'state'))[0] ?? '');

function objects(count = 5): OidSet {
  const builder = createOidSetBuilder();
  for (let at = 0; at < count; at++) builder.add(md5(String(at)) as Oid, at);
  builder.add(`${md5('tree')}.dir` as Oid);
  return builder.build();
}

function remember(memory = open()): void {
  memory.recall(key);
  memory.keep(key, objects());
}

test('what was found is remembered by the next program, with sizes and listings, and of no other selection', () => {
  remember();

  const found = open().recall(key);

  assert.ok(found && haveSameOids(found, objects()));
  assert.deepEqual([...found.oids()].map((_oid, place) => found.sizeAt(place)), [...objects().oids()].map((_oid, place) => objects().sizeAt(place)));
  assert.equal(open().recall(md5('another')), undefined);
});

test('a file that comes or goes ends the memory', () => {
  for (const change of [() => { writeFileSync(join(root, 'objects/ab/x'), '1'); }, () => { rmSync(join(root, 'objects/ab/x')); }, () => { mkdirSync(join(root, 'objects/cd')); }]) {
    remember();
    assert.ok(open().recall(key));

    change();

    assert.equal(open().recall(key), undefined, String(change));
  }
});

test('nothing is kept of folders that changed a moment ago, or without a look at them before', () => {
  remember(open(Date.now()));
  open().keep(key, objects());

  assert.equal(open().recall(key), undefined);
});

test('a damaged memory is none, wherever the damage is', () => {
  remember();
  const whole = readFileSync(file());
  for (let at = 0; at < whole.length; at++) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    writeFileSync(file(), damaged);
    assert.equal(open().recall(key), undefined, `byte ${at}`);
  }
  for (const length of [0, 1, whole.length - 1]) {
    writeFileSync(file(), whole.subarray(0, length));
    assert.equal(open().recall(key), undefined, `${length} bytes`);
  }
});

test('sets with other members are not the same, whatever their number', () => {
  assert.ok(haveSameOids(oidSet([md5('1') as Oid]), oidSet([md5('1') as Oid])));
  assert.ok(!haveSameOids(oidSet([md5('1') as Oid]), oidSet([md5('2') as Oid])));
  assert.ok(!haveSameOids(oidSet([md5('1') as Oid]), oidSet([`${md5('1')}.dir` as Oid])));
});
