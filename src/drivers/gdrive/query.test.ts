import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childrenQuery, namedQuery, quoted } from './query.ts';

test('quotes and backslashes of a name cannot end its text', () => {
  assert.equal(quoted(`it's a\\b' or name='x`), `'it\\'s a\\\\b\\' or name=\\'x'`);
});

test('folders with twins are asked together', () => {
  assert.equal(childrenQuery(['A', 'B']), "('A' in parents or 'B' in parents) and trashed=false");
});

test('names of one folder stand together, each once', () => {
  assert.equal(namedQuery([{ folders: ['A'], name: 'x' }]), "('A' in parents) and name='x' and trashed=false");
  assert.equal(
    namedQuery([{ folders: ['A'], name: 'x' }, { folders: ['B', 'C'], name: 'y' }, { folders: ['A'], name: 'z' }, { folders: ['A'], name: 'x' }]),
    "((('A' in parents) and (name='x' or name='z')) or (('B' in parents or 'C' in parents) and name='y')) and trashed=false",
  );
});
