import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hasCode } from '../src/errors.ts';
import type { PodStore } from '../src/pods/pod.ts';
import { gather } from '../src/storage/content.ts';
import { fromBytes } from '../src/storage/source.ts';

/** A state that is no zip: whoever only stores it does not look inside. */
export const stateOf = (text: string): Buffer => Buffer.from(`not really a zip: ${text}`);
export const loadedText = async (store: PodStore, name: string, version?: number): Promise<string> => Buffer.from(await gather((await store.load(name, version)).state.open(), 1 << 20)).toString();
export const NOTES = { services: ['s3', 'sqs'], message: 'why: "x"\n- y', author: 'me', localstackVersion: '4.14.0' };

/** What every place where pods lie must do. Each `open` is what another machine would have. */
export function podCases(open: () => Promise<PodStore>): void {
  it('gives versions numbers from 1 up, and back what was saved with what was said of it', async () => {
    const store = await open();
    const one = await store.save('round', fromBytes(stateOf('one')), { notes: NOTES });
    const two = await store.save('round', fromBytes(stateOf('two')), { notes: { services: [] } });

    assert.deepEqual([one.version, two.version], [1, 2]);
    assert.equal(await loadedText(store, 'round'), stateOf('two').toString());
    assert.equal(await loadedText(store, 'round', 1), stateOf('one').toString());
    const [first, second] = await store.versions('round');
    assert.deepEqual([first?.services, first?.message, first?.author, first?.localstackVersion, first?.size, first?.digest], [['s3', 'sqs'], 'why: "x" - y', 'me', '4.14.0', stateOf('one').length, one.digest]);
    assert.ok(Math.abs((second?.createdAt?.getTime() ?? 0) - Date.now()) < 600_000);
    assert.deepEqual((await (await open()).list()).filter(({ name }) => name === 'round').map(({ name, maxVersion }) => [name, maxVersion]), [['round', 2]]);
  });

  it('gives each of several who save at once a version of their own', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, open));
    for (let round = 0; round < 4; round++) {
      const name = `race-${round}`;
      const saved = await Promise.all(stores.map(async (store, at) => ({ at, version: (await store.save(name, fromBytes(stateOf(`${round} by ${at}`)), { notes: NOTES })).version })));
      assert.equal(new Set(saved.map(({ version }) => version)).size, stores.length, JSON.stringify(saved));
      for (const { at, version } of saved) assert.equal(await loadedText(await open(), name, version), stateOf(`${round} by ${at}`).toString());
    }
  });

  it('deletes a version, then all, and says what is not there', async () => {
    const store = await open();
    for (const text of ['one', 'two', 'three']) await store.save('gone', fromBytes(stateOf(text)), { notes: NOTES });

    assert.deepEqual(await store.delete('gone', 2), [2]);
    assert.deepEqual((await store.versions('gone')).map(({ version }) => version), [1, 3]);
    await assert.rejects(store.load('gone', 2), /no version 2 of pod 'gone' on .*\. The maximum version available in the remote storage is 3/);
    assert.deepEqual(await store.delete('gone', undefined), [1, 3]);
    for (const ask of [() => store.versions('gone'), () => store.load('gone', undefined), () => store.delete('gone', undefined), () => store.load('never', 1)]) await assert.rejects(ask, (error) => hasCode(error, 'NOT_FOUND'));
    for (const name of ['../x', 'a/b', '', 'ä', 'a.b', 'x'.repeat(129)]) await assert.rejects(store.save(name, fromBytes(stateOf('x')), { notes: NOTES }), (error) => hasCode(error, 'INVALID_ARGUMENT'), name);
  });
}
