import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openRepository } from '../../../test/artifact-targets.ts';
import { type RegistryFake, startRegistryFake } from '../../../test/servers/registry-fake.ts';
import { zip } from '../../../test/zips.ts';
import { digestOf } from '../../oci/digest.ts';
import { gather } from '../../storage/content.ts';
import { parsePath } from '../../storage/path.ts';
import { fromBytes } from '../../storage/source.ts';
import { registryRuns } from './registry-runs.ts';
import type { Run, Runs } from './runs.ts';

let fake: RegistryFake | undefined;
before(async () => { fake = await startRegistryFake(); });
after(async () => { await fake?.stop(); });
const open = (name: string): Runs => registryRuns(openRepository(fake?.authority ?? '', name));
const run = (text: string): Run => {
  const key = createHash('sha256').update(text).digest('hex');
  return { path: parsePath(`runs/${key.slice(0, 2)}/${key}/${key}`), source: fromBytes(Buffer.from(`run: ${text}`)) };
};
async function* bunch(...runs: readonly Run[]): AsyncGenerator<readonly Run[]> { yield runs; }
const read = async (runs: Runs, held: ReadonlySet<string> = new Set()): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for await (const some of runs.lacking(held)) for (const { path, source } of some) found.set(path, Buffer.from(await gather(source.open(), 1000)).toString());
  return found;
};

test('runs that several add are all there, each is given once, and none that is held', async () => {
  const [one, two, three] = ['one', 'two', 'three'].map(run);
  assert.ok(one && two && three);
  assert.deepEqual(await open('a').held(), new Set());

  assert.deepEqual(await Promise.all([open('a').add(bunch(one, two)), open('a').add(bunch(two, three))]), [2, 2]);

  assert.deepEqual(await open('a').held(), new Set([one.path, two.path, three.path]));
  const found = await read(open('a'));
  assert.deepEqual([one, two, three].map(({ path }) => found.get(path)), ['run: one', 'run: two', 'run: three']);
  assert.deepEqual([...(await read(open('a'), new Set([one.path, three.path])))], [[two.path, 'run: two']]);
  assert.equal(await open('a').add(bunch()), 0);
});

test('members that are no runs are never written, and a zip that is not what its digest says is refused', async () => {
  const good = run('good');
  await open('b').add(bunch(good));
  const [tag = '', digest = ''] = [...(fake?.tags.get('b') ?? [])][0] ?? [];
  const { layers: [layer] } = JSON.parse(fake?.manifests.get(`b ${digest}`)?.bytes.toString() ?? '') as { readonly layers: readonly { readonly digest: string }[] };
  const hostile = zip({ name: '../evil', body: 'x' }, { name: 'runs/../../evil', body: 'x' }, { name: good.path, body: 'x' });
  fake?.blobs.set(`b ${layer?.digest ?? ''}`, hostile);
  await assert.rejects(read(open('b')), { code: 'CORRUPT' });

  // Somebody who may push names them as well as possible.
  const store = openRepository(fake?.authority ?? '', 'c');
  const names = Buffer.from(JSON.stringify({ paths: ['../evil', good.path, 7, `runs/aa/${'b'.repeat(64)}/${'c'.repeat(64)}`] }));
  const plain = zip({ name: 'notes/evil', body: 'x' }, { name: good.path, body: 'fine' });
  const [config, pack] = [{ mediaType: 'application/vnd.towline.runs.names.v1+json', digest: digestOf(names), size: names.length }, { mediaType: 'application/zip', digest: digestOf(plain), size: plain.length }];
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config, layers: [pack] }));
  await store.push(config, fromBytes(names));
  await store.push(pack, fromBytes(plain));
  await store.push({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(manifest), size: manifest.length }, fromBytes(manifest), { tag: `runs-${digestOf(manifest).slice(7, 39)}` });
  assert.deepEqual(await open('c').held(), new Set([good.path]));
  assert.deepEqual([...(await read(open('c')))], [[good.path, 'fine']]);
  assert.match(tag, /^runs-/);
});
