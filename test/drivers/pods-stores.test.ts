import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hasCode } from '../../src/errors.ts';
import { createObjectPods } from '../../src/pods/object-store/object-store.ts';
import type { PodStore } from '../../src/pods/pod.ts';
import { gather } from '../../src/storage/content.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { Storage } from '../../src/storage/storage.ts';
import { whyMissing } from '../judges.ts';
import { type Started, targets } from '../targets.ts';

const bytes = (text: string): Buffer => Buffer.from(`not really a zip: ${text}`);
const textOf = async (store: PodStore, name: string, version?: number): Promise<string> => Buffer.from(await gather((await store.load(name, version)).state.open(), 1 << 20)).toString();
const notes = { services: ['s3', 'sqs'], message: 'why: "x"\n- y', author: 'me', localstackVersion: '4.14.0' };

// One of each sort: in memory, a folder, buckets, a file server with a shell, and two that cannot make a file only where it is absent.
for (const target of targets.filter(({ name }) => ['memory', 'local', 'minio', 'openssh', 'azurite', 'webdav (apache)', 'fake-gcs-server', 'gdrive (fake)', 'oss (fake)'].includes(name))) {
  describe(`pods on ${target.name}`, { skip: whyMissing(...target.judges) ?? false }, () => {
    let started: Started | undefined;
    const opened: Driver[] = [];
    const open = async (): Promise<PodStore> => {
      assert.ok(started);
      const driver = await started.open();
      opened.push(driver);
      return createObjectPods(new Storage(driver), { now: Date.now });
    };
    before(async () => { started = await target.start(); });
    after(async () => {
      for (const driver of opened) await driver.close?.();
      await started?.stop();
    });

    it('gives versions numbers from 1 up, and back what was saved with what was said of it', async () => {
      const store = await open();
      const one = await store.save('round', fromBytes(bytes('one')), { notes });
      const two = await store.save('round', fromBytes(bytes('two')), { notes: { services: [] } });

      assert.deepEqual([one.version, two.version], [1, 2]);
      assert.equal(await textOf(store, 'round'), bytes('two').toString());
      assert.equal(await textOf(store, 'round', 1), bytes('one').toString());
      const [first, second] = await store.versions('round');
      assert.deepEqual([first?.services, first?.message, first?.author, first?.localstackVersion, first?.size, first?.digest], [['s3', 'sqs'], 'why: "x" - y', 'me', '4.14.0', bytes('one').length, one.digest]);
      assert.ok(Math.abs((second?.createdAt?.getTime() ?? 0) - Date.now()) < 600_000);
      assert.deepEqual((await (await open()).list()).filter(({ name }) => name === 'round').map(({ name, maxVersion }) => [name, maxVersion]), [['round', 2]]);
    });

    it('uses the names of LocalStack, and reads what has only a state', async () => {
      const store = await open();
      await store.save('named', fromBytes(bytes('one')), { notes });
      const driver = opened.at(-1);
      assert.ok(driver?.write);
      for (const name of ['localstack-pod-named-state-1.zip', 'localstack-pod-named-version-1.zip']) await driver.stat(parsePath(name));
      if (driver.traits.writes !== 'atomic') return;
      await driver.write(parsePath('localstack-pod-foreign-state-7.zip'), fromBytes(bytes('theirs')));
      assert.deepEqual((await store.versions('foreign')).map(({ version, size }) => [version, size]), [[7, bytes('theirs').length]]);
      assert.equal(await textOf(store, 'foreign'), bytes('theirs').toString());
      assert.equal((await store.save('foreign', fromBytes(bytes('ours')), { notes })).version, 8);
    });

    it('gives each of several who save at once a version of their own', async () => {
      const stores = await Promise.all(Array.from({ length: 5 }, open));
      for (let round = 0; round < 4; round++) {
        const name = `race-${round}`;
        const saved = await Promise.all(stores.map(async (store, at) => ({ at, version: (await store.save(name, fromBytes(bytes(`${round} by ${at}`)), { notes })).version })));
        assert.equal(new Set(saved.map(({ version }) => version)).size, stores.length, JSON.stringify(saved));
        for (const { at, version } of saved) assert.equal(await textOf(await open(), name, version), bytes(`${round} by ${at}`).toString());
      }
    });

    it('deletes a version, then all, and says what is not there', async () => {
      const store = await open();
      for (const text of ['one', 'two', 'three']) await store.save('gone', fromBytes(bytes(text)), { notes });

      assert.deepEqual(await store.delete('gone', 2), [2]);
      assert.deepEqual((await store.versions('gone')).map(({ version }) => version), [1, 3]);
      await assert.rejects(store.load('gone', 2), /no version 2 of pod 'gone' on .*\. The maximum version available in the remote storage is 3/);
      assert.deepEqual(await store.delete('gone', undefined), [1, 3]);
      for (const ask of [() => store.versions('gone'), () => store.load('gone', undefined), () => store.delete('gone', undefined), () => store.load('never', 1)]) await assert.rejects(ask, (error) => hasCode(error, 'NOT_FOUND'));
      for (const name of ['../x', 'a/b', '', 'ä', 'a.b', 'x'.repeat(129)]) await assert.rejects(store.save(name, fromBytes(bytes('x')), { notes }), (error) => hasCode(error, 'INVALID_ARGUMENT'), name);
    });

    it('refuses a state whose bytes are not those that were saved', async () => {
      const store = await open();
      await store.save('damaged', fromBytes(bytes('right')), { notes });
      const driver = opened.at(-1);
      await driver?.write?.(parsePath('localstack-pod-damaged-state-1.zip'), fromBytes(bytes('wrong')));
      await assert.rejects(textOf(store, 'damaged'), (error) => hasCode(error, 'CORRUPT'));
      await driver?.write?.(parsePath('localstack-pod-damaged-state-1.zip'), fromBytes(bytes('short').subarray(0, 9)));
      await assert.rejects(textOf(store, 'damaged'), (error) => hasCode(error, 'CORRUPT'));
    });
  });
}
