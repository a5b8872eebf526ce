import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fromBytes } from '../../src/storage/source.ts';
import { whyMissing } from '../judges.ts';
import { type Both, makeTree, startBoth } from './clearml-both.ts';
import { clearmlPlaces, type ClearmlPlace, type RunningPlace } from './clearml-places.ts';

const missing = whyMissing('clearml');
const usable = clearmlPlaces.filter((place) => place.missing === undefined);

describe("ClearML's own SDK and ours", missing === undefined ? {} : { skip: missing }, () => {
  let both: Both;
  let tree: string;
  let files: Readonly<Record<string, Buffer>>;
  before(async () => {
    both = await startBoth(usable);
    tree = join(both.home, 'tree');
    files = makeTree(tree);
  });
  after(() => both.stop());

  for (const place of clearmlPlaces) {
    describe(`on ${place.name}`, place.missing === undefined ? {} : { skip: place.missing }, () => {
      let running: RunningPlace;
      before(() => { running = both.place(place); });

      test('store the same files under the same names, and call them the same', async () => { await storeAlike({ both, tree, files, running }); });
      test('say the same of what each of them stored', async () => { await lookAlike({ both, running, files, place }); });
      test('tell the hash that each of them kept beside an object', async () => { await hashAlike({ both, running, files, tree, place }); });
      test('see what the other stored over it, and what the other deleted', async () => { await changeAlike({ both, running, files }); });
      test('fetch what the other stored, whole and to the same paths', async () => { await fetchAlike({ both, running, files, place }); });
    });
  }
});

interface Alike { readonly both: Both; readonly running: RunningPlace; readonly files: Readonly<Record<string, Buffer>> }

async function storeAlike({ both: { sdk, ours }, running, files, tree }: Alike & { readonly tree: string }): Promise<void> {
  const named = (url: string, who: string): string => url.replace('WHO', who);
  const target = `${running.url}/WHO`;
  assert.equal(await sdk.ask('upload_folder', [tree, named(target, 'py')]), named(target, 'py'));
  assert.equal(await ours.uploadFolder(tree, named(target, 'ts')), named(target, 'ts'));
  for (const name of ['sub/b é.bin', 'sub/deep/100% c+d&e.tar']) {
    const theirs = await sdk.ask<string>('upload_file', [join(tree, name), `${named(target, 'py')}/again/${name}`]);
    assert.equal(await ours.uploadFile(join(tree, name), `${named(target, 'ts')}/again/${name}`), theirs.replace('/py/', '/ts/'));
  }
  if (running.contentType === undefined) return;
  // Python asks the machine's own table of types, which not every system has, for those of models.
  for (const name of Object.keys(files).filter((one) => !one.endsWith('.pt'))) assert.equal(await running.contentType(`${named(target, 'ts')}/${name}`), await running.contentType(`${named(target, 'py')}/${name}`), name);
}

async function lookAlike({ both: { sdk, ours }, running, files, place }: Alike & { readonly place: ClearmlPlace }): Promise<void> {
  for (const who of ['py', 'ts']) {
    for (const [name, bytes] of Object.entries(files)) {
      const url = `${running.url}/${who}/${name}`;
      for (const isFull of [false, true]) assert.deepEqual(await ours.getMetadata(url, { returnFullPath: isFull }), await sdk.ask('get_metadata', [url], { named: { return_full_path: isFull } }), url);
      assert.equal(await ours.getFileSizeBytes(url), bytes.byteLength);
      assert.equal(await sdk.ask('get_file_size_bytes', [url]), bytes.byteLength);
      assert.equal(await ours.existsFile(url), true);
    }
    for (const url of [`${running.url}/${who}`, `${running.url}/${who}/`, `${running.url}/${who}/sub`, `${running.url}/${who}/sub/`, `${running.url}/${who}/none`]) {
      for (const isFull of [false, true]) {
        const theirs = await sdk.ask<readonly string[] | null>('list', [url], { named: { return_full_path: isFull } });
        assert.deepEqual(sorted(await ours.list(url, { returnFullPath: isFull })), sorted(theirs), url);
      }
      if (!place.lists) continue;
      const sizes = await sdk.ask<readonly { readonly name: string; readonly size: number }[] | null>('list', [url], { named: { with_metadata: true } });
      if (sizes === null) continue;
      const mine = [];
      for await (const one of ours.stream(url)) mine.push(one);
      assert.deepEqual(byName(mine), byName(sizes));
    }
    assert.equal(await ours.existsFile(`${running.url}/${who}/gone`), false);
  }
}

