import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { hasCode } from '../../../src/errors.ts';
import { layeredArtifacts } from '../../../src/oci/artifact-layers.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { makeManifest, pushBytes, pushMade, readBack } from '../../../src/oci/conformance/material.ts';
import type { ArtifactStore } from '../../../src/storage/artifacts.ts';
import { limit } from '../../../src/storage/layers/limit.ts';
import { resume } from '../../../src/storage/layers/resume.ts';
import { retry } from '../../../src/storage/layers/retry.ts';
import { timeout } from '../../../src/storage/layers/timeout.ts';
import { openRepository } from '../../artifact-targets.ts';
import { whyMissing } from '../../judges.ts';
import { clock } from '../../lent.ts';
import { type RegistryServer, startRegistry } from '../../servers/registry.ts';
import { type Elsewhere, startElsewhere } from './elsewhere.ts';
import { httpCases } from './faults.ts';
import { startHttpProxy } from './http-proxy.ts';
import { judge } from './judge.ts';
import type { OperationName } from './operations.ts';

const IDLE_SECONDS = 0.8;
/** Most of the time a case waits for the end of a silence, so several are struck at once, each behind a proxy of its own. */
const LANES = 8;
const bytes = randomBytes(200_000);
const blob = { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: bytes.length };
const manifest = makeManifest({ layers: [blob], note: 'kept' });
const doomed = makeManifest({ layers: [blob], note: 'doomed' });
const pushed = makeManifest({ layers: [blob], note: 'pushed' });

/** As a remote has it, but for the pauses between tries. */
function layered(store: ArtifactStore): ArtifactStore {
  const quick = { tries: 3, wait: async () => undefined, random: () => 0 };
  return layeredArtifacts(store, { concurrency: 4, layers: [resume(quick), retry({ ...quick, budgetSeconds: 60, now: clock.now }), limit(4), timeout({ idleSeconds: IDLE_SECONDS, quietSeconds: IDLE_SECONDS, now: clock.now, wait: clock.wait })] });
}

interface Operation { readonly method: RegExp; run(store: ArtifactStore): Promise<void>; check?(direct: ArtifactStore, failed: boolean): Promise<void> }
const operations: Readonly<Record<OperationName, Operation>> = {
  stat: { method: /./, async run(store) { assert.deepEqual(await store.resolve('kept'), manifest.descriptor); } },
  fetch: { method: /^GET$/, async run(store) { assert.ok(bytes.equals(await readBack(store, blob)), 'a wrong byte was accepted'); } },
  push: {
    method: /^(PUT|POST|PATCH)$/,
    async run(store) {
      await pushBytes(store, bytes);
      await pushMade(store, pushed, 'pushed');
    },
    async check(direct, failed) {
      const found = await direct.resolve('pushed').catch((error: unknown) => {
        if (failed && hasCode(error, 'NOT_FOUND')) return undefined;
        throw error;
      });
      if (!found) return;
      assert.deepEqual(found, pushed.descriptor);
      assert.ok(bytes.equals(await readBack(direct, blob)));
    },
  },
  list: {
    method: /./,
    async run(store) {
      const tags: string[] = [];
      for await (const tag of store.tags()) tags.push(tag);
      assert.deepEqual(tags.sort(), ['doomed', 'kept']);
    },
  },
  delete: {
    method: /./,
    run: async (store) => { await store.delete(doomed.descriptor); },
    async check(direct, failed) {
      if (!failed) await assert.rejects(direct.resolve('doomed'), (error) => hasCode(error, 'NOT_FOUND'));
      assert.deepEqual(await direct.resolve('kept'), manifest.descriptor);
    },
  },
};

describe('a registry behind a proxy that breaks things', { concurrency: LANES, skip: whyMissing('registry') ?? false }, () => {
  let server: RegistryServer | undefined;
  before(async () => { server = await startRegistry('registry'); });
  after(async () => { await server?.stop(); });

  const pairs = httpCases(0).flatMap((one, index) => one.operations.map((operation) => ({ one, index, operation })));
  for (let lane = 0; lane < LANES; lane++) {
    describe(`lane ${lane}`, { concurrency: 1 }, () => {
      let proxy: Awaited<ReturnType<typeof startHttpProxy>> | undefined;
      let other: Elsewhere | undefined;
      before(async () => {
        other = await startElsewhere();
        proxy = await startHttpProxy(Number(server?.authority.split(':')[1]));
      });
      after(async () => {
        await proxy?.stop();
        other?.stop();
      });
      for (const [at, { one, index, operation }] of pairs.entries()) {
        if (at % LANES !== lane) continue;
        it(`${operation}: ${one.name}`, { timeout: 30_000 }, async (context) => {
          assert.ok(server && proxy && other);
          const name = `faults/${index}-${operation}`;
          const direct = openRepository(server.authority, name);
          const { method, run, check } = operations[operation];
          if (operation !== 'push') {
            await pushBytes(direct, bytes);
            for (const [made, tag] of [[manifest, 'kept'], [doomed, 'doomed']] as const) await pushMade(direct, made, tag);
          }
          other.heard.length = 0;
          const fault = httpCases(other.port)[index]?.fault;
          proxy.arm(fault && { fault, times: one.times, fits: (asked) => method.test(asked) });
          const store = openRepository(`127.0.0.1:${proxy.port}`, name);
          const failure = await run(layered(store)).then(() => undefined, (error: unknown) => error);
          const struck = proxy.struck();
          proxy.arm(undefined);
          judge(failure, struck > 0 ? one : { outcome: 'success', codes: [] }, other.heard);
          if (other.heard.length === 0 && (operation === 'push' || operation === 'delete')) await check?.(direct, failure !== undefined);
          await store.close();
          await direct.close();
          if (struck === 0) context.skip('nothing was sent that the fault could strike');
        });
      }
    });
  }
});
