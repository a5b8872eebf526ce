import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createRegistryPods } from '../../src/pods/registry-store/registry-store.ts';
import type { PodStore } from '../../src/pods/pod.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { artifactTargets, freshRepository, type StartedArtifacts } from '../artifact-targets.ts';
import { whyMissing } from '../judges.ts';
import { loadedText, NOTES, podCases, stateOf } from '../pod-cases.ts';

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