async function hashAlike({ both: { sdk, ours }, running, files, tree, place }: Alike & { readonly tree: string; readonly place: ClearmlPlace }): Promise<void> {
  const folder = `${running.url}/hashed`;
  const keepsHashes = running.contentType !== undefined;
  for (const name of ['a.txt', 'empty.json', 'large.npz']) {
    const hash = createHash('sha256').update(files[name] ?? '').digest('hex');
    assert.equal(await ours.uploadFile(join(tree, name), `${folder}/ts/${name}`, { uploadHash: true }), (await sdk.ask<string>('upload_with_hash', [join(tree, name), `${folder}/py/${name}`])).replace('/py/', '/ts/'));
    for (const url of [`${folder}/py/${name}`, `${folder}/ts/${name}`, `${running.url}/ts/${name}`]) {
      const theirs = await sdk.ask<object>('get_metadata', [url], { named: { read_hash: true } });
      // Of one blob of Azure ClearML 2.1.12 never tells the hash (November 2026): what it makes of the answer holds no metadata. Its listing does.
      const wanted = place.name === 'Azurite' && url.startsWith(folder) ? { ...theirs, hash } : theirs;
      assert.deepEqual(await ours.getMetadata(url, { readHash: true }), wanted, url);
      assert.equal('hash' in wanted, keepsHashes && url.startsWith(folder), url);
      assert.equal('hash' in (await ours.getMetadata(url) ?? {}), false);
    }
  }
  await ours.uploadFile(join(tree, 'a.txt'), `${folder}/none.txt`);
  for (const isFull of [false, true]) {
    const theirs = await sdk.ask<readonly (object & { readonly name: string })[] | null>('list', [folder], { named: { with_metadata: true, read_hash: true, return_full_path: isFull } });
    const listed = await ours.list(folder, { withMetadata: true, readHash: true, returnFullPath: isFull });
    assert.deepEqual(listed && byName(listed), theirs && byName(theirs));
    assert.equal(listed?.filter((one) => 'hash' in one).length, place.lists ? (keepsHashes ? 6 : 0) : undefined);
  }
}

const sorted = (names: readonly string[] | null): readonly string[] | null => names?.toSorted() ?? null;
const byName = <T extends { readonly name: string }>(list: readonly T[]): readonly T[] => list.toSorted((a, b) => (a.name < b.name ? -1 : 1));

async function fetchAlike({ both: { sdk, ours, home }, running, files, place }: Alike & { readonly place: ClearmlPlace }): Promise<void> {
  const here = join(home, `fetched-${running.url.length}`);
  for (const [name, bytes] of Object.entries(files)) {
    const [fromPython, fromOurs] = [`${running.url}/py/${name}`, `${running.url}/ts/${name}`];
    const copy = await ours.getLocalCopy(fromPython);
    assert.deepEqual(readFileSync(copy ?? ''), bytes, fromPython);
    if (bytes.byteLength > 0) assert.deepEqual(readFileSync(await sdk.ask<string>('get_local_copy', [fromOurs])), bytes, fromOurs);
    const saved = await ours.downloadFile(fromPython, { localFolder: join(here, 'ts') });
    assert.deepEqual(readFileSync(saved ?? ''), bytes);
    const theirs = await sdk.ask<string>('download_file', [fromPython], { named: { local_folder: join(here, 'py'), skip_zero_size_check: true } });
    assert.equal(saved, theirs.replace(join(here, 'py'), join(here, 'ts')));
    assert.equal(statSync(saved ?? '').mode & 0o777, statSync(theirs).mode & 0o777);
  }
  if (!place.lists) return;
  const url = `${running.url}/ts/sub`;
  assert.equal(await ours.downloadFolder(url, { localFolder: join(here, 'ts-folder'), matchWildcard: '*b*' }), join(here, 'ts-folder'));
  assert.equal(await sdk.ask('download_folder', [url, join(here, 'py-folder')], { named: { match_wildcard: '*b*' } }), join(here, 'py-folder'));
  const saved = filesIn(join(here, 'ts-folder'));
  // Of a local folder ClearML 2.1.12 downloads nothing (https://github.com/clearml/clearml/issues/1237, November 2026), and says that it did.
  const isFolder = running.arrived === undefined;
  assert.deepEqual(isFolder ? [] : saved, filesIn(join(here, 'py-folder')));
  assert.deepEqual(saved.map((path) => path.slice(path.indexOf('/ts/'))), ['/ts/sub/b é.bin', '/ts/sub/deep/100% c+d&e.tar', ...(isFolder ? [] : ['/ts/sub2/model.pt'])]);
}

async function changeAlike({ both: { sdk, ours, home }, running }: Alike): Promise<void> {
  const [first, second] = [join(home, 'first'), join(home, 'second')];
  writeFileSync(first, 'first');
  writeFileSync(second, 'second one');
  const url = `${running.url}/changed`;
  await sdk.ask('upload_file', [first, url]);
  await ours.uploadFile(second, url);
  assert.equal(await sdk.ask('get_file_size_bytes', [url]), 10);
  await sdk.ask('upload_file', [first, url]);
  assert.equal(await ours.getFileSizeBytes(url), 5);
  assert.equal(await ours.deleteFile(url), true);
  assert.equal(await sdk.ask('exists_file', [url]), false);
  await ours.uploadFromStream(fromBytes(Buffer.from('stream')), url);
  assert.equal(await sdk.ask('get_file_size_bytes', [url]), 6);
  await sdk.ask('delete', [url]);
  assert.equal(await ours.existsFile(url), false);
  assert.equal(await ours.deleteFile(url), false);
  assert.equal(await ours.checkWritePermissions(running.url.replace(/\/a dir$/, '')), true);
}

const filesIn = (folder: string): readonly string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length)).toSorted();
