import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hasCode } from '../../src/errors.ts';
import { createObjectPods } from '../../src/pods/object-store/object-store.ts';
import type { PodStore } from '../../src/pods/pod.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { Storage } from '../../src/storage/storage.ts';
import { whyMissing } from '../judges.ts';
import { loadedText, NOTES, podCases, stateOf } from '../pod-cases.ts';
import { type Started, targets } from '../targets.ts';


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

    podCases(open);

    it('uses the names of LocalStack, and reads what has only a state', async () => {
      const store = await open();
      await store.save('named', fromBytes(stateOf('one')), { notes: NOTES });
      const driver = opened.at(-1);
      assert.ok(driver?.write);
      for (const name of ['localstack-pod-named-state-1.zip', 'localstack-pod-named-version-1.zip']) await driver.stat(parsePath(name));
      if (driver.traits.writes !== 'atomic') return;
      await driver.write(parsePath('localstack-pod-foreign-state-7.zip'), fromBytes(stateOf('theirs')));
      assert.deepEqual((await store.versions('foreign')).map(({ version, size }) => [version, size]), [[7, stateOf('theirs').length]]);
      assert.equal(await loadedText(store, 'foreign'), stateOf('theirs').toString());
      assert.equal((await store.save('foreign', fromBytes(stateOf('ours')), { notes: NOTES })).version, 8);
    });

    it('refuses a state whose bytes are not those that were saved', async () => {
      const store = await open();
      await store.save('damaged', fromBytes(stateOf('right')), { notes: NOTES });
      const driver = opened.at(-1);
      await driver?.write?.(parsePath('localstack-pod-damaged-state-1.zip'), fromBytes(stateOf('wrong')));
      await assert.rejects(loadedText(store, 'damaged'), (error) => hasCode(error, 'CORRUPT'));
      await driver?.write?.(parsePath('localstack-pod-damaged-state-1.zip'), fromBytes(stateOf('short').subarray(0, 9)));
      await assert.rejects(loadedText(store, 'damaged'), (error) => hasCode(error, 'CORRUPT'));
    });
  });
}
