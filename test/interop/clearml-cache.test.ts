import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { deflateRawSync, crc32 } from 'node:zlib';
import { whyMissing } from '../judges.ts';
import { type Both, startBoth } from './clearml-both.ts';
import { clearmlPlaces, type ClearmlPlace } from './clearml-places.ts';

const missing = whyMissing('clearml');
const served = clearmlPlaces.filter(({ name }) => name !== 'a folder');

describe("one cache of ClearML's SDK and ours", missing === undefined ? {} : { skip: missing }, () => {
  let both: Both;
  before(async () => { both = await startBoth(served.filter((place) => place.missing === undefined)); });
  after(() => both.stop());

  for (const place of served) {
    describe(`of ${place.name}`, place.missing === undefined ? {} : { skip: place.missing }, () => {
      test('what the SDK fetched we find, without a request', async () => { await shares({ both, place, first: 'sdk' }); });
      test('what we fetched the SDK finds, without a request', async () => { await shares({ both, place, first: 'ours' }); });
    });
  }
});

describe("one cache of ClearML's SDK and ours in the space mode", missing === undefined ? {} : { skip: missing }, () => {
  let both: Both;
  const place = served.find(({ name }) => name.includes('file server'));
  before(async () => { both = await startBoth(served.filter((one) => one === place), 'sdk.storage.cache.disk_space_file_size_strategy { enabled: true, size { max_used_bytes: -1, min_free_bytes: 1 } }'); });
  after(() => both.stop());

  for (const first of ['sdk', 'ours'] as const) test(`what ${first === 'ours' ? 'we' : 'the SDK'} fetched the other finds, without a request`, async () => {
    if (place) await shares({ both, place, first, isSpace: true });
  });
});

/** A zip with one file. */
function zip(name: string, text: string): Buffer {
  const [bytes, packed] = [Buffer.from(text), deflateRawSync(text)];
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(8, 4);
  facts.writeUInt16LE(0x21, 8);
  facts.writeUInt32LE(crc32(bytes), 10);
  facts.writeUInt32LE(packed.length, 14);
  facts.writeUInt32LE(bytes.length, 18);
  facts.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, Buffer.from(name), packed]);
  const tail = Buffer.alloc(14);
  const index = Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 3]), facts, tail, Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, index, end]);
}

const NAMES = ['plain.txt', 'ü b+c%20d.bin', `${'long'.repeat(40)}.tar.old`, 'model.zip', 'UPPER.ZIP'];

interface Sharing { readonly both: Both; readonly place: ClearmlPlace; readonly first: 'sdk' | 'ours'; readonly isSpace?: boolean }

async function shares({ both, place, first, isSpace = false }: Sharing): Promise<void> {
  const running = both.place(place);
  // In the space mode the SDK asks only once where its cache is.
  const cache = join(both.home, isSpace ? 'shared' : `shared-${place.name}-${first}`);
  const mine = both.manager(cache);
  const urls = await stored(both, `${running.url}/cache-${first}`);
  const fetch = {
    ours: async (url: string, named: Named): Promise<string | null> => await mine.getLocalCopy(url, { ...(named.extract_archive !== undefined && { extractArchive: named.extract_archive }), ...(named.name !== undefined && { name: named.name }), ...(named.cache_context !== undefined && { cacheContext: named.cache_context }) }),
    sdk: async (url: string, named: Named): Promise<string | null> => await both.sdk.ask('get_local_copy', [url], { cache, named: { ...named } }),
  };
  const wanted = urls.flatMap((url): readonly (readonly [string, Named])[] => [[url, {}], [url, { cache_context: 'datasets' }], ...(/zip$/i.test(url) ? [[url, { extract_archive: false }], [url, { name: 'a/b c?é' }]] as const : [])]);
  const fetched = [];
  for (const [url, named] of wanted) fetched.push(await fetch[first](url, named));
  const since = running.arrived?.length;

  const found = [];
  for (const [url, named] of wanted) found.push(await fetch[first === 'ours' ? 'sdk' : 'ours'](url, named));

  assert.deepEqual(found, fetched);
  assert.ok(found.every((path) => path?.startsWith(`${cache}/`)), String(found));
  assert.deepEqual(running.arrived?.slice(since), []);
  assert.deepEqual(readdirSync(join(cache, isSpace ? 'storage' : 'storage_manager/global'), { recursive: true }).map((name) => basename(String(name))).filter((name) => /^\.|partially$|[0-9a-f]{16}$/.test(name)), []);
  for (const path of found.filter((one) => one?.includes('_archive_'))) assert.equal(readFileSync(join(path ?? '', 'inside.txt'), 'utf8'), 'inside');
}

interface Named { readonly extract_archive?: boolean; readonly name?: string; readonly cache_context?: string }

async function stored({ home, ours }: Both, target: string): Promise<readonly string[]> {
  const folder = join(home, 'cached');
  mkdirSync(folder, { recursive: true });
  const urls: string[] = [];
  for (const name of NAMES) {
    writeFileSync(join(folder, name), /zip$/i.test(name) ? zip('inside.txt', 'inside') : name);
    urls.push(await ours.uploadFile(join(folder, name), `${target}/${name}`));
  }
  return urls;
}
