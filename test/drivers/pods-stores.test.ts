import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hasCode } from '../../src/errors.ts';
import { createObjectPods } from '../../src/pods/object-store/object-store.ts';
import type { PodStore } from '../../src/pods/pod.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import type { Journal, JournalEntry } from '../../src/storage/transfer/journal.ts';
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

    const canGoOn = !target.lacks.includes('upload') && !target.skips.some((one) => one.case === 'upload: a resumed upload tells the parts the service holds');
    if (canGoOn) it('goes on with a large state where a save that was cut stopped, under the number it had claimed', async () => {
      assert.ok(started);
      const driver = await started.open();
      opened.push(driver);
      const { upload } = driver;
      assert.ok(upload);
      let [sent, most] = [0, 2];
      const under: Promise<unknown>[] = [];
      const counting: Driver = { ...driver, async upload(path, options) {
        const begun = await upload(path, options);
        return { ...begun, async send(part, source, call) {
          if (sent === most) {
            await Promise.all(under);
            throw new Error('the line was cut');
          }
          sent++;
          const sending = begun.send(part, source, call);
          under.push(sending);
          return await sending;
        } };
      } };
      const notes = new Map<string, JournalEntry>();
      const journal: Journal = { find: (key) => notes.get(JSON.stringify(key)), save: (key, entry) => void notes.set(JSON.stringify(key), entry), forget: (key) => void notes.delete(JSON.stringify(key)) };
      const store = createObjectPods(new Storage(counting), { now: Date.now, journal, partThreshold: 1 << 20 });
      const state = Buffer.alloc(70 << 20, 'large state ');

      await assert.rejects(store.save('large', fromBytes(state), { notes: NOTES }), /the line was cut/);
      const claim = [...notes.values()].map(({ token }) => /^1 ([0-9a-f-]{36})$/.exec(token)?.[1]).find((id) => id !== undefined);
      assert.ok(claim, 'the claim is noted');
      // A process that is killed leaves its claim.
      await driver.write?.(parsePath(`localstack-pod-large-claim-1-${claim}`), fromBytes(Buffer.from(claim)));
      const before = sent;
      most = Infinity;

      assert.equal((await store.save('large', fromBytes(state), { notes: NOTES })).version, 1);
      const whole = await upload(parsePath('other'), { size: state.length });
      await whole.abort();
      assert.equal(sent, Math.ceil(state.length / whole.partSize), `${before} parts of the first try were not sent again`);
      assert.equal(notes.size, 0);
      const { state: loaded } = await store.load('large', undefined);
      let size = 0;
      for await (const chunk of loaded.open()) size += chunk.byteLength;
      assert.equal(size, state.length);
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
