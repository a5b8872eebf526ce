import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { placeAt, readTree, scratchNames, writeTree } from '../../../../test/pods-lent.ts';
import { removeFolder, temporaryFolder } from '../../../../test/servers/server.ts';
import { HOSTILE_ZIPS, zip } from '../../../../test/zips.ts';
import { Crash, crashing } from '../../../disk/crashing.ts';
import { nodeDisk } from '../../../disk/node.ts';
import { TowlineError } from '../../../errors.ts';
import { gather } from '../../../storage/content.ts';
import { fromBytes, type Source } from '../../../storage/source.ts';
import { createFolderState } from './folder-state.ts';

const top = temporaryFolder('folder-state');
after(() => { removeFolder(top); });
let count = 0;
const newFolder = (): string => {
  const folder = join(top, String(count += 1), 'state');
  mkdirSync(folder, { recursive: true });
  return folder;
};
const bytesOf = async (source: Source): Promise<Uint8Array> => await gather(source.open(), 1 << 30);

async function packed(folder: string, exclude: readonly string[] = []): Promise<Source> {
  const taken = await createFolderState({ ...placeAt(folder), exclude }).take();
  const bytes = await bytesOf(taken.zip);
  await taken.dispose();
  return fromBytes(bytes);
}

test('a folder comes back with its files, modes, links and empty folders', async () => {
  const [from, to] = [newFolder(), newFolder()];
  writeTree(from, { 'a.txt': 'one', 'deep/er/b': 'x'.repeat(3_000_000), 'run.sh': '#!/bin/sh', 'ü': 'umlaut' });
  chmodSync(join(from, 'run.sh'), 0o750);
  chmodSync(join(from, 'a.txt'), 0o600);
  mkdirSync(join(from, 'empty'));
  symlinkSync('../a.txt', join(from, 'deep/link'));
  writeTree(to, { 'old': 'gone' });

  await createFolderState(placeAt(to)).put(await packed(from), { strategy: 'overwrite', isDry: false });

  assert.deepEqual(readTree(to), readTree(from));
  assert.deepEqual(readdirSync(join(to, '..')), ['state']);
  assert.deepEqual(scratchNames(), []);
});

test('the same folder gives the same bytes, whenever it was written and in whatever order', async () => {
  const [one, other] = [newFolder(), newFolder()];
  writeTree(one, { b: 'two', a: 'one', 'c/d': 'three' });
  writeTree(other, { 'c/d': 'three', a: 'one', b: 'two' });

  assert.deepEqual(await bytesOf(await packed(one)), await bytesOf(await packed(other)));
});

test('what is excluded is not saved, and stays where it is when another state takes the place', async () => {
  const [from, to] = [newFolder(), newFolder()];
  writeTree(from, { 'keep.txt': 'new', 'log/a.log': 'no', 'node_modules/x/y': 'no' });
  writeTree(to, { 'keep.txt': 'old', 'gone.txt': 'old', 'log/mine.log': 'stays' });
  const exclude = ['*.log', '/node_modules'];

  const state = await packed(from, exclude);
  const changes = await createFolderState({ ...placeAt(to), exclude }).put(state, { strategy: 'overwrite', isDry: false });

  assert.deepEqual(readTree(to), { 'keep.txt': 'new', 'log/mine.log': 'stays' });
  assert.deepEqual(changes, [{ service: 'files', added: 0, modified: 1, removed: 1 }]);
});

test('a merge adds to what is there, and service-merge is refused in one line', async () => {
  const to = newFolder();
  writeTree(to, { a: 'old', b: 'stays' });
  const state = fromBytes(zip({ name: 'a', body: 'new' }, { name: 'c', body: 'added' }));
  const holder = createFolderState(placeAt(to));

  assert.deepEqual(await holder.put(state, { strategy: 'account-region-merge', isDry: true }), [{ service: 'files', added: 1, modified: 1, removed: 0 }]);
  assert.deepEqual(readTree(to), { a: 'old', b: 'stays' });
  await holder.put(state, { strategy: 'account-region-merge', isDry: false });
  assert.deepEqual(readTree(to), { a: 'new', b: 'stays', c: 'added' });
  await assert.rejects(holder.put(state, { strategy: 'service-merge', isDry: false }), /needs a running LocalStack/);
});

