import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { nodeDisk } from '../../src/disk/node.ts';
import { createMemoryDriver } from '../../src/drivers/memory/index.ts';
import { oci } from '../../src/drivers/oci/index.ts';
import { hasCode, TowlineError } from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { EMPTY_CONFIG, IMAGE_MANIFEST } from '../../src/oci/media-types.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { segmentTag } from '../../src/oci/segments/manifest.ts';
import { createObjectPods } from '../../src/pods/object-store/object-store.ts';
import { parsePodReference } from '../../src/pods/names.ts';
import type { PodStore } from '../../src/pods/pod.ts';
import { createRegistryPods } from '../../src/pods/registry-store/registry-store.ts';
import { createFolderState } from '../../src/pods/states/folder/folder-state.ts';
import { loadPod } from '../../src/pods/verbs/load.ts';
import type { ArtifactStore, Descriptor } from '../../src/storage/artifacts.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { Storage } from '../../src/storage/storage.ts';
import { openRepository } from '../artifact-targets.ts';
import { stateOf } from '../pod-cases.ts';
import { placeAt, readTree, writeTree } from '../pods-lent.ts';
import { openSegments, readAll } from '../servers/open-oci.ts';
import { type RegistryFake, startRegistryFake } from '../servers/registry-fake.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { zip } from '../zips.ts';

/** Names that are wrong wherever a name is asked for: they lead out, name a root, hide a segment, or hold what no name holds. */
const HOSTILE: readonly string[] = [
  ...['..', '../x', '../../etc/passwd', 'a/..', 'a/../b', 'a/../../b', 'a/b/../../../c', '/', '/etc/passwd', '//host/share', '///', 'a//b', 'a/./b', 'a/.', 'a/.././b'],
  ...Array.from({ length: 32 }, (_, code) => `a${String.fromCharCode(code)}b`), 'a\u007fb',
  ...['\u0000', 'a\u0000', '\u0000/etc/passwd', 'a\n', '\na', 'a\r\nHost: evil', 'a\u001b[2J', 'a\u001b]0;owned\u0007', 'x\ty', '..\u0000', 'a/..\n'],
];
const LEAST_TRIED = 400;
let tried = 0;

let fake: RegistryFake;
let top: string;
let count = 0;
before(async () => {
  top = temporaryFolder('hostile');
  fake = await startRegistryFake();
});
after(async () => {
  await fake.stop();
  removeFolder(top);
});
beforeEach(() => { fake.requests.length = 0; });

