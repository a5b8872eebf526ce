import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { createRegistryPods } from '../../src/pods/registry-store/registry-store.ts';
import type { PodStore } from '../../src/pods/pod.ts';
import { gather } from '../../src/storage/content.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { artifactTargets, freshRepository, openRepository, type StartedArtifacts } from '../artifact-targets.ts';
import { whyMissing } from '../judges.ts';
import { type RegistryFake, startRegistryFake } from '../servers/registry-fake.ts';
import { zip, type ZipItem } from '../zips.ts';
import { loadedText, NOTES, podCases, stateOf } from '../pod-cases.ts';

describe('a state in pieces', () => {
  let fake: RegistryFake;
  before(async () => { fake = await startRegistryFake(); });
  after(async () => { await fake.stop(); });
  const pods = (): PodStore => createRegistryPods({ isSingle: false, displayUrl: 'team', now: Date.now, openRepository: async (path) => openRepository(fake.authority, path === '' ? 'team' : `team/${path}`) });
  const sent = async (store: PodStore, name: string, state: Buffer): Promise<number> => {
    const before = fake.requests.length;
    await store.save(name, fromBytes(state), { notes: NOTES, isLayered: true });
    return fake.requests.slice(before).filter(({ path }) => path.includes('/blobs/uploads/')).reduce((sum, { size }) => sum + size, 0);
  };
  const load = async (name: string, version: number): Promise<Buffer> => Buffer.from(await gather((await pods().load(name, version)).state.open(), 1 << 26));
  const service = (name: string, text: string, size: number): ZipItem => ({ name: `api_states/000000000000/${name}/us-east-1/store.state`, body: Buffer.alloc(size, text), method: 0 });

  it('sends of a new version only the services that changed, and gives back the very zip', async () => {
    const state = (sqs: string): Buffer => zip(service('s3', 'buckets', 300_000), service('sns', 'topics', 200_000), service('sqs', sqs, 50_000), { name: 'assets/s3/large.bin', body: Buffer.alloc(400_000, 'x'), method: 0 }, { name: 'metadata.yaml', body: sqs });
    const first = await sent(pods(), 'ls', state('one'));
    const second = await sent(pods(), 'ls', state('two'));

    assert.ok(first > 950_000 && second > 50_000 && second < 60_000, `${first} ${second}`);
    assert.deepEqual(await load('ls', 1), state('one'));
    assert.deepEqual(await load('ls', 2), state('two'));
    const range = await gather((await pods().load('ls', 2)).state.open({ start: 299_900, end: 520_000 }), 1 << 26);
    assert.ok(Buffer.from(range).equals(state('two').subarray(299_900, 520_000)));
    assert.equal((await pods().versions('ls'))[1]?.size, state('two').length);
  });

  it('sends of a folder that changed in a file only what lies about it', async () => {
    const noise = (at: number): Buffer => createHash('shake256', { outputLength: 40_000 }).update(String(at)).digest();
    const folder = (changed: number): Buffer => zip(...Array.from({ length: 300 }, (_, at): ZipItem => ({ name: `data/${String(at).padStart(3, '0')}`, body: noise(at === 150 ? changed : at), method: 0 })), ...(changed === 1000 ? [] : [{ name: 'data/zzz', body: 'one more' }]));
    const first = await sent(pods(), 'env', folder(1000));
    const second = await sent(pods(), 'env', folder(1001));

    assert.ok(first > 12_000_000 && second < first / 4, `${first} ${second}`);
    assert.deepEqual(await load('env', 2), folder(1001));
  });

  it('what the registry swept before it was named is sent once more', async () => {
    let sweeps = 0;
    fake.intercept = ({ method, path }) => {
      if (method === 'PUT' && /\/swept\/manifests\/\d+$/.test(path) && sweeps++ === 0) for (const key of fake.blobs.keys()) if (key.startsWith('team/swept ')) fake.blobs.delete(key);
      return false;
    };
    const state = zip(service('s3', 'a', 5000), service('sqs', 'b', 5000));
    await pods().save('swept', fromBytes(state), { notes: NOTES, isLayered: true });
    fake.intercept = undefined;
    assert.deepEqual(await load('swept', 1), state);
    assert.equal(sweeps, 2);
  });

  it('what is no zip is one piece, and pieces that are not what they say are refused', async () => {
    await pods().save('odd', fromBytes(stateOf('x')), { notes: NOTES, isLayered: true });
    assert.equal(await loadedText(pods(), 'odd'), stateOf('x').toString());

    const state = zip(service('s3', 'a', 5000), service('sqs', 'b', 5000));
    await pods().save('bad', fromBytes(state), { notes: NOTES, isLayered: true });
    const key = `team/bad ${fake.tags.get('team/bad')?.get('1') ?? ''}`;
    const manifest = JSON.parse(fake.manifests.get(key)?.bytes.toString() ?? '') as { layers: { size: number }[] };
    for (const layers of [manifest.layers.toReversed(), manifest.layers.slice(1), [...manifest.layers, ...manifest.layers]]) {
      const bytes = Buffer.from(JSON.stringify({ ...manifest, layers }));
      fake.manifests.set(`team/bad ${digestOf(bytes)}`, { mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes });
      fake.tags.get('team/bad')?.set('1', digestOf(bytes));
      await assert.rejects(load('bad', 1), { code: 'CORRUPT' });
    }
  });
});

for (const target of artifactTargets.filter(({ name }) => ['image layout on disk', 'docker-registry 2.8 (open)', 'distribution 3 (token)', 'fake registry, distribution spec 1.1'].includes(name))) {
  for (const isSingle of [false, true]) {
    describe(`pods on ${target.name}, ${isSingle ? 'all in one repository' : 'a repository for each'}`, { skip: whyMissing(...target.judges) ?? false }, () => {
      let started: StartedArtifacts | undefined;
      const base = freshRepository();
      const opened: PodStore[] = [];
      const open = async (): Promise<PodStore> => {
        assert.ok(started);
        const { open: openRepository } = started;
        const store = createRegistryPods({ isSingle, displayUrl: base, now: Date.now, openRepository: async (path) => await openRepository(path === '' ? base : `${base}/${path}`) });
        opened.push(store);
        return store;
      };
      before(async () => { started = await target.start(); });
      after(async () => {
        for (const store of opened) await store.close();
        await started?.stop();
      });
      podCases(open);

      it('keeps names that no repository can have, and lists them as they are', async () => {
        const store = await open();
        for (const name of ['Upper', 'a__b', 'x_', ...(isSingle ? [] : ['-', 'p32-abc', '_'])]) {
          await store.save(name, fromBytes(stateOf(name)), { notes: NOTES });
          assert.equal(await loadedText(await open(), name), stateOf(name).toString(), name);
          assert.ok((await store.list()).some((one) => one.name === name), name);
        }
      });
    });
  }
}