test('a file that stays and a file of the state in the way of its folder are told, and nothing changes', async () => {
  const to = newFolder();
  writeTree(to, { 'a/b': 'stays' });

  await assert.rejects(createFolderState(placeAt(to)).put(fromBytes(zip({ name: 'a', body: 'file' })), { strategy: 'account-region-merge', isDry: false }), /is to stay/);
  assert.deepEqual(readTree(to), { 'a/b': 'stays' });
  assert.deepEqual(readdirSync(join(to, '..')), ['state']);
});

test('what could not be loaded is not saved', async () => {
  const from = newFolder();
  symlinkSync('/etc/passwd', join(from, 'l'));
  await assert.rejects(packed(from), /cannot be saved: the link/);
  await packed(from, ['l']);
  await assert.rejects(packed(join(from, 'gone')), /there is no folder/);
  assert.deepEqual(scratchNames(), []);
});

for (const [name, bytes] of Object.entries(HOSTILE_ZIPS)) {
  test(`of ${name} nothing is written`, async () => {
    const to = newFolder();
    writeTree(to, { mine: 'old' });
    const disk = crashing(nodeDisk, 1_000_000);

    // Damage inside is found while the new folder grows beside the old one.
    await assert.rejects(createFolderState({ ...placeAt(to), disk }).put(fromBytes(bytes), { strategy: 'overwrite', isDry: false }), (error) => error instanceof TowlineError || assert.fail(String(error)));

    assert.deepEqual(readTree(join(to, '..')), { 'state/mine': 'old' });
    if (!/checksum|length|bytes|method|header/.test(name)) assert.equal(disk.changes, 0);
  });
}

test('a crash after any change leaves the old folder or the new', async () => {
  const state = fromBytes(zip({ name: 'a', body: 'new' }, { name: 'd/b', body: 'new' }, { name: 'l', body: 'a', mode: 0o120777 }));
  const [old, next] = [{ a: 'old', 'e/f': 'old', 'x.log': 'mine' }, { a: 'new', 'd/b': 'new', l: '-> a', 'x.log': 'mine' }];
  let at = 0;
  for (; ; at += 1) {
    const to = newFolder();
    writeTree(to, old);
    const disk = crashing(nodeDisk, at);
    const outcome = await createFolderState({ ...placeAt(to), disk, exclude: ['*.log'] }).put(state, { strategy: 'overwrite', isDry: false }).catch((error: unknown) => error);
    if (!disk.crashed) break;
    assert.ok(outcome instanceof Crash, String(outcome));
    if (existsSync(to)) assert.ok([old, next].some((tree) => JSON.stringify(tree) === JSON.stringify(readTree(to))), JSON.stringify(readTree(to)));

    // Whoever comes next finds one of the two, and nothing beside it.
    const found = await packed(to);
    const check = newFolder();
    await createFolderState(placeAt(check)).put(found, { strategy: 'overwrite', isDry: false });
    assert.ok([old, next].some((tree) => JSON.stringify(tree) === JSON.stringify(readTree(check))), JSON.stringify(readTree(check)));
    await createFolderState({ ...placeAt(to), exclude: ['*.log'] }).put(state, { strategy: 'overwrite', isDry: false });
    assert.deepEqual(readTree(to), next);
    assert.deepEqual(readdirSync(join(to, '..')), ['state']);
  }
  assert.ok(at > 30, String(at));
});

test('a file in the place of the folder is told', async () => {
  const to = join(newFolder(), 'file');
  writeFileSync(to, 'x');
  await assert.rejects(createFolderState(placeAt(to)).put(fromBytes(zip()), { strategy: 'overwrite', isDry: false }), /is a file, not a folder/);
});
