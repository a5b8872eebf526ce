import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Oid } from '../odb/hash-info.ts';
import { failureSummary, faultLines, few, fromHere, shellQuote, summary } from './wording.ts';

const fault = (path: string, reason = 'gone'): { oid: Oid; path: string; reason: string } => ({ oid: 'd41d8cd98f00b204e9800998ecf8427e' as Oid, path, reason });

test('what was done is told as DVC tells it', () => {
  assert.equal(summary([]), '');
  assert.equal(summary([['pushed', 0]]), '');
  assert.equal(summary([['pushed', 1]]), '1 file pushed');
  assert.equal(summary([['fetched', 2], ['added', 1]]), '2 files fetched and 1 file added');
  assert.equal(summary([['fetched', 2], ['modified', 3], ['added', 0], ['deleted', 1]]), '2 files fetched, 3 files modified and 1 file deleted');
});

test('a path is shown from where one stands', () => {
  assert.equal(fromHere('/r', '/r', 'a/b'), 'a/b');
  assert.equal(fromHere('/r', '/r/a', 'a/b'), 'b');
  assert.equal(fromHere('/r', '/r/a/c', 'a/b'), '../b');
  assert.equal(fromHere('/r', '/r/x/y', 'a'), '../../a');
  assert.equal(fromHere('/r', '/r/a', 'a'), '.');
  assert.equal(fromHere('/r', '/r/a/s', 'a'), '..');
  assert.equal(fromHere('/r', '/r/ab', 'a/b'), '../a/b');
});

test('from outside the repository, or beside it, paths are those from the root', () => {
  assert.equal(fromHere('/r', '/', 'a/b'), 'a/b');
  assert.equal(fromHere('/r', '/rest', 'a/b'), 'a/b');
});

test('words are quoted for a shell only where they must be', () => {
  assert.deepEqual(['plain/path-1.txt', 'a b', "it's", '$x', '', 'ü'].map(shellQuote), ['plain/path-1.txt', "'a b'", `'it'"'"'s'`, "'$x'", "''", "'ü'"]);
});

test('many lines are cut, and how many are left out is said', () => {
  const lines = Array.from({ length: 60 }, (_, at) => `line ${at}`);

  assert.deepEqual(few(lines.slice(0, 50)), lines.slice(0, 50));
  assert.equal(few(lines).length, 51);
  assert.equal(few(lines).at(-1), "... and 10 more ('--json' lists all)");
});

test('what is nowhere is one message in the words of DVC, and each failure has its reason', () => {
  const [missing = '', ...failed] = faultLines([fault('a'), fault('b')], [fault('c', 'the disk is full')]);

  assert.deepEqual(missing.split('\n').slice(0, 3), ['Some of the cache files do not exist neither locally nor on remote. Missing cache files:', 'name: a, md5: d41d8cd98f00b204e9800998ecf8427e', 'name: b, md5: d41d8cd98f00b204e9800998ecf8427e']);
  assert.deepEqual(failed, ["failed to transfer 'c' (d41d8cd98f00b204e9800998ecf8427e) - the disk is full"]);
  assert.deepEqual(faultLines([], []), []);
});

test('the last line counts what failed and what is missing', () => {
  assert.equal(failureSummary('upload', { missing: [], failed: [fault('a')] }), '1 file failed to upload');
  assert.equal(failureSummary('upload', { missing: [fault('a'), fault('b')], failed: [fault('c'), fault('d')] }), '2 files failed to upload, 2 files missing on both sides');
});
