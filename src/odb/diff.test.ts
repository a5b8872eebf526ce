import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Change, type DataIndex, type IndexEntry, labelOf } from './data-index.ts';
import { type DiffOptions, diffIndexes, pairRenames } from './diff.ts';
import type { Oid } from './hash-info.ts';
import { createTree, type TreeEntries } from './tree.ts';

const oidOf = (text: string): Oid => createHash('md5').update(text).digest('hex') as Oid;

/** What an index is made of: content by name; 'lost' is a directory whose listing is nowhere. */
type Content = Readonly<Record<string, string | Readonly<Record<string, string>> | null>>;

function indexOf(content: Content, lost: readonly string[] = []): DataIndex & { readonly asked: string[] } {
  const folders = new Map<string, TreeEntries>();
  const entries = Object.entries(content).map(([key, value]): IndexEntry => {
    if (value === null) return { key, isFolder: false };
    if (typeof value === 'string') return { key, isFolder: false, hash: { name: 'md5', value: oidOf(value) } };
    const tree = createTree(Object.entries(value).map(([relpath, text]) => ({ relpath, oid: oidOf(text) })));
    folders.set(key, tree.entries);
    return { key, isFolder: true, hash: { name: 'md5', value: tree.oid } };
  });
  const asked: string[] = [];
  return {
    asked,
    entries: new Map(entries.map((entry) => [entry.key, entry])),
    async files({ key }) {
      asked.push(key);
      return lost.includes(key) ? undefined : folders.get(key);
    },
  };
}

async function changesOf(previous: DataIndex, next: DataIndex, options: Partial<DiffOptions> = {}): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for await (const batch of diffIndexes(previous, next, { granular: false, unchanged: true, ...options })) changes.push(...batch);
  return changes;
}

const shown = (changes: readonly Change[]): readonly string[] => changes.map((change) => `${change.kind} ${change.kind === 'deleted' ? labelOf(change.previous) : change.kind === 'renamed' ? `${labelOf(change.previous)} ${labelOf(change.next)}` : labelOf(change.next)}`);
const BEFORE = { d: { a: '1', b: '2', 's/c': '3' }, f: 'f', same: { x: 'x' } };
const AFTER = { d: { a: '1', b: 'other', n: 'new' }, g: 'g', same: { x: 'x' } };

test('a shallow diff has directories as one thing, and reads no listing', async () => {
  const [previous, next] = [indexOf(BEFORE), indexOf(AFTER)];

  assert.deepEqual(shown(await changesOf(previous, next)), ['modified d/', 'deleted f', 'added g', 'unchanged same/']);
  assert.deepEqual([previous.asked, next.asked], [[], []]);
});

test('a granular diff has every file, in the order of their names', async () => {
  assert.deepEqual(shown(await changesOf(indexOf(BEFORE), indexOf(AFTER), { granular: true })), [
    'modified d/', 'unchanged d/a', 'modified d/b', 'added d/n', 'deleted d/s/c', 'deleted f', 'added g', 'unchanged same/', 'unchanged same/x',
  ]);
});

test('directories with one hash are read once, or not at all when nobody asks for the unchanged', async () => {
  const [previous, next] = [indexOf(BEFORE), indexOf(BEFORE)];
  await changesOf(previous, next, { granular: true });
  assert.deepEqual([previous.asked, next.asked], [['d', 'same'], []]);

  const silent = indexOf(BEFORE);

  assert.deepEqual(shown(await changesOf(silent, indexOf(BEFORE), { granular: true, unchanged: false })), ['unchanged d/', 'unchanged f', 'unchanged same/']);
  assert.deepEqual(silent.asked, []);
});

test('without the listing of one side the files of the other are unknown, with their folders', async () => {
  assert.deepEqual(shown(await changesOf(indexOf(BEFORE, ['d']), indexOf(AFTER), { granular: true })), ['modified d/', 'unknown d/a', 'unknown d/b', 'unknown d/n', 'deleted f', 'added g', 'unchanged same/', 'unchanged same/x']);
  assert.deepEqual(shown(await changesOf(indexOf({ d: { x: '1' } }, ['d']), indexOf(BEFORE), { granular: true })).slice(0, 5), ['modified d/', 'unknown d/a', 'unknown d/b', 'unknown d/s/', 'unknown d/s/c']);
  assert.deepEqual(shown(await changesOf(indexOf(BEFORE), indexOf(AFTER, ['d']), { granular: true })).slice(0, 2), ['modified d/', 'deleted f']);
  assert.deepEqual(shown(await changesOf(indexOf(BEFORE, ['d']), indexOf({}), { granular: true })).slice(0, 2), ['deleted d/', 'deleted f']);
});

test('what has no hash on a side is not there on that side', async () => {
  assert.deepEqual(shown(await changesOf(indexOf({ never: null, neither: null }), indexOf({ never: { x: 'x' }, neither: null }), { granular: true })), ['added never/', 'added never/x']);
});

test('a file in the place of a directory is modified, and the files that were in it are gone', async () => {
  assert.deepEqual(shown(await changesOf(indexOf({ d: { a: '1' } }), indexOf({ d: 'file' }), { granular: true })), ['modified d', 'deleted d/a']);
  assert.deepEqual(shown(await changesOf(indexOf({ d: 'file' }), indexOf({ d: { a: '1' } }), { granular: true })), ['modified d/', 'added d/a']);
});

test('only what is covered comes back; a directory around it is looked into, but is no change itself', async () => {
  const covers = (key: string): boolean => key === 'd/b' || key === 'g';

  assert.deepEqual(shown(await changesOf(indexOf(BEFORE), indexOf(AFTER), { covers })), ['modified d/b', 'added g']);
});

test('an added thing with the hash of a deleted one is renamed, each deleted one once', async () => {
  const changes = await changesOf(indexOf({ a: '1', b: '1', c: '2', d: { x: 'x' } }), indexOf({ e: '1', f: '1', g: '1', h: { x: 'x' } }), { granular: true });

  assert.deepEqual([...shown(pairRenames(changes))].sort(), ['added g', 'deleted c', 'renamed a e', 'renamed b f', 'renamed d/ h/', 'renamed d/x h/x']);
});

test('a diff there and back has the same files, added and deleted in turn', async () => {
  const content = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.oneof(fc.constantFrom('1', '2', '3'), fc.dictionary(fc.constantFrom('x', 'y/z', 'y/w'), fc.constantFrom('1', '2'), { noNullPrototype: true })), { noNullPrototype: true });
  await fc.assert(fc.asyncProperty(content, content, async (left, right) => {
    const count = (changes: readonly Change[], kind: Change['kind']): number => changes.filter((change) => change.kind === kind).length;
    const [there, back] = [await changesOf(indexOf(left), indexOf(right), { granular: true }), await changesOf(indexOf(right), indexOf(left), { granular: true })];

    assert.equal(count(there, 'added'), count(back, 'deleted'));
    assert.equal(count(there, 'deleted'), count(back, 'added'));
    for (const kind of ['modified', 'unchanged'] as const) assert.equal(count(there, kind), count(back, kind));
  }));
});
