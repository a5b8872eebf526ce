import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { artifactCases } from '../../src/oci/conformance/cases.ts';
import { runArtifactCase } from '../../src/oci/conformance/run.ts';
import type { ArtifactStore } from '../../src/storage/artifacts.ts';
import { type ArtifactTarget, artifactTargets, freshRepository, type StartedArtifacts } from '../artifact-targets.ts';
import { whyMissing } from '../judges.ts';

const CASE_TIMEOUT_MS = 60_000;
const only = process.env['TOWLINE_TARGETS']?.split(',');

// Each waits for a server of its own most of the time.
describe('artifact stores', { concurrency: 4 }, () => {
  for (const target of artifactTargets.filter(({ name }) => only?.includes(name) ?? true)) {
    const missing = whyMissing(...target.judges);
    // In CI a judge that is missing would be a promise that nobody looks at.
    if (missing !== undefined && process.env['CI'] !== 'true') it(target.name, { skip: missing }, () => undefined);
    else describe(target.name, { concurrency: 1 }, () => { conform(target); });
  }
});

function conform(target: ArtifactTarget): void {
  let started: StartedArtifacts | undefined;
  before(async () => { started = await target.start(); });
  after(async () => { await started?.stop(); });

  it('names only cases that exist in its skips', () => {
    const names = new Set(artifactCases.map(({ name }) => name));
    assert.deepEqual(target.skips.filter((skip) => !names.has(skip.case)), []);
  });
  for (const one of artifactCases) {
    it(one.name, { timeout: CASE_TIMEOUT_MS }, async (context) => {
      const stores: ArtifactStore[] = [];
      const open = async (repository: string): Promise<ArtifactStore> => {
        assert.ok(started);
        const store = await started.open(repository);
        stores.push(store);
        return store;
      };
      const repository = freshRepository();
      // Run even where it is listed, so that a skip whose reason has gone is noticed.
      const result = await runArtifactCase(one, await open(repository), { reopen: () => open(repository), other: () => open(freshRepository()) });
      for (const store of stores) await store.close();
      const known = target.skips.find((skip) => skip.case === one.name);
      if (result.outcome === 'passed') return assert.ok(known === undefined, `it passes, but is listed as skipped: ${known?.reason}`);
      if (known) return context.skip(known.reason);
      if (result.outcome === 'failed') throw result.error;
      assert.fail(`it is skipped, and nothing in the target says so: ${result.reason}`);
    });
  }
}