const repository = (name = 'team/pods'): ArtifactStore => openRepository(fake.authority, name);
const registryPods = (isSingle: boolean, base = 'team/pods'): PodStore => createRegistryPods({ isSingle, displayUrl: base, now: Date.now, openRepository: async (path) => repository(path === '' ? base : `${base}/${path}`) });
/** It is refused as what it is, and nothing was sent. */
async function refused(name: string, act: () => unknown): Promise<void> {
  tried += 1;
  await assert.rejects(async () => { await act(); }, (error) => {
    assert.ok(error instanceof TowlineError, `${JSON.stringify(name)}: ${String(error)}`);
    assert.ok(['INVALID_ARGUMENT', 'INVALID_CONFIG', 'CORRUPT'].includes(error.code), `${JSON.stringify(name)}: ${error.code}`);
    return true;
  }, JSON.stringify(name));
  assert.deepEqual(fake.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD'), [], JSON.stringify(name));
}

describe('hostile names are refused before the first write', () => {
  it('of pods, in a registry and in a bucket', async () => {
    const bucket = new Storage(createMemoryDriver('memory://pods'));
    for (const name of HOSTILE) {
      for (const store of [registryPods(false), registryPods(true), createObjectPods(bucket, { now: Date.now })]) {
        await refused(name, () => store.save(name, fromBytes(stateOf('x')), { notes: { services: [] } }));
        await refused(name, () => store.delete(name, undefined));
      }
      await refused(name, () => parsePodReference(name));
    }
    for await (const entries of bucket.walk('' as never)) assert.deepEqual(entries, []);
    assert.deepEqual(fake.requests, []);
  });

  it('of repositories and hosts', async () => {
    for (const name of HOSTILE) {
      await refused(name, () => oci.parse(`oci://registry.example.com/${name}/x`));
      await refused(name, () => oci.parse(`oci://${name}/x`));
      await refused(name, () => parseReference(`registry.example.com/${name}`));
      await refused(name, () => openRepository(fake.authority, name));
    }
    assert.deepEqual(fake.requests, []);
  });

  it('of tags, and of digests', async () => {
    const store = repository();
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_MANIFEST, config: EMPTY_CONFIG, layers: [] }));
    const target: Descriptor = { mediaType: IMAGE_MANIFEST, digest: digestOf(bytes), size: bytes.length };
    for (const name of HOSTILE) {
      await refused(name, () => store.push(target, fromBytes(bytes), { tag: name }));
      await refused(name, () => store.tag(target, name));
      await refused(name, () => store.resolve(name));
      await refused(name, () => store.push({ ...target, mediaType: 'application/zip', digest: `sha256:${name}` }, fromBytes(bytes)));
      await refused(name, () => store.fetch({ ...target, digest: `sha256:${name}` }));
    }
    assert.deepEqual(fake.requests, []);
  });

  it('of members of a state, wherever it comes from', async () => {
    for (const name of HOSTILE) {
      const folder = join(top, String(count++), 'env');
      writeTree(folder, { kept: 'as it was' });
      const state = zip({ name: 'good', body: 'x' }, { name, body: 'evil' });
      await refused(name, () => createFolderState(placeAt(folder)).put(fromBytes(state), { strategy: 'overwrite', isDry: false }));
      assert.deepEqual(readTree(dirname(folder)), { 'env/kept': 'as it was' }, JSON.stringify(name));
    }
  });

  it(`these were at least ${LEAST_TRIED} names`, (context) => {
    context.diagnostic(`${tried} tried`);
    assert.ok(HOSTILE.length * 16 >= LEAST_TRIED && tried >= LEAST_TRIED);
  });
});

/** Puts an artifact there as another program would. */
async function put(store: ArtifactStore, { layers, tag, contents = [] }: { readonly layers: readonly object[]; readonly tag: string; readonly contents?: readonly Buffer[] }): Promise<void> {
  await store.push(EMPTY_CONFIG, fromBytes(Buffer.from('{}')));
  for (const bytes of contents) await store.push({ mediaType: 'application/zip', digest: digestOf(bytes), size: bytes.length }, fromBytes(bytes));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_MANIFEST, config: EMPTY_CONFIG, layers }));
  await store.push({ mediaType: IMAGE_MANIFEST, digest: digestOf(bytes), size: bytes.length }, fromBytes(bytes), { tag });
}

