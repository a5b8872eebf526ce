import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readConfig } from '../../src/remotes/config.ts';
import { nodeDisk } from '../../src/disk/node.ts';
import { openLocalStack, type PodsLent } from '../../src/pods/holders.ts';
import { openPods } from '../../src/pods/open.ts';
import { createFolderState } from '../../src/pods/states/folder/folder-state.ts';
import { loadPod } from '../../src/pods/verbs/load.ts';
import { savePod } from '../../src/pods/verbs/save.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { placeAt, readTree, writeTree } from '../pods-lent.ts';
import { type LocalStackServer, startLocalStack } from '../servers/localstack.ts';
import { startLocalStackFake } from '../servers/localstack-fake.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { zip } from '../zips.ts';

describe("LocalStack's open-source runtime", { skip: whyMissing('localstack') ?? false }, () => {
  let server: LocalStackServer;
  let folder: string;
  before(async () => {
    folder = temporaryFolder('localstack-pods');
    server = await startLocalStack();
  });
  after(async () => {
    await server.stop();
    removeFolder(folder);
  });
  const lent = (): PodsLent => ({ ...openingIn(folder), disk: nodeDisk, scratch: folder });

  it('has no pods, which is said with its version and what to do', async () => {
    const { runtime, holder } = openLocalStack(lent(), server.url);
    const state = fromBytes(zip({ name: 'api_states/000000000000/sqs/us-east-1/store.state', body: 'x' }));
    try {
      for (const ask of [() => holder.take(), () => holder.put(state, { strategy: 'overwrite', isDry: false }), () => runtime.metamodel(), () => runtime.environment(), () => runtime.reset(undefined), () => runtime.reset(['sqs'])]) {
        await assert.rejects(ask, { code: 'UNSUPPORTED', message: /this LocalStack has no pods \(version 2026\.3\.0, without an active licence; 404 without a word\)/, hint: /LOCALSTACK_AUTH_TOKEN.*--from dir:PATH/ });
      }
    } finally {
      await runtime.close();
    }
  });

  it('tells health and info as our imitation of it does', async () => {
    const fake = await startLocalStackFake();
    try {
      for (const [path, names] of [['/_localstack/health', ['services', 'version']], ['/_localstack/info', ['version', 'is_license_activated']]] as const) {
        const [theirs, ours] = await Promise.all([server.url, fake.url].map(async (base) => (await (await fetch(`${base}${path}`)).json()) as Readonly<Record<string, unknown>>));
        for (const name of names) assert.equal(typeof ours?.[name], typeof theirs?.[name], `${path} ${name}`);
      }
    } finally {
      await fake.stop();
    }
  });

  it('keeps pods in a bucket of its own S3', async () => {
    assert.equal((await fetch(`${server.url}/pods`, { method: 'PUT' })).status, 200);
    const opening = openingIn(folder);
    const env = { ...opening.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    const config = await readConfig({ runtime: { ...opening, env } });
    const pods = await openPods(`s3://${server.authority}/pods?access_key_id={access_key_id}&secret_access_key={secret_access_key}`, { config, opening: { ...opening, env } });
    try {
      for (const text of ['one', 'two']) {
        writeTree(join(folder, 'env'), { a: text });
        await savePod(createFolderState(placeAt(join(folder, 'env'))), pods, { name: 'env' });
      }
      mkdirSync(join(folder, 'back'));
      await loadPod(pods, createFolderState(placeAt(join(folder, 'back'))), { name: 'env', version: 1, disk: nodeDisk, scratch: folder, strategy: 'overwrite', isDry: false });
      assert.deepEqual(readTree(join(folder, 'back')), { a: 'one' });
      assert.deepEqual((await pods.list()).map(({ name, maxVersion }) => [name, maxVersion]), [['env', 2]]);
    } finally {
      await pods.close();
    }
  });
});