describe('what others put on a registry', () => {
  const load = async (base: string, folder: string): Promise<void> => {
    await loadPod(registryPods(false, base), createFolderState(placeAt(folder)), { name: 'env', disk: nodeDisk, scratch: join(top, 'scratch'), strategy: 'overwrite', isDry: false });
  };
  before(() => { mkdirSync(join(top, 'scratch')); });

  it('a title is never a path: a state under any title is loaded, and nothing is written by its name', async () => {
    const state = zip({ name: 'good', body: 'x' });
    for (const [at, title] of HOSTILE.filter((name) => !/[\u0000-\u001f]$/.test(name)).entries()) {
      const folder = join(top, String(count++), 'env');
      await put(repository(`titles/${at}/env`), { contents: [state], tag: '1', layers: [{ mediaType: 'application/zip', digest: digestOf(state), size: state.length, annotations: { 'org.opencontainers.image.title': `${title}.zip` } }] });
      await load(`titles/${at}`, folder);
      assert.deepEqual(readTree(dirname(folder)), { 'env/good': 'x' }, JSON.stringify(title));
      assert.deepEqual(readdirSync(join(top, 'scratch')), []);
    }
  });

  it('a layer that is not what its digest or size says changes nothing', async () => {
    const state = zip({ name: 'good', body: 'x' });
    const other = zip({ name: 'evil', body: 'x' });
    const wrong: readonly (readonly [string, object, (() => void)?])[] = [
      ['other bytes', { digest: digestOf(state), size: state.length }, () => { fake.blobs.set(`wrong/env ${digestOf(state)}`, other); }],
      ['cut bytes', { digest: digestOf(state), size: state.length }, () => { fake.blobs.set(`wrong/env ${digestOf(state)}`, state.subarray(0, -9)); }],
      ['more bytes', { digest: digestOf(state), size: state.length }, () => { fake.blobs.set(`wrong/env ${digestOf(state)}`, Buffer.concat([state, other])); }],
      ['a smaller size', { digest: digestOf(state), size: state.length - 1 }],
      ['a larger size', { digest: digestOf(state), size: state.length + 1 }],
      ['a size below nothing', { digest: digestOf(state), size: -1 }],
      ['a size that is no whole number', { digest: digestOf(state), size: 1.5 }],
      ['an endless size', { digest: digestOf(state), size: 1e300 }],
      ['a digest of another kind', { digest: `md5:${'0'.repeat(32)}`, size: 1 }],
      ['a digest that leads elsewhere', { digest: 'sha256:../../../secrets', size: 1 }],
      ['a short digest', { digest: 'sha256:00', size: 1 }],
    ];
    for (const [what, fields, damage] of wrong) {
      const folder = join(top, String(count++), 'env');
      writeTree(folder, { kept: 'as it was' });
      fake.blobs.clear();
      await put(repository('wrong/env'), { contents: [state], tag: '1', layers: [] });
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_MANIFEST, config: EMPTY_CONFIG, layers: [{ mediaType: 'application/zip', ...fields }] }));
      fake.manifests.set(`wrong/env ${digestOf(bytes)}`, { mediaType: IMAGE_MANIFEST, bytes });
      fake.tags.get('wrong/env')?.set('1', digestOf(bytes));
      damage?.();
      await assert.rejects(load('wrong', folder), (error) => error instanceof TowlineError, what);
      assert.deepEqual(readTree(dirname(folder)), { 'env/kept': 'as it was' }, what);
      assert.deepEqual(readdirSync(join(top, 'scratch')), [], what);
    }
  });

  it('tags that name no pod, and lists with what is no tag, hide no pod', async () => {
    for (const isSingle of [false, true]) {
      const base = `odd/${String(isSingle)}`;
      await registryPods(isSingle, base).save('env', fromBytes(stateOf('x')), { notes: { services: [] } });
      for (const tag of ['pod.a.b', 'pod...', 'pod.', `pod.${'x'.repeat(120)}`, `${'y'.repeat(100)}.1`, 'latest', 'env.latest', '_.0', 'z.99999999999']) await put(repository(base), { layers: [], tag });
      const names = fake.tags.get(base);
      for (const name of HOSTILE) names?.set(name, 'sha256:0');
      assert.deepEqual((await registryPods(isSingle, base).list()).map(({ name }) => name), ['env'], String(isSingle));
    }
  });

  it('an index of a segment that names places or digests that are none is refused', async () => {
    const layers: readonly object[] = [{ digest: 'sha256:../..', size: 1 }, { digest: 'x', size: 1 }, { digest: digestOf(Buffer.from('')), size: -5 }, { size: 1 }, 'no layer', null].map((layer) => (typeof layer === 'object' && layer !== null ? { mediaType: 'application/octet-stream', ...layer } : layer) as object);
    for (const [at, layer] of layers.entries()) {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_MANIFEST, artifactType: 'application/vnd.towline.segment.v1', config: { ...EMPTY_CONFIG, mediaType: 'application/vnd.towline.index.v1' }, layers: [layer] }));
      fake.manifests.set(`segments/${at} ${digestOf(bytes)}`, { mediaType: IMAGE_MANIFEST, bytes });
      fake.tags.set(`segments/${at}`, new Map([[segmentTag(bytes), digestOf(bytes)]]));
      const memory = join(top, `segments-${at}`);
      await assert.rejects(readAll(openSegments(repository(`segments/${at}`), memory)), (error) => hasCode(error, 'CORRUPT') || hasCode(error, 'INVALID_ARGUMENT'), JSON.stringify(layer));
      assert.ok(!existsSync(join(memory, '..', 'evil')));
    }
  });
});
